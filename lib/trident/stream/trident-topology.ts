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

import type { Invocations } from '../../drpc/protocol/invocations.ts'
import {
  type CheckedConfig,
  type ConfigMap,
  Fields,
  fields,
  type Spout,
  type TopologyDefinition,
  TyphoonError,
} from '../../index.ts'
import { wrongArgument } from '../../shape/check-argument.ts'
import { notAFactory } from '../../shape/not-a-factory.ts'
import { checkOptions } from '../../shape/options.ts'
import type { JoinType } from '../aggregate/join.ts'
import { compile } from '../batch/compile.ts'
import type { GroupedMultiReducer, MultiReducer, PerTask } from '../model/operation.ts'
import type { AnyTridentSpout } from '../model/spout.ts'
import type { State, StateFactory } from '../model/state.ts'
import { JOIN, type JoinOptions } from '../program/join-options.ts'
import type { JointOperator } from '../program/operator.ts'
import { type DrpcSource, Program, type SpoutSource } from '../program/program.ts'
import { coreSpout } from '../spout/core-spout.ts'
import { checkFactory } from './check-operation.ts'
import { addState, pointAfterAll } from './declare.ts'
import { GroupedStream } from './grouped-stream.ts'
import { Stream } from './stream.ts'
import { TridentState } from './trident-state.ts'

type RowOf<C> = C extends { readonly outputs: Fields<infer Row> } ? Row : any

/** A topology of streams of batches. */
export class TridentTopology<C extends object = ConfigMap> {
  readonly #name: string
  readonly #config: ConfigMap
  /** @internal */ readonly program = new Program()

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
    const { nodes } = this.program
    if (typeof txId !== 'string' || txId === '')
      throw wrongArgument('the name of a stream', txId, 'a text', { code: 'BAD_ARGUMENT' })
    if (nodes.some((node) => node.type === 'spout' && node.txId === txId))
      throw new TyphoonError('DUPLICATE_ID', `two streams are called "${txId}"`, {
        where: { stream: txId },
        hint: 'how far a spout has got is found by this name; give each one of its own',
      })
    const made = adapted(create)
    const sample = made()
    const { kind, outputs } = sample
    const node = this.program.add<SpoutSource>({ type: 'spout', txId, kind, create: made, sample, outputs })
    return new Stream({ program: this.program, node, label: undefined })
  }

  /**
   * A stream of DRPC requests, each a batch of one tuple. What the stream ends with becomes the result: a JSON list of
   * the tuples.
   * @param local a LocalDRPC, in tests; left out: the DRPC server of the run
   * @throws DUPLICATE_ID, BAD_ARGUMENT
   */
  newDRPCStream(functionName: string, local?: Invocations): Stream<{ args: string }> {
    if (typeof functionName !== 'string' || functionName === '')
      throw wrongArgument('the name of a function', functionName, 'a text', { code: 'BAD_ARGUMENT' })
    if (this.program.nodes.some((node) => node.type === 'drpc' && node.function === functionName))
      throw new TyphoonError('DUPLICATE_ID', `two DRPC streams are called "${functionName}"`, {
        where: { function: functionName },
        hint: 'a request goes to one of them; give each a name of its own, or one stream that goes several ways',
      })
    const node = this.program.add<DrpcSource>({
      type: 'drpc',
      function: functionName,
      local,
      outputs: fields<{ args: string }>('args'),
    })
    return new Stream({ program: this.program, node, label: undefined })
  }

  /** A state that is asked, and not written here. */
  newStaticState<S extends State>(name: string, factory: StateFactory<S>): TridentState<any, S> {
    checkFactory(factory, name)
    return new TridentState(addState(this.program, name, factory))
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
    return this.behind(streams, { op: 'merge' })
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
    const { types = streams.map((): JoinType => 'inner'), outMode: mode } = checkOptions(
      'join',
      options,
      JOIN,
      'BAD_JOIN',
    )
    return this.behind(streams, { op: 'join', on: joinFieldsOf, types, mode, names: outFields.names })
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
    const streams = given.map((stream): Stream => stream.toStream())
    const groups = given.flatMap((stream) => (stream instanceof GroupedStream ? [stream.groupFields] : []))
    const operator = { op: 'multiReduce', function: reducer, inputs: input, fields: out } as const
    return this.behind(streams, groups.length === 0 ? operator : { ...operator, groups })
  }

  /** The topology, as the core runs it. @throws DefinitionError with everything that is wrong */
  build(): TopologyDefinition {
    return compile(this.#name, this.#config, this.program)
  }

  /** @internal One stream of several. */
  behind(streams: readonly Stream[], operator: JointOperator): Stream<any> {
    const points = streams.map(({ point }) => point)
    return new Stream(pointAfterAll(this.program, points, operator))
  }
}

const KINDS: readonly unknown[] = ['non-transactional', 'transactional', 'opaque']

function adapted(create: () => AnyTridentSpout | Spout): () => AnyTridentSpout {
  const refused = notAFactory(create, 'newStream', 'the spout')
  if (refused !== undefined) throw refused
  const { kind, outputs } = Object(create()) as Partial<Spout | AnyTridentSpout>
  if (kind === 'spout') return () => coreSpout((create as () => Spout)())
  if (KINDS.includes(kind) && outputs instanceof Fields) return create as () => AnyTridentSpout
  throw new TyphoonError('NOT_A_COMPONENT', 'newStream was given a function that makes no spout', {
    hint: `a spout of Trident has outputs: fields(…), and a kind: ${KINDS.join(', ')}; a spout of the core extends Spout`,
  })
}
