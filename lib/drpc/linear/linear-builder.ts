/**
 * Builds a topology that answers one function by a chain of bolts. Storm's LinearDRPCTopologyBuilder; its wiring:
 *
 *     spout → prepare-request → bolt0 → bolt1 … → join-result → return-results
 *
 * The first value of each tuple in the chain is the id of its request. The first bolt gets [request, args], the last
 * one emits [request, result], once. A bolt with `finishedId`, and each BatchBolt, is called when it has had all tuples
 * of a request.
 */

import {
  type AnyBolt,
  type BoltDeclarer,
  type CheckedConfig,
  type ConfigMap,
  type CustomStreamGrouping,
  DEFAULT_STREAM,
  declaredStreams,
  type GroupingSpec,
  TopologyBuilder,
  type TopologyDefinition,
  TyphoonError,
} from '../../index.ts'
import { notAFactory } from '../../shape/not-a-factory.ts'
import type { Invocations } from '../protocol/invocations.ts'
import { DRPCSpout } from '../worker/drpc-spout.ts'
import { checkFunctionName } from '../worker/request-spout.ts'
import { ReturnResults } from '../worker/return-results.ts'
import { type BatchBolt, BatchBoltExecutor, type FinishedCallback } from './batch-bolt.ts'
import { COUNT_STREAM, CoordinatedBolt, type Coordination } from './coordinated-bolt.ts'
import { ARGS_STREAM, ID_STREAM, JoinResult, PrepareRequest } from './request-bolts.ts'

const SPOUT = 'spout'
const PREPARE = 'prepare-request'
const JOIN = 'join-result'
const RETURN = 'return-results'
const REQUEST_FIELD = 'request'

/** A bolt of the chain. */
export type LinearBolt = AnyBolt | BatchBolt

interface Input {
  readonly grouping: GroupingSpec
  readonly stream: string | undefined
  readonly custom: (() => CustomStreamGrouping) | undefined
}

interface Link {
  readonly create: () => AnyBolt & Partial<FinishedCallback>
  readonly parallelism: number
  readonly inputs: Input[]
  config: ConfigMap
}

/** Says how a bolt gets the tuples of the one before it; shuffled unless said. */
export class LinearDRPCInputDeclarer {
  readonly #link: Link

  /** @internal */
  constructor(link: Link) {
    this.#link = link
  }

  /** Evenly over the tasks. */
  shuffleGrouping(stream?: string): this {
    return this.#add({ type: 'shuffle' }, stream)
  }

  /** The same values of these fields always go to the same task. */
  fieldsGrouping(fields: readonly string[], stream?: string): this {
    return this.#add({ type: 'fields', fields }, stream)
  }

  /** Like a fields grouping, with two tasks per key. */
  partialKeyGrouping(fields: readonly string[], stream?: string): this {
    return this.#add({ type: 'partial-key', fields }, stream)
  }

  /** A copy to every task. */
  allGrouping(stream?: string): this {
    return this.#add({ type: 'all' }, stream)
  }

  /** Everything to the task with the lowest id. */
  globalGrouping(stream?: string): this {
    return this.#add({ type: 'global' }, stream)
  }

  /** No preference. */
  noneGrouping(stream?: string): this {
    return this.#add({ type: 'none' }, stream)
  }

  /** Tasks of the same worker if there are any. */
  localOrShuffleGrouping(stream?: string): this {
    return this.#add({ type: 'local-or-shuffle' }, stream)
  }

  /** The emitter names the task; not for the first bolt. */
  directGrouping(stream?: string): this {
    return this.#add({ type: 'direct' }, stream)
  }

  /** Your own choice of tasks; not for the first bolt. */
  customGrouping(grouping: () => CustomStreamGrouping, stream?: string): this {
    return this.#add({ type: 'custom' }, stream, grouping)
  }

  /** Configuration of the bolt's component. */
  addConfigurations<C extends object>(config: CheckedConfig<C>): this {
    this.#link.config = { ...this.#link.config, ...(config as ConfigMap) }
    return this
  }

  #add(grouping: GroupingSpec, stream?: string, custom?: () => CustomStreamGrouping): this {
    this.#link.inputs.push({ grouping, stream, custom })
    return this
  }
}

/** A topology that answers one function. */
export class LinearDRPCTopologyBuilder<C extends object = ConfigMap> {
  readonly #function: string
  readonly #config: ConfigMap
  readonly #links: Link[] = []

  /**
   * @param functionName what clients ask for, and the name of the topology
   * @throws CONSTRUCTOR_FAILED for an invalid name
   */
  constructor(functionName: string, config?: CheckedConfig<C>) {
    this.#function = checkFunctionName(functionName)
    this.#config = (config as ConfigMap | undefined) ?? {}
  }

  /**
   * Adds the next bolt of the chain.
   * @param create one fresh instance per call: for each task, of a BatchBolt for each request
   * @throws NOT_A_COMPONENT
   */
  addBolt(create: () => LinearBolt, parallelism = 1): LinearDRPCInputDeclarer {
    const refused = notAFactory(create, `addBolt of the function "${this.#function}"`, 'the bolt')
    if (refused !== undefined) throw refused
    const link: Link = { create: taskFactory(create), parallelism, inputs: [], config: {} }
    this.#links.push(link)
    return new LinearDRPCInputDeclarer(link)
  }

  /**
   * The topology for `typhoon run`, which starts the server.
   * @throws DefinitionError, TyphoonError with what is wrong
   */
  createRemoteTopology(): TopologyDefinition {
    return this.#build(undefined)
  }

  /** The topology for a test, with the server that is asked. @throws as createRemoteTopology */
  createLocalTopology(drpc: Invocations): TopologyDefinition {
    return this.#build(drpc)
  }

  #build(drpc: Invocations | undefined): TopologyDefinition {
    const builder = new TopologyBuilder(this.#function, this.#config)
    const spout = builder.setSpout(SPOUT, () => new DRPCSpout(this.#function, drpc))
    builder.setBolt(PREPARE, () => new PrepareRequest()).shuffleGrouping(spout)
    for (const index of this.#links.keys()) this.#addLink(builder, index)
    const last = this.#lastStream()
    const { parallelism } = this.#links.at(-1)!
    builder
      .setBolt(JOIN, () => new JoinResult(PREPARE), parallelism)
      .grouping(boltId(this.#links.length - 1), last.stream, { type: 'fields', fields: [last.field] })
      .grouping(PREPARE, ID_STREAM, { type: 'fields', fields: [REQUEST_FIELD] })
    builder
      .setBolt(RETURN, () => new ReturnResults(drpc), parallelism)
      .grouping(JOIN, DEFAULT_STREAM, { type: 'local-or-shuffle' })
    return builder.createTopology()
  }

  #addLink(builder: TopologyBuilder, index: number): void {
    const { create, parallelism, inputs, config } = this.#links[index]!
    const coordination = this.#coordination(index)
    const declarer = builder
      .setBolt(boltId(index), () => new CoordinatedBolt(create(), coordination), parallelism)
      .addConfigurations(config)
    const given: readonly Input[] =
      inputs.length > 0 ? inputs : [{ grouping: { type: 'shuffle' }, stream: undefined, custom: undefined }]
    for (const input of given) this.#subscribe(declarer, index, input)
    if (index > 0) declarer.grouping(boltId(index - 1), COUNT_STREAM, { type: 'direct' })
    if (coordination.finishesById === true)
      declarer.grouping(PREPARE, ID_STREAM, { type: 'fields', fields: [REQUEST_FIELD] })
  }

  #subscribe(declarer: BoltDeclarer, index: number, { grouping, stream, custom }: Input): void {
    if (index === 0 && (grouping.type === 'custom' || grouping.type === 'direct' || stream !== undefined))
      throw new TyphoonError(
        'UNKNOWN_GROUPING',
        'the first bolt of a function has one input, each tuple at one task or at all',
        {
          where: { component: boltId(0) },
          hint: 'shuffleGrouping, fieldsGrouping, allGrouping …, without a stream; any other from the second bolt on',
        },
      )
    const source = index === 0 ? PREPARE : boltId(index - 1)
    declarer.grouping(source, stream ?? (index === 0 ? ARGS_STREAM : DEFAULT_STREAM), grouping, custom)
  }

  /**
   * Only the last bolt knows from the id of a request that it is the one to finish it: all that the request has come to
   * is grouped there.
   */
  #coordination(index: number): Coordination {
    if (index === 0) return {}
    const first = this.#links[0]!.inputs
    const isOneTask = index === 1 && !first.some(({ grouping }) => grouping.type === 'all')
    const source = { source: boltId(index - 1), senders: isOneTask ? 'one' : 'all' } as const
    if (index < this.#links.length - 1 || !finishes(this.#links[index]!.create())) return source
    return { ...source, finishesById: true }
  }

  /** The stream of the last bolt, and the name of its first field. @throws WRONG_VALUES, NO_TOPOLOGY */
  #lastStream(): { stream: string; field: string } {
    const last = this.#links.at(-1)
    if (last === undefined)
      throw new TyphoonError('NO_TOPOLOGY', `the function "${this.#function}" has no bolt`, {
        hint: 'add one with addBolt',
      })
    const streams = [...declaredStreams(last.create())]
    const [stream, declared] = streams[0] ?? []
    if (streams.length === 1 && declared?.direct === false && declared.fields.names.length === 2)
      return { stream: stream!, field: declared.fields.names[0]! }
    throw new TyphoonError('WRONG_VALUES', 'the last bolt of a function has one stream, of two fields', {
      where: { component: boltId(this.#links.length - 1) },
      hint: "it emits the request's id and its result: fields('request', 'result')",
    })
  }
}

function boltId(index: number): string {
  return `bolt${index}`
}

/** Makes the bolt of a task; of a BatchBolt, what runs its batches. */
function taskFactory(create: () => LinearBolt): () => AnyBolt & Partial<FinishedCallback> {
  return () => {
    const bolt = create()
    return bolt.kind === 'batch-bolt' ? new BatchBoltExecutor(create as () => BatchBolt) : bolt
  }
}

function finishes(bolt: Partial<FinishedCallback>): boolean {
  return typeof bolt.finishedId === 'function'
}
