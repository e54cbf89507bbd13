/**
 * The beginning and the end of a Trident topology; Storm's `TridentTopology.java`.
 *
 *     const topology = new TridentTopology('word-count')
 *     topology
 *       .newStream('sentences', () => new PartitionedFileSpout(['speeches/*.txt']))
 *       .flatMap((tuple) => tuple.get('line').split(' ').map((word) => ({ word })), fields({ word: string }))
 *       .groupBy(['word'])
 *       .persistentAggregate('counts', embeddedMap<number>(), Count, fields({ count: number }))
 *     export default topology.build()
 */

import type { Invocations } from '../../drpc/invocations.ts'
import { notAFactory } from '../../errors/not-a-factory.ts'
import {
  type CheckedConfig,
  type ConfigMap,
  Fields,
  fields,
  type Spout,
  type TopologyDefinition,
  TyphoonError,
} from '../../index.ts'
import { type JoinOutFieldsMode, type JoinSpec, type JoinType, join, joinFields } from '../aggregate/join.ts'
import { groupedMultiReduce, multiReduce } from '../aggregate/multi-reduce.ts'
import { compile } from '../batch/compile.ts'
import type { GroupedMultiReducer, MultiReducer, PerTask } from '../model/operation.ts'
import type { AnyTridentSpout } from '../model/spout.ts'
import type { State, StateFactory } from '../model/state.ts'
import { returnResults } from '../operation/return-results.ts'
import { type DrpcNode, Graph, type GraphNode, inputsOf, type OperationNode, type SpoutNode } from '../plan/graph.ts'
import { coreSpout } from '../spout/core-spout.ts'
import { checkFactory, checkOperation, checkOutputs } from './check-operation.ts'
import { GroupedStream } from './grouped-stream.ts'
import { Stream } from './stream.ts'
import { TridentState } from './trident-state.ts'
import { addJoint, addRepartition, addState, addStep, checkFields } from './wiring.ts'

type RowOf<C> = C extends { readonly outputs: Fields<infer Row> } ? Row : any

/** How streams are joined. */
export interface JoinOptions {
  /** For each stream; all inner unless given. An outer one may lack tuples: its fields are null then. */
  readonly types?: readonly JoinType[]
  /** `compact` (unless given): the join fields once; `preserve`: those of each stream. */
  readonly outMode?: JoinOutFieldsMode
}

/** A topology of streams of batches. */
export class TridentTopology<C extends object = ConfigMap> {
  readonly #name: string
  readonly #config: ConfigMap
  /** @internal */ readonly graph = new Graph()

  constructor(name: string, config?: CheckedConfig<C>) {
    this.#name = name
    this.#config = (config as ConfigMap | undefined) ?? {}
  }

  /**
   * A stream of the batches of a spout. `create` is called for each task, and once to read what the spout declares; a
   * spout of the core will do, and is non-transactional.
   * @param txId under this name is kept how far the spout has got: unique in the topology, and the same in every run
   * @throws DUPLICATE_ID, NOT_A_COMPONENT
   */
  newStream<S extends AnyTridentSpout | Spout>(txId: string, create: () => S): Stream<RowOf<S>> {
    const { nodes } = this.graph
    if (typeof txId !== 'string' || txId === '')
      throw new TyphoonError('BAD_ARGUMENT', `the name of a stream is a text, and this is ${JSON.stringify(txId)}`)
    if (nodes.some((node) => node.type === 'spout' && node.txId === txId))
      throw new TyphoonError('DUPLICATE_ID', `two streams are called "${txId}"`, {
        where: { stream: txId },
        hint: 'how far a spout has got is found by this name; give each one of its own',
      })
    const made = adapted(create)
    const sample = made()
    const { kind, outputs } = sample
    const node = this.graph.add<SpoutNode>({ type: 'spout', txId, kind, create: made, sample, outputs })
    return new Stream({ graph: this.graph, node, label: undefined })
  }

  /**
   * A stream of DRPC requests, each a batch of one tuple. What the stream ends with becomes the result: a JSON list of
   * the tuples.
   * @param local a LocalDRPC, in tests; left out: the DRPC server of the run
   * @throws DUPLICATE_ID, BAD_ARGUMENT
   */
  newDRPCStream(functionName: string, local?: Invocations): Stream<{ args: string }> {
    if (typeof functionName !== 'string' || functionName === '')
      throw new TyphoonError(
        'BAD_ARGUMENT',
        `the name of a function is a text, and this is ${JSON.stringify(functionName)}`,
      )
    if (this.graph.nodes.some((node) => node.type === 'drpc' && node.function === functionName))
      throw new TyphoonError('DUPLICATE_ID', `two DRPC streams are called "${functionName}"`, {
        where: { function: functionName },
        hint: 'a request goes to one of them; give each a name of its own, or one stream that goes several ways',
      })
    const node = this.graph.add<DrpcNode>({
      type: 'drpc',
      function: functionName,
      local,
      outputs: fields<{ args: string }>('args'),
    })
    return new Stream({ graph: this.graph, node, label: undefined })
  }

  /** A state that is asked, and not written here. */
  newStaticState<S extends State>(name: string, factory: StateFactory<S>): TridentState<any, S> {
    checkFactory(factory, name)
    return new TridentState(this.graph, addState(this.graph, name, factory))
  }

  /** All tuples of the streams, which have the same fields. @throws STREAMS_DIFFER */
  merge<Row>(...streams: readonly Stream<Row>[]): Stream<Row> {
    const [first] = streams
    if (first === undefined)
      throw new TyphoonError('BAD_ARGUMENT', 'merge needs at least one stream', { where: { operation: 'merge' } })
    for (const { fields: other } of streams) {
      if (other.names.join() === first.fields.names.join()) continue
      throw new TyphoonError(
        'STREAMS_DIFFER',
        `streams with different fields cannot be merged: ${first.fields.names.join(', ')} and ${other.names.join(', ')}`,
        {
          where: { operation: 'merge' },
          hint: 'give them the same fields in the same order, with project or map',
        },
      )
    }
    const create = (context: any) => ({ execute: (batch: any, row: any) => context.emit(batch, row) })
    return this.#joint(streams, { label: 'merge', create, outputs: first.fields, steady: 'always' })
  }

  /**
   * Joins streams, within each batch. The output: the join fields, then the other fields of each stream, named by
   * `outFields`.
   * @throws UNKNOWN_FIELD, DUPLICATE_FIELD, BAD_JOIN
   */
  join<Out>(
    streams: readonly Stream[],
    joinFieldsOf: readonly (readonly string[])[],
    outFields: Fields<Out>,
    options: JoinOptions = {},
  ): Stream<Out> {
    const types = options.types ?? streams.map((): JoinType => 'inner')
    const spec: JoinSpec = {
      streams: streams.map((stream) => stream.fields),
      joinFields: joinFieldsOf,
      types,
      outMode: options.outMode ?? 'compact',
      outFields: outFields.names,
    }
    const outputs = new Fields<Out>(joinFields(spec))
    const partitioned = streams.map((stream, index) => stream.partitionBy(joinFieldsOf[index]!))
    return this.#joint(partitioned, {
      label: `join ${types.join(', ')} → ${outputs.names.join(', ')}`,
      create: join(spec),
      outputs,
      steady: 'always',
    })
  }

  /** Reduces several streams into one, partition by partition of each batch. */
  multiReduce<Out>(
    inputFields: readonly (readonly string[])[],
    streams: readonly Stream[],
    reducer: PerTask<MultiReducer<NoInfer<Out>>>,
    outFields: Fields<Out>,
  ): Stream<Out>
  /**
   * Reduces several grouped streams into one, group by group of each batch. The reducer emits whole rows: the values of
   * the group too, if they are wanted.
   */
  multiReduce<Out>(
    inputFields: readonly (readonly string[])[],
    streams: readonly GroupedStream[],
    reducer: PerTask<GroupedMultiReducer<NoInfer<Out>>>,
    outFields: Fields<Out>,
  ): Stream<Out>
  multiReduce(
    input: readonly (readonly string[])[],
    given: readonly (Stream | GroupedStream)[],
    reducer: any,
    out: Fields,
  ): Stream {
    checkOperation(reducer, 'reducer', 'multiReduce')
    checkOutputs(out, 'multiReduce')
    const label = `reduce → ${out.names.join(', ')}`
    const streams = given.map((stream) =>
      stream instanceof GroupedStream ? stream.toStream().partitionBy(stream.groupFields) : stream,
    )
    for (const [index, stream] of streams.entries()) checkFields(stream.fields, input[index] ?? [], 'multiReduce')
    const groups = given.flatMap((stream) => (stream instanceof GroupedStream ? [stream.groupFields] : []))
    if (groups.length === 0)
      return this.#joint(streams, { label, create: multiReduce(input, reducer, out.names), outputs: out, made: [out] })
    return this.#joint(streams, {
      label,
      create: groupedMultiReduce(groups, input, reducer, out.names),
      outputs: out,
      made: [out],
    })
  }

  /** The topology, as the core runs it. @throws DefinitionError with everything that is wrong */
  build(): TopologyDefinition {
    const whole = new Graph()
    whole.nodes.push(...this.graph.nodes)
    whole.states.push(...this.graph.states)
    for (const node of this.graph.nodes) if (node.type === 'drpc') answer(whole, node)
    return compile(this.#name, this.#config, whole)
  }

  #joint(streams: readonly Stream[], step: Parameters<typeof addStep>[1]): Stream<any> {
    if (streams.some(({ place }) => place.graph !== this.graph))
      throw new TyphoonError('OTHER_TOPOLOGY', `${step.label}: one of the streams belongs to another topology`, {
        where: { operation: step.label },
      })
    const nodes = streams.map(({ place }) => place.node)
    return new Stream({ graph: this.graph, node: addJoint(this.graph, nodes, step), label: undefined })
  }
}

const KINDS: readonly unknown[] = ['non-transactional', 'transactional', 'opaque']

function adapted(create: () => AnyTridentSpout | Spout): () => AnyTridentSpout {
  const refused = notAFactory(create, 'newStream', 'the spout')
  if (refused !== undefined) throw refused
  const { kind, outputs } = Object(create()) as Partial<Spout | AnyTridentSpout>
  if (kind === 'spout') return () => coreSpout(create as () => Spout)
  if (KINDS.includes(kind) && outputs instanceof Fields) return create as () => AnyTridentSpout
  throw new TyphoonError('NOT_A_COMPONENT', 'newStream was given a function that makes no spout', {
    hint: `a spout of Trident has outputs: fields(…), and a kind: ${KINDS.join(', ')}; a spout of the core extends Spout`,
  })
}

/** The one stream that the requests end in goes back to who has asked. */
function answer(graph: Graph, node: DrpcNode): void {
  const reached = new Set<GraphNode>([node])
  for (const other of graph.nodes) if (inputsOf(other).some((input) => reached.has(input))) reached.add(other)
  for (const one of reached) if (one.type === 'operation' && one.commits) throw writes(node, one)
  const heard = new Set(graph.nodes.flatMap(inputsOf))
  const ends = [...reached].filter((one) => !heard.has(one))
  const [end, ...others] = ends
  if (others.length > 0)
    throw new TyphoonError(
      'DRPC_ENDS',
      `the DRPC stream "${node.function}" ends in ${ends.length} streams, and one result is wanted`,
      {
        where: { function: node.function },
        hint: 'merge them',
      },
    )
  const gathered = isGathered(end!)
    ? end!
    : addRepartition({ graph, node: end!, label: undefined }, { type: 'batch-global' })
  addStep(
    { graph, node: gathered, label: undefined },
    {
      label: `return to who asked ${node.function}`,
      create: returnResults(node.local),
      outputs: new Fields([]),
    },
  )
}

function writes({ function: name }: DrpcNode, { state }: OperationNode): TyphoonError {
  const message = `the DRPC stream "${name}" writes the state "${state?.name}"; a request belongs to no transaction, so it may only ask`
  return new TyphoonError('DRPC_WRITES', message, {
    where: { function: name, ...(state === undefined ? {} : { state: state.name }) },
    hint: 'what is to be written comes by newStream; a request asks it with stateQuery',
  })
}

/** All rows of a batch are in one task already, the one that speaks for it. */
function isGathered(node: GraphNode): boolean {
  if (node.type === 'repartition') return node.how.type === 'batch-global'
  return (
    node.type === 'operation' && node.state === undefined && node.inputs.length === 1 && isGathered(node.inputs[0]!)
  )
}
