/**
 * The shell components as Storm's Flux files know them: by the names, constructors and config methods of apache/storm
 * `flux/flux-wrappers/src/main/java/.../wrappers`. The child runs in the folder `resources` beside the topology's file,
 * where there is one, as Storm's jars have it.
 */
import { wrongArgument } from '../../shape/check-argument.ts'
import { ShellBolt } from './shell-bolt.ts'
import { checkEnv, METRIC_KINDS, type MetricKind, type ShellSettings, type ShellStream } from './shell-settings.ts'
import { ShellSpout } from './shell-spout.ts'

const RESOURCES = 'resources'

type Constructor = new (...args: any[]) => { readonly settings: ShellSettings }

/** The config methods, once for both. */
function withConfigMethods<Base extends Constructor>(base: Base) {
  return class WithConfigMethods extends base {
    addComponentConfig(key: string, value: unknown): void {
      this.settings.config[key] = value
    }

    setDefaultStream(fields: readonly string[]): void {
      this.settings.declare('default', fields)
    }

    setNamedStream(name: string, fields: ShellStream): void {
      this.settings.declare(name, fields)
    }

    /** Typhoon's: a stream whose child names the receiving task. */
    setDirectStream(name: string, fields: readonly string[]): void {
      this.settings.declare(name, { fields, direct: true })
    }

    setEnv(env: Readonly<Record<string, unknown>>): void {
      Object.assign(this.settings.env, checkEnv(env))
    }

    changeChildCWD(changes: boolean): void {
      if (typeof changes !== 'boolean')
        throw wrongArgument('the argument of changeChildCWD', changes, 'true or false', { path: '[0]' })
      this.settings.changesCwd = changes
    }

    /** Typhoon's: the child may send this metric. @param kind what it is in the task */
    registerMetric(name: string, kind: MetricKind = 'counter'): void {
      if (!METRIC_KINDS.includes(kind))
        throw wrongArgument('the second argument of registerMetric', kind, METRIC_KINDS.join(', '), { path: '[1]' })
      this.settings.metrics.set(name, kind)
    }
  }
}

/** Storm's `org.apache.storm.flux.wrappers.bolts.FluxShellBolt`. */
export class FluxShellBolt extends withConfigMethods(ShellBolt) {
  constructor(command: readonly string[], outputFields?: readonly string[]) {
    super(command, outputFields === undefined ? {} : { outputs: outputFields })
    this.settings.folders = [RESOURCES]
  }
}

/** Storm's `org.apache.storm.flux.wrappers.spouts.FluxShellSpout`. */
export class FluxShellSpout extends withConfigMethods(ShellSpout) {
  constructor(command: readonly string[], outputFields?: readonly string[]) {
    super(command, outputFields === undefined ? {} : { outputs: outputFields })
    this.settings.folders = [RESOURCES]
  }
}
