/** What cannot be is refused when it is declared, or built, and says what is wrong and what to do. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import {
  Count,
  embeddedMap,
  FeederBatchSpout,
  FixedBatchSpout,
  fileSink,
  firstN,
  MapGet,
  MemoryTransactionalSpout,
  memoryMap,
  OpaqueMemoryTransactionalSpout,
  type StateKind,
  type Stream,
  Sum,
  slidingCount,
  type TridentTopology,
  tumblingCount,
  tumblingDuration,
} from '../../../lib/trident/index.ts'
import { COUNT, drpcFor, fed, refused, topologyFor, WORD } from './kit.ts'

const PAIR = fields<{ a: string; b: number }>('a', 'b')

test('two sinks do not write one file', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  for (const name of ['one', 'other']) {
    const sink = fileSink('same.jsonl')
    stream.partitionPersist(name, sink.state, ['word'], sink.updater)
  }
  refused(t, () => topology.build(), 'OUTPUT_IN_USE', { state: 'other' })
})

test('a step that may bring other tuples on a replay makes what is behind it opaque, and the plan says so', (t) => {
  const topology = topologyFor(t)
  const stream = topology.newStream('words', () => new MemoryTransactionalSpout(WORD, 2, []))
  const counted = (name: string, from: Stream<{ word: string }>): void =>
    void from.groupBy(['word']).persistentAggregate(name, embeddedMap<number>(), Count, COUNT)
  counted('plain', stream.filter((tuple) => tuple.get('word') !== '').shuffle())
  counted('first', stream.partitionAggregate(firstN<{ word: string }>(2, 'word'), WORD))
  const about = topology.build().about!.join('\n')
  t.regex(about, /state "plain": exactly once\n.*; transactional;/)
  t.regex(about, /state "first": exactly once\n.*; opaque;.*\n +because "aggregate by partition → word"/)
})

test('names are given once: streams, states, windows, functions', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  refused(t, () => fed(topology, WORD), 'DUPLICATE_ID', { stream: 'in' })
  stream.persistentAggregate('counts', memoryMap(), Count, COUNT)
  const again = (declare: () => unknown) => refused(t, declare, 'DUPLICATE_ID', { state: 'counts' })
  again(() => stream.groupBy(['word']).persistentAggregate('counts', memoryMap(), Count, COUNT))
  again(() => stream.partitionPersist('counts', memoryMap(), ['word'], () => {}))
  again(() => topology.newStaticState('counts', memoryMap()))
  again(() => stream.window('counts', tumblingCount(2), ['word'], Count, COUNT))
})

test('a field is there once', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, PAIR)
  const twice = (declare: () => unknown, where = {}) => refused(t, declare, 'DUPLICATE_FIELD', { field: 'a', ...where })
  twice(() => stream.each(['a'], () => {}, fields('a')))
  twice(() => stream.project(['a', 'a']))
  twice(() => stream.groupBy(['a']).aggregate(Count, fields('a')))
  twice(() => stream.chainedAgg().aggregate(['b'], Sum, fields('a')).aggregate(['b'], Sum, fields('a')).chainEnd())
  twice(() => stream.stateQuery(topology.newStaticState('s', memoryMap()), ['a'], MapGet, fields('a')))
  const other = fed(topology, fields<{ a: string; c: number }>('a', 'c'), 'other').stream
  twice(() => topology.join([stream, other], [['a'], ['a']], fields('a', 'b', 'a')))
})

test('a parallelism hint is a number of tasks, and stands behind what it is meant for', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  for (const hint of [0, -1, 1.5, Number.NaN, '2' as never])
    refused(t, () => stream.parallelismHint(hint), 'BAD_PARALLELISM')
  refused(t, () => stream.shuffle().parallelismHint(2), 'MISPLACED_HINT', { operation: 'parallelismHint' })
})

const SPOUTS = {
  'non-transactional': () => new FeederBatchSpout(WORD),
  transactional: () => new MemoryTransactionalSpout(WORD, 1, []),
  opaque: () => new OpaqueMemoryTransactionalSpout(WORD, 1, []),
}

/** What the state of a topology promises, as its plan says, or why it is refused. */
function promise(topology: TridentTopology, spout: keyof typeof SPOUTS, kind: StateKind | undefined): string {
  topology
    .newStream('in', SPOUTS[spout] as () => FeederBatchSpout<{ word: string }>)
    .groupBy(['word'])
    .persistentAggregate('counts', memoryMap(kind === undefined ? {} : { kind }), Count, COUNT)
  try {
    const { about } = topology.build()
    return ['exactly once', 'at least once'].find((guarantee) => about?.join('\n').includes(guarantee)) ?? 'nothing'
  } catch {
    return 'refused'
  }
}

test('what a state promises follows from its spout and its kind, and a kind that would lose tuples is refused', (t) => {
  const matrix = [
    ['non-transactional', undefined, 'at least once'],
    ['non-transactional', 'non-transactional', 'at least once'],
    ['non-transactional', 'transactional', 'refused'],
    ['non-transactional', 'opaque', 'at least once'],
    ['transactional', undefined, 'exactly once'],
    ['transactional', 'non-transactional', 'at least once'],
    ['transactional', 'transactional', 'exactly once'],
    ['transactional', 'opaque', 'exactly once'],
    ['opaque', undefined, 'exactly once'],
    ['opaque', 'non-transactional', 'at least once'],
    ['opaque', 'transactional', 'refused'],
    ['opaque', 'opaque', 'exactly once'],
  ] as const
  for (const [spout, kind, expected] of matrix)
    t.is(promise(topologyFor(t), spout, kind), expected, `${spout} spout, ${kind ?? 'no'} kind`)
})

test('a state that would lose tuples is refused with what to do', (t) => {
  const topology = topologyFor(t)
  topology
    .newStream('in', SPOUTS.opaque)
    .persistentAggregate('count', embeddedMap({ kind: 'transactional' }), Count, COUNT)
  const { hint } = refused(t, () => topology.build(), 'STATE_KIND', { state: 'count' })
  t.truthy(hint)
})

test('a DRPC stream and another one have no batches in common', (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const requests = topology.newDRPCStream('f', drpc)
  topology.merge(
    requests.map((tuple) => [tuple.get('args')], WORD),
    fed(topology, WORD).stream,
  )
  refused(t, () => topology.build(), 'DRPC_MIXED', { function: 'f' })
})

test('a DRPC stream ends in one stream', (t) => {
  const topology = topologyFor(t)
  const requests = topology.newDRPCStream('f', drpcFor(t))
  requests.map((tuple) => [tuple.get('args')])
  requests.filter(() => true)
  refused(t, () => topology.build(), 'DRPC_ENDS', { function: 'f' })
})

test('a DRPC request writes no state', (t) => {
  const topology = topologyFor(t)
  topology.newDRPCStream('f', drpcFor(t)).persistentAggregate('count', memoryMap(), Count, COUNT)
  refused(t, () => topology.build(), 'DRPC_WRITES', { function: 'f', state: 'count' })
})

test('a function is declared once', (t) => {
  const topology = topologyFor(t)
  topology.newDRPCStream('f', drpcFor(t))
  refused(t, () => topology.newDRPCStream('f', drpcFor(t)), 'DUPLICATE_ID', { function: 'f' })
})

test('streams with other fields are not merged', (t) => {
  const topology = topologyFor(t)
  const one = fed(topology, PAIR, 'one').stream
  const other = fed(topology, fields<{ b: number; a: string }>('b', 'a'), 'other').stream
  refused(t, () => topology.merge(one, other as any), 'STREAMS_DIFFER', { operation: 'merge' })
  refused(t, () => topology.merge(), 'BAD_ARGUMENT', { operation: 'merge' })
})

test('a join needs streams that can be joined', (t) => {
  const topology = topologyFor(t)
  const one = fed(topology, PAIR, 'one').stream
  const other = fed(topology, fields<{ k: string; v: number }>('k', 'v'), 'other').stream
  const out = fields('a', 'b', 'v')
  const where = { operation: 'join' }
  refused(t, () => topology.join([one, other], [['x'], ['k']], out), 'UNKNOWN_FIELD', { field: 'x' })
  const apart: [streams: Stream<any>[], by: string[][], out: typeof out, options?: { types: 'inner'[] }][] = [
    [[one, other], [['a', 'b'], ['k']], out],
    [[one, other], [['a']], out],
    [[one, other], [['a'], ['k']], out, { types: ['inner'] }],
    [[one, other], [['a'], ['k']], fields('a', 'b')],
    [[one], [['a']], out],
  ]
  for (const [streams, by, names, options] of apart)
    refused(t, () => topology.join(streams, by, names, options as any), 'BAD_JOIN', where)
})

test('what is no function, aggregator, query or updater is refused where it is given', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  const nothing: any = undefined
  const state = topology.newStaticState('s', memoryMap())
  const wrong: [string, () => unknown][] = [
    ['each', () => stream.each(['word'], nothing)],
    ['each', () => stream.each(['word'], 'shout' as any, COUNT)],
    ['filter', () => stream.filter(nothing)],
    ['map', () => stream.map(nothing)],
    ['flatMap', () => stream.flatMap({} as any)],
    ['peek', () => stream.peek(nothing)],
    ['aggregate', () => stream.aggregate(['word'], nothing, COUNT)],
    ['aggregate', () => stream.groupBy(['word']).aggregate({ init() {} } as any, COUNT)],
    ['partitionAggregate', () => stream.partitionAggregate({} as any, COUNT)],
    ['chainedAgg', () => stream.chainedAgg().aggregate(['word'], nothing, COUNT)],
    ['persistentAggregate', () => stream.persistentAggregate('p', memoryMap(), firstN(2) as any, COUNT)],
    ['stateQuery', () => stream.stateQuery(state, ['word'], Count as any, COUNT)],
    ['partitionPersist', () => stream.partitionPersist('q', memoryMap(), ['word'], nothing)],
    ['window', () => stream.window('w', tumblingCount(2), ['word'], nothing, COUNT)],
  ]
  for (const [operation, declare] of wrong) refused(t, declare, 'NOT_AN_OPERATION', { operation })
})

test('what is no spout, or no state, is refused where it is given', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  refused(t, () => topology.newStream('a', new FixedBatchSpout(WORD, 1) as any), 'NOT_A_COMPONENT')
  refused(t, () => topology.newStream('b', (() => ({ outputs: WORD })) as any), 'NOT_A_COMPONENT')
  refused(t, () => topology.newStream('c', (() => undefined) as any), 'NOT_A_COMPONENT')
  refused(t, () => topology.newStream('', () => new FixedBatchSpout(WORD, 1)), 'BAD_ARGUMENT')
  refused(t, () => stream.persistentAggregate('d', memoryMap as any, Count, COUNT), 'NOT_A_STATE', { state: 'd' })
  refused(t, () => stream.persistentAggregate('', memoryMap(), Count, COUNT), 'BAD_ARGUMENT')
})

test('windows have lengths', (t) => {
  for (const make of [
    () => tumblingCount(0),
    () => slidingCount(2, 3),
    () => tumblingDuration(-1),
    () => tumblingCount(1.5),
  ])
    refused(t, () => fed(topologyFor(t), WORD).stream.window('w', make(), ['word'], Count, COUNT), 'BAD_WINDOW')
})

test('nobody writes a static state, so it has no new values', (t) => {
  const declare = () => topologyFor(t).newStaticState('s', memoryMap()).newValuesStream()
  refused(t, declare, 'UNFIT_STATE', { state: 's' })
})

test('streams and states are those of one topology', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  const other = topologyFor(t)
  refused(t, () => topology.merge(stream, fed(other, WORD).stream), 'OTHER_TOPOLOGY', { operation: 'merge' })
  const ask = (state: any) => () => stream.stateQuery(state, ['word'], MapGet, COUNT)
  const where = { operation: 'stateQuery' }
  refused(t, ask(other.newStaticState('s', memoryMap())), 'OTHER_TOPOLOGY', { ...where, state: 's' })
  refused(t, ask(undefined), 'NOT_A_STATE', where)
})

test('fields that are seen are a list, and fields that are emitted are declared', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  const seen: [string, () => unknown][] = [
    ['groupBy', () => stream.groupBy('word' as any)],
    ['partitionBy', () => stream.partitionBy('word' as any)],
    ['project', () => stream.project('word' as any)],
    ['aggregate', () => stream.aggregate(Count, ['count'] as any)],
  ]
  for (const [operation, declare] of seen) refused(t, declare, 'NO_FIELDS', { operation })
  const emitting: any = (_: unknown, out: any) => out.emit([1])
  refused(t, () => stream.each(['word'], emitting), 'NOT_AN_OPERATION', { operation: 'each' })
  refused(t, () => stream.chainedAgg().chainEnd(), 'BAD_ARGUMENT', { operation: 'chainedAgg' })
  refused(t, () => topology.newDRPCStream(''), 'BAD_ARGUMENT')
})
