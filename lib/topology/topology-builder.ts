/**
 * Builds a topology in TypeScript, with Storm's method names. Types flow along the edges: what `setSpout` and `setBolt` return
 * is both the declarer and the source that others subscribe to, so an unknown component cannot be written down, and
 * an unknown stream, an unknown field, or a bolt that does not fit its source does not compile.
 *
 *     const builder = new TopologyBuilder('word-count')
 *     const lines = builder.setSpout('lines', () => new FileSpout(['a.txt']))
 *     const split = builder.setBolt('split', () => new Split(), 2).shuffleGrouping(lines)
 *     builder.setBolt('count', () => new Count(), 2).fieldsGrouping(split, ['word'])
 *     export default builder.createTopology()
 *
 * Nothing throws before `createTopology`; that throws all problems at once.
 */
import { DefinitionError, type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { Fields } from '../tuple/fields.ts'
import type { ComponentId } from '../tuple/ids.ts'
import { DEFAULT_STREAM } from '../tuple/system-ids.ts'
import type { AnyBolt, Component, DirectStream, InOf, OutOf, Spout, StreamsOf } from './component.ts'
import { type ConfigMap, mergeConfig } from './config.ts'
import type { WorkerHook } from './hooks.ts'
import {
  type ComponentSpec,
  type CustomStreamGrouping,
  type GroupingSpec,
  groupingKey,
  type StreamSpec,
  type Subscription,
  type TopologyDefinition,
} from './topology.ts'
import { validateTopology } from './validate.ts'

declare const streams: unique symbol

/** A component that can be subscribed to; `S` maps its streams to their rows. */
export interface Source<S = any> {
  readonly id: ComponentId
  readonly [streams]?: S
}

type DefaultOf<S> = 'default' extends keyof S ? 'default' : keyof S & string

/** Is `unknown` where the rows of the stream fit the input of the bolt, else a type that says what does not fit. */
type Fits<S, K extends keyof S, In> = S[K] extends In
  ? unknown
  : { readonly 'the bolt wants': In; readonly 'the stream has': S[K] }

/** What spouts and bolts have in common: tasks and configuration. */
export class ComponentDeclarer<S = any> implements Source<S> {
  declare readonly [streams]?: S
  readonly id: ComponentId
  /** @internal */ readonly declared: Declared

  constructor(declared: Declared) {
    this.id = declared.id
    this.declared = declared
  }

  /** How many tasks; as many as executors unless set. */
  setNumTasks(tasks: number): this {
    return this.addConfiguration('topology.tasks', tasks)
  }

  setMaxTaskParallelism(limit: number): this {
    return this.addConfiguration('topology.max.task.parallelism', limit)
  }

  setMaxSpoutPending(limit: number): this {
    return this.addConfiguration('topology.max.spout.pending', limit)
  }

  /** How many promises of `execute` may be unsettled at a time, per task. */
  setConcurrency(limit: number): this {
    return this.addConfiguration('topology.bolt.concurrency', limit)
  }

  addConfiguration(key: string, value: unknown): this {
    return this.addConfigurations({ [key]: value })
  }

  addConfigurations(config: ConfigMap): this {
    this.declared.config = mergeConfig(this.declared.config, config)
    return this
  }
}

/** A bolt that is being declared: subscribe it with one of the groupings. */
export class BoltDeclarer<In = any, S = any> extends ComponentDeclarer<S> {
  /** Evenly over the tasks, in turn. */
  shuffleGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'shuffle' })
  }

  /** The same values of these fields always go to the same task. */
  fieldsGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    fields: readonly (keyof From[K] & string)[],
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'fields', fields })
  }

  /** As fields grouping with two candidates per key, of which the less used one is taken. */
  partialKeyGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    fields: readonly (keyof From[K] & string)[],
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'partial-key', fields })
  }

  /** A copy to every task. */
  allGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'all' })
  }

  /** Everything to the task with the lowest id. */
  globalGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'global' })
  }

  /** No preference; today the same as shuffle. */
  noneGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'none' })
  }

  /** The emitter names the task; the stream must be declared direct. */
  directGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'direct' })
  }

  /** Tasks of the same worker if there are any, else shuffle. */
  localOrShuffleGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    stream?: K,
  ): this {
    return this.#subscribe(source, stream, { type: 'local-or-shuffle' })
  }

  /** Your own choice of tasks. */
  customGrouping<From, K extends keyof From & string = DefaultOf<From>>(
    source: Source<From> & Fits<From, K, In>,
    grouping: () => CustomStreamGrouping,
    stream?: K,
  ): this {
    this.declared.groupings.set(groupingKey(this.id, source.id, stream ?? DEFAULT_STREAM), grouping)
    return this.#subscribe(source, stream, { type: 'custom' })
  }

  /** A subscription as plain data, unchecked by the compiler: for definitions that come from elsewhere than code. */
  grouping(source: ComponentId, stream: string, grouping: GroupingSpec, custom?: () => CustomStreamGrouping): this {
    if (custom !== undefined) this.declared.groupings.set(groupingKey(this.id, source, stream), custom)
    return this.#subscribe({ id: source }, stream, grouping)
  }

  #subscribe(source: Source, stream: string | undefined, grouping: GroupingSpec): this {
    // Without a compiler someone may pass the name, as in Storm; a wrong one is then found as such.
    const component = typeof source === 'object' ? source.id : String(source)
    this.declared.inputs.push({ component, stream: stream ?? DEFAULT_STREAM, grouping })
    return this
  }
}

interface Declared {
  readonly id: ComponentId
  readonly kind: 'spout' | 'bolt'
  readonly create: () => Component
  readonly parallelism: number
  readonly inputs: Subscription[]
  readonly groupings: Map<string, () => CustomStreamGrouping>
  config: ConfigMap
}

/** Declares spouts and bolts; `createTopology` checks them all. */
export class TopologyBuilder {
  readonly #name: string
  readonly #config: ConfigMap
  readonly #declared: Declared[] = []
  readonly #workerHooks: (() => WorkerHook)[] = []

  constructor(name: string, config: ConfigMap = {}) {
    this.#name = name
    this.#config = config
  }

  /** Adds a spout. `create` is called once for each task, and once to read what the spout declares. */
  setSpout<C extends Spout>(id: ComponentId, create: () => C, parallelism = 1): ComponentDeclarer<StreamsOf<OutOf<C>>> {
    return new ComponentDeclarer(this.#declare(id, 'spout', create, parallelism))
  }

  /** Adds a bolt. `create` is called once for each task, and once to read what the bolt declares. */
  setBolt<C extends AnyBolt>(
    id: ComponentId,
    create: () => C,
    parallelism = 1,
  ): BoltDeclarer<InOf<C>, StreamsOf<OutOf<C>>> {
    return new BoltDeclarer(this.#declare(id, 'bolt', create, parallelism))
  }

  /** @throws NOT_A_COMPONENT where there is no hook. */
  addWorkerHook(create: () => WorkerHook): this {
    if (typeof create !== 'function')
      throw new TyphoonError('NOT_A_COMPONENT', `a worker hook is a function that makes one, and this is ${create}`)
    this.#workerHooks.push(create)
    return this
  }

  /** @throws DefinitionError with everything that is wrong. */
  createTopology(): TopologyDefinition {
    const problems: Problem[] = []
    // Entries, not assignments: to assign to `__proto__` would lose that component unseen.
    const components: [ComponentId, ComponentSpec][] = []
    const factories = new Map<ComponentId, () => Component>()
    const groupings = new Map<string, () => CustomStreamGrouping>()
    for (const declared of this.#declared) {
      if (factories.has(declared.id)) {
        problems.push({
          code: 'DUPLICATE_ID',
          message: `two components are called "${declared.id}"`,
          where: { component: declared.id },
        })
        continue
      }
      components.push([declared.id, specOf(declared, this.#config, problems)])
      factories.set(declared.id, declared.create)
      for (const [key, grouping] of declared.groupings) groupings.set(key, grouping)
    }
    const topology = { name: this.#name, config: this.#config, components: Object.fromEntries(components) }
    problems.push(...validateTopology(topology))
    if (problems.length > 0) throw new DefinitionError(problems)
    return { topology, components: factories, groupings, workerHooks: this.#workerHooks }
  }

  #declare(id: ComponentId, kind: 'spout' | 'bolt', create: () => Component, parallelism: number): Declared {
    const declared: Declared = { id, kind, create, parallelism, inputs: [], groupings: new Map(), config: {} }
    this.#declared.push(declared)
    return declared
  }
}

/** Makes one instance to read what it declares; the tasks get instances of their own. */
function specOf(declared: Declared, topologyConfig: ConfigMap, problems: Problem[]): ComponentSpec {
  const where = { component: declared.id }
  let outputs: Record<string, StreamSpec> = {}
  let config = declared.config
  try {
    const component = declared.create()
    if (!isComponent(component, declared.kind)) {
      const wanted = declared.kind === 'spout' ? 'a spout, which has nextTuple' : 'a bolt, which has execute'
      problems.push({ code: 'NOT_A_COMPONENT', message: `"${declared.id}" is not ${wanted}`, where })
    } else {
      outputs = outputsOf(component)
      config = mergeConfig(component.getComponentConfiguration?.(), declared.config)
    }
  } catch (error) {
    const { code, message, hint } = toProblem(error, 'CONSTRUCTOR_FAILED')
    problems.push({
      code,
      message: `"${declared.id}" cannot be made: ${message}`,
      where,
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const effective = mergeConfig(topologyConfig, config)
  const limit = positive(effective['topology.max.task.parallelism']) ?? Number.POSITIVE_INFINITY
  const wantedTasks = config['topology.tasks'] ?? declared.parallelism
  const tasks = typeof wantedTasks === 'number' ? Math.min(wantedTasks, limit) : Number.NaN
  return {
    kind: declared.kind,
    outputs,
    inputs: declared.inputs,
    parallelism: Math.min(declared.parallelism, tasks),
    tasks,
    config,
  }
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined
}

function isComponent(value: unknown, kind: 'spout' | 'bolt'): value is Component {
  const method = kind === 'spout' ? 'nextTuple' : 'execute'
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function'
}

function outputsOf(component: Component): Record<string, StreamSpec> {
  const { outputs } = component
  if (outputs === undefined) return {}
  if (isFields(outputs)) return { [DEFAULT_STREAM]: { fields: outputs.names, direct: false } }
  const streams: Record<string, StreamSpec> = {}
  for (const [id, declared] of Object.entries(outputs as Record<string, Fields | DirectStream>)) {
    streams[id] = isFields(declared)
      ? { fields: declared.names, direct: false }
      : { fields: declared.fields.names, direct: true }
  }
  return streams
}

/** Also of another copy of this module, as where a topology and its components bring one each. */
function isFields(value: unknown): value is Fields {
  return value instanceof Fields || Array.isArray((value as Fields).names)
}
