/** What a shell component is made with: checked, for it may come out of a YAML file that no compiler has read. */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { type ConfigMap, DEFAULT_STREAM, type DirectStream, Fields, type TaskContext } from '../../index.ts'
import { wrongArgument } from '../../shape/check-argument.ts'
import { isMap, list, text as textOf } from '../../shape/guards.ts'
import { any, checkOptions, map, type OptionTable, text, texts } from '../../shape/options.ts'
import { type ProcessSpec, startProcess } from '../process/child-process.ts'
import { serializerOf } from '../wire/serializers.ts'
import type { ChildOptions } from './child.ts'

/**
 * One output stream: its fields, `direct(fields(…))`, a list of names, or in YAML `{ fields: [names], direct: true }`.
 */
export type ShellStream = Fields | DirectStream | readonly string[] | { fields: readonly string[]; direct?: boolean }

/** Fields of the default stream, or the streams by name. */
export type ShellOutputs = Fields | readonly string[] | { readonly [stream: string]: ShellStream }

/** What can be set of a shell component. */
export interface ShellOptions {
  /** Its streams and their fields; none unless given. */
  readonly outputs?: ShellOutputs
  /** Configuration of the component. */
  readonly config?: ConfigMap
  /** Environment variables of the child, beside those of the worker. A PATH is put behind the worker's. */
  readonly env?: Readonly<Record<string, string>>
  /** Folder in which the child runs, relative to that of the topology's file, which is the default. */
  readonly cwd?: string
  /** Names of the metrics that the child may send, and that become counters of the task. */
  readonly metrics?: readonly string[]
  /** Names of those that become gauges of the task. */
  readonly gauges?: readonly string[]
  /** Names of those that become histograms of the task. */
  readonly histograms?: readonly string[]
  /** Names of the states that the child of a bolt may keep; with one it executes one tuple at a time. */
  readonly states?: readonly string[]
}

/** @internal */
export const SHELL = {
  outputs: any({ default: {} }),
  config: map(),
  env: map(),
  cwd: text(),
  metrics: texts(),
  gauges: texts(),
  histograms: texts(),
  states: texts(),
} satisfies OptionTable<ShellOptions>

/** What a metric of a child is in the task. */
export type MetricKind = 'counter' | 'gauge' | 'histogram'
/** All of them. */
export const METRIC_KINDS: readonly MetricKind[] = ['counter', 'gauge', 'histogram']

type Declared = Record<string, Fields | DirectStream>

export class ShellSettings {
  readonly outputs: Declared = {}
  readonly config: Record<string, unknown>
  readonly env: Record<string, string>
  readonly metrics: Map<string, MetricKind>
  readonly states: readonly string[]
  cwd: string | undefined
  /** False: the child runs where the worker does. */
  changesCwd = true
  /** Folders in that of the topology that are tried before it. */
  folders: readonly string[] = []
  readonly #command: readonly string[]

  /**
   * @param what names the component in errors
   * @param given a list alone is that of the fields of the default stream
   * @throws CONSTRUCTOR_FAILED
   */
  constructor(what: string, command: readonly string[], given: ShellOptions | readonly string[]) {
    const options: ShellOptions = Array.isArray(given) ? { outputs: given } : (given as ShellOptions)
    if (!isTexts(command) || command.length === 0 || command[0] === '')
      throw wrongArgument(`the command of a ${what}`, command, 'a list of texts, as ["python3", "split.py"]', {
        path: '[0]',
      })
    this.#command = command
    const { outputs, config, env = {}, states = [], cwd, ...measured } = checkOptions(what, options, SHELL)
    this.config = { ...config }
    this.env = checkEnv(env)
    const { metrics = [], gauges = [], histograms = [] } = measured
    this.metrics = new Map([...named(metrics, 'counter'), ...named(gauges, 'gauge'), ...named(histograms, 'histogram')])
    this.states = states
    this.cwd = cwd
    for (const [stream, fields] of Object.entries(byName(outputs))) this.declare(stream, fields)
  }

  /** @throws CONSTRUCTOR_FAILED, DUPLICATE_FIELD */
  declare(stream: string, fields: ShellStream): void {
    if (fields instanceof Fields) this.outputs[stream] = fields
    else if (isTexts(fields)) this.outputs[stream] = new Fields(fields)
    else if ('fields' in Object(fields)) {
      const { fields: names, direct = false } = fields as { fields: Fields | readonly string[]; direct?: boolean }
      if (!(names instanceof Fields) && !isTexts(names))
        throw wrongArgument(`the fields of "${stream}"`, names, 'a list of names', { path: `outputs.${stream}.fields` })
      const declared = names instanceof Fields ? names : new Fields(names)
      this.outputs[stream] = direct ? { direct: true, fields: declared } : declared
    } else throw wrongArgument(`the stream "${stream}"`, fields, 'a list of field names', { path: `outputs.${stream}` })
  }

  /** How the child of one task is run. @throws BAD_CONFIG */
  childOptions(context: TaskContext): ChildOptions {
    const { config, codeDir } = context
    const serializer = serializerOf(config['topology.multilang.serializer'])
    const { env, ...process } = this.processIn(codeDir)
    return {
      process: { ...process, env: { ...env, TYPHOON_SERIALIZER: serializer.name } },
      serializer,
      maxFrameBytes: config['topology.frame.max.bytes'],
      startPatience: patienceOf(context, false),
      maxRestartDelayMs: config['topology.worker.restart.max.delay.ms'],
      version: version(),
      start: startProcess,
    }
  }

  /** @param codeDir folder of the topology's file */
  processIn(codeDir: string): ProcessSpec {
    const cwd = this.#folderIn(codeDir)
    return { command: this.#command, env: this.env, ...(cwd === undefined ? {} : { cwd }) }
  }

  #folderIn(codeDir: string): string | undefined {
    if (!this.changesCwd) return undefined
    if (this.cwd !== undefined) return resolve(codeDir, this.cwd)
    const found = this.folders.map((folder) => resolve(codeDir, folder)).find((folder) => existsSync(folder))
    return found ?? codeDir
  }
}

/** Seconds that a child may be silent; Storm's rule, with a longer limit for one that has tuples to work on. */
export function patienceOf({ config }: TaskContext, isBusy: boolean): number {
  const timeout: number = config['topology.subprocess.timeout.secs']
  return isBusy ? Math.max(timeout, config['topology.subprocess.busy.timeout.secs'] ?? 0) : timeout
}

/** Required when a child starts, for a bundle of a topology that has none has no package.json. */
function version(): string {
  return (createRequire(import.meta.url)('typhoon/package.json') as { version: string }).version
}

function named(names: readonly string[], kind: MetricKind): (readonly [string, MetricKind])[] {
  return names.map((name) => [name, kind])
}

function byName(outputs: ShellOutputs): { readonly [stream: string]: ShellStream } {
  if (outputs instanceof Fields || Array.isArray(outputs)) return { [DEFAULT_STREAM]: outputs as ShellStream }
  if (typeof outputs !== 'object' || outputs === null)
    throw wrongArgument('the outputs', outputs, 'a list of field names, or such lists by stream', { path: 'outputs' })
  return outputs as { readonly [stream: string]: ShellStream }
}

const isTexts = list(textOf())

/** Numbers and the like become texts. @throws CONSTRUCTOR_FAILED */
export function checkEnv(env: Readonly<Record<string, unknown>>): Record<string, string> {
  if (!isMap(env)) throw wrongArgument('the environment of a child', env, 'a map, as { LANG: C }', { path: 'env' })
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      if (typeof value === 'object')
        throw wrongArgument(`the environment variable ${name}`, value, 'a text', { path: `env.${name}` })
      return [name, String(value)]
    }),
  )
}
