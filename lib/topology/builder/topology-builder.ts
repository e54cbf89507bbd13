/**
 * Builds a topology in TypeScript, with Storm's method names. Types flow along the edges: what `setSpout` and `setBolt`
 * return is both the declarer and the source that others subscribe to, so an unknown component cannot be written down,
 * and an unknown stream, an unknown field, or a bolt that does not fit its source does not compile.
 *
 *     const builder = new TopologyBuilder('word-count')
 *     const lines = builder.setSpout('lines', () => new FileSpout(['a.txt']))
 *     const split = builder.setBolt('split', () => new Split(), 2).shuffleGrouping(lines)
 *     builder.setBolt('count', () => new Count(), 2).fieldsGrouping(split, ['word'])
 *     export default builder.createTopology()
 *
 * Nothing throws before `createTopology`; that throws all problems at once.
 */

import { DefinitionError, type Finding, toFinding } from '../../errors/typhoon-error.ts'
import { CallSite } from '../../errors/user-places.ts'
import { notAFactory } from '../../shape/not-a-factory.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import { DEFAULT_STREAM, SYSTEM_COMPONENT, TICK_STREAM } from '../../tuple/system-ids.ts'
import { type BoltMaker, type BoltOf, boltOf } from '../component/bolt-maker.ts'
import type { AnyBolt, Component, InOf, OutOf, Spout } from '../component/component.ts'
import type { CustomStreamGrouping, TopologyDefinition } from '../component/definition.ts'
import type { StreamsOf } from '../component/outputs.ts'
import type { WorkerHook } from '../component/task-context.ts'
import type { Timestamps } from '../component/timestamps.ts'
import { type CheckedConfig, type ConfigMap, type ConfigValueOf, mergeConfig } from '../config/config.ts'
import { type ComponentSpec, type GroupingSpec, groupingKey, sizeOf } from '../topology.ts'
import { validateTopology } from '../validate.ts'
import { inputFindings } from './check-inputs.ts'
import {
  type Declared,
  isTheSameAgain,
  makerOf,
  missingFiles,
  oneForAll,
  placed,
  sampleOf,
  sharedInputs,
  specOf,
  warningsOf,
} from './declared.ts'

declare const streams: unique symbol

/** A component that can be subscribed to; `S` maps its streams to their rows. */
export interface Source<S = any> {
  readonly id: ComponentId
  readonly [streams]?: S
}

type DefaultOf<S> = 'default' extends keyof S ? 'default' : never

/** Is `unknown` where the rows of the stream fit the input of the bolt, else a type that says what does not fit. */
type Fits<S, K extends keyof S, In> = [K] extends [never]
  ? { readonly 'there is no default stream; name one of': keyof S }
  : S[K] extends In
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

  /** What each executor needs of a core, percent: a host is chosen that has it. */
  setCPULoad(percent: number): this {
    return this.addConfiguration('topology.component.cpu.pcore.percent', percent)
  }

  /** What each executor needs of memory, MB, in its heap and outside: a host is chosen that has it. */
  setMemoryLoad(onHeapMb: number, offHeapMb?: number): this {
    this.addConfiguration('topology.component.resources.onheap.memory.mb', onHeapMb)
    if (offHeapMb === undefined) return this
    return this.addConfiguration('topology.component.resources.offheap.memory.mb', offHeapMb)
  }

  /**
   * Where event time comes from: the timestamps of the tuples that a spout emits, or that come to a bolt. What is left
   * out is as the component has it.
   */
  setTimestamps(timestamps: Timestamps): this {
    this.declared.timestamps = { ...this.declared.timestamps, ...timestamps }
    return this
  }

  addConfiguration<K extends string>(key: K, value: ConfigValueOf<K>): this {
    return this.#configure({ [key]: value } as ConfigMap)
  }

  addConfigurations<C extends object>(config: CheckedConfig<C>): this {
    return this.#configure(config as ConfigMap)
  }

  #configure(config: ConfigMap): this {
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

  /** Like a fields grouping, but with two candidates per key, of which the less used one is taken. */
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
    return this.grouping(idOf(source), stream ?? DEFAULT_STREAM, { type: 'custom' }, grouping)
  }

  /** A subscription as plain data, unchecked by the compiler: for definitions that come from elsewhere than code. */
  grouping(source: ComponentId, stream: string, grouping: GroupingSpec, custom?: () => CustomStreamGrouping): this {
    if (custom !== undefined) this.declared.groupings.set(groupingKey(this.id, source, stream), custom)
    return this.#subscribe({ id: source }, stream, grouping)
  }

  #subscribe(source: Source, stream: string | undefined, grouping: GroupingSpec): this {
    // As Storm's topologies say it of a bolt that is driven by ticks alone. Its configuration says how often, and every
    // task gets them.
    if (idOf(source) === SYSTEM_COMPONENT && stream === TICK_STREAM) return this
    this.declared.inputs.push({ component: idOf(source), stream: stream ?? DEFAULT_STREAM, grouping })
    this.declared.subscribedAt.push(new CallSite(import.meta.filename))
    return this
  }
}

/** Without a compiler someone may pass the name, as in Storm; a wrong one is then found as such. */
function idOf(source: Source): ComponentId {
  return typeof source === 'object' ? source.id : String(source)
}

/**
 * Declares spouts and bolts; `createTopology` checks them all. `C` is the type of the configuration, which the compiler
 * checks.
 */
export class TopologyBuilder<C extends object = ConfigMap> {
  readonly #name: string
  readonly #config: ConfigMap
  readonly #declared: Declared[] = []
  readonly #workerHooks: (() => WorkerHook)[] = []

  constructor(name: string, config?: CheckedConfig<C>) {
    this.#name = name
    this.#config = (config as ConfigMap | undefined) ?? {}
  }

  /**
   * Adds a spout. `create` is called once for each task, and once or twice more to read what the spout declares; each
   * time it makes a new one.
   */
  setSpout<C extends Spout>(id: ComponentId, create: () => C, parallelism = 1): ComponentDeclarer<StreamsOf<OutOf<C>>> {
    return new ComponentDeclarer(this.#declare(id, 'spout', create, parallelism))
  }

  /**
   * Adds a bolt. `create` is called once for each task, and once or twice more to read what the bolt declares; each
   * time it makes a new one.
   */
  setBolt<C extends AnyBolt | BoltMaker>(
    id: ComponentId,
    create: () => C,
    parallelism = 1,
  ): BoltDeclarer<InOf<BoltOf<C>>, StreamsOf<OutOf<BoltOf<C>>>> {
    const isFactory = notAFactory(create, id, 'the bolt') === undefined
    const maker = isFactory ? () => boltOf(create()) as AnyBolt : (create as () => never)
    return new BoltDeclarer(this.#declare(id, 'bolt', maker, parallelism))
  }

  /** @throws NOT_A_COMPONENT where there is no hook. */
  addWorkerHook(create: () => WorkerHook): this {
    const refused = notAFactory(create, 'addWorkerHook', 'the hook')
    if (refused !== undefined) throw refused
    this.#workerHooks.push(create)
    return this
  }

  /** @throws DefinitionError with everything that is wrong. */
  createTopology(): TopologyDefinition {
    const problems: Finding[] = []
    const causes: unknown[] = []
    // Entries, not assignments: to assign to `__proto__` would lose that component unseen.
    const components: [ComponentId, ComponentSpec][] = []
    const factories = new Map<ComponentId, () => Component>()
    const samples: [ComponentId, Component][] = []
    const groupings = new Map<string, () => CustomStreamGrouping>()
    const repeated = new Set<ComponentId>()
    for (const declared of this.#declared) {
      if (factories.has(declared.id)) {
        repeated.add(declared.id)
        problems.push({
          code: 'DUPLICATE_ID',
          message: `two components are called "${declared.id}"`,
          where: { component: declared.id },
          hint: 'give each a name of its own',
        })
        continue
      }
      const sample = sampleOf(declared, problems, causes)
      if (sample !== undefined) samples.push([declared.id, sample])
      components.push([declared.id, specOf(declared, sample, problems)])
      factories.set(declared.id, makerOf(declared))
      for (const [key, grouping] of declared.groupings) {
        const where = { component: declared.id }
        const refused = notAFactory(grouping, `a custom grouping of "${declared.id}"`, 'the grouping', where)
        if (refused !== undefined) problems.push(toFinding(refused))
        groupings.set(key, grouping)
      }
    }
    const topology = { name: this.#name, config: this.#config, components: Object.fromEntries(components) }
    for (const [id, sample] of samples) {
      const isOfSeveral = sizeOf(topology, topology.components[id]!).tasks > 1
      if (isOfSeveral && isTheSameAgain(sample, factories.get(id)!)) problems.push(oneForAll(id))
    }
    const made = new Set(samples.map(([id]) => id))
    const unknown = new Set([...factories.keys()].filter((id) => !made.has(id) || repeated.has(id)))
    problems.push(...validateTopology(topology, unknown), ...sharedInputs(samples), ...inputFindings(samples, topology))
    if (problems.length > 0) {
      const all = problems.map((problem) => placed(problem, this.#declared))
      throw new DefinitionError(all, causes[0])
    }
    return {
      topology,
      components: factories,
      groupings,
      workerHooks: this.#workerHooks,
      missingFiles: (codeDir) => samples.flatMap(([id, sample]) => missingFiles(id, sample, codeDir)),
      warningsWith: (config) => samples.flatMap(([id, sample]) => warningsOf(id, sample, config)),
    }
  }

  #declare(id: ComponentId, kind: 'spout' | 'bolt', create: () => Component, parallelism: number): Declared {
    const declaredAt = new CallSite(import.meta.filename)
    const made = { inputs: [], subscribedAt: [], groupings: new Map(), config: {} }
    const declared: Declared = { id, kind, create, parallelism, declaredAt, ...made }
    this.#declared.push(declared)
    return declared
  }
}
