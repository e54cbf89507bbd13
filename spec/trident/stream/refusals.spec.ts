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
import { COUNT, drpcFor, fed, refusal, topologyFor, WORD } from './kit.ts'

const PAIR = fields<{ a: string; b: number }>('a', 'b')

test('two sinks do not write one file', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  for (const name of ['one', 'other']) {
    const sink = fileSink('same.jsonl')
    stream.partitionPersist(name, sink.state, ['word'], sink.updater)
  }
  t.regex(
    refusal(t, () => topology.build()),
    /^BAD_OPERATION: the states "one" and "other" both write .*same\.jsonl \(give each a file of its own/,
  )
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
  t.regex(
    about,
    /state "first": exactly once\n.*; opaque;.*\n +because "aggregate by partition → word" may bring other tuples/,
  )
})

test('names are given once: streams, states, windows, functions', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  t.is(
    refusal(t, () => fed(topology, WORD)),
    'DUPLICATE_ID: two streams are called "in" (how far a spout has got is found by this name; give each one of its own)',
  )
  stream.persistentAggregate('counts', memoryMap(), Count, COUNT)
  const again =
    'DUPLICATE_ID: two states are called "counts" (what a state has kept is found by its name; give each one of its own)'
  t.is(
    refusal(t, () => stream.groupBy(['word']).persistentAggregate('counts', memoryMap(), Count, COUNT)),
    again,
  )
  t.is(
    refusal(t, () => stream.partitionPersist('counts', memoryMap(), ['word'], () => {})),
    again,
  )
  t.is(
    refusal(t, () => topology.newStaticState('counts', memoryMap())),
    again,
  )
  t.is(
    refusal(t, () => stream.window('counts', tumblingCount(2), ['word'], Count, COUNT)),
    again,
  )
})

test('a field is there once', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, PAIR)
  const twice = /^DUPLICATE_FIELD: .*"a"/
  t.regex(
    refusal(t, () => stream.each(['a'], () => {}, fields('a'))),
    twice,
  )
  t.regex(
    refusal(t, () => stream.project(['a', 'a'])),
    twice,
  )
  t.regex(
    refusal(t, () => stream.groupBy(['a']).aggregate(Count, fields('a'))),
    twice,
  )
  t.regex(
    refusal(t, () =>
      stream.chainedAgg().aggregate(['b'], Sum, fields('a')).aggregate(['b'], Sum, fields('a')).chainEnd(),
    ),
    twice,
  )
  t.regex(
    refusal(t, () => stream.stateQuery(topology.newStaticState('s', memoryMap()), ['a'], MapGet, fields('a'))),
    twice,
  )
  const other = fed(topology, fields<{ a: string; c: number }>('a', 'c'), 'other').stream
  t.regex(
    refusal(t, () => topology.join([stream, other], [['a'], ['a']], fields('a', 'b', 'a'))),
    twice,
  )
})

test('a parallelism hint is a number of tasks, and stands behind what it is meant for', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  for (const hint of [0, -1, 1.5, Number.NaN, '2' as never])
    t.is(
      refusal(t, () => stream.parallelismHint(hint)),
      `BAD_PARALLELISM: a parallelism hint is a whole number from 1 up, and this is ${hint}`,
    )
  t.is(
    refusal(t, () => stream.shuffle().parallelismHint(2)),
    'BAD_OPERATION: parallelismHint stands right behind a change of partitions, where there is nothing that it could be for (put it behind the operation that it is meant for)',
  )
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
    return /exactly once|at least once/.exec((about ?? []).join('\n'))?.[0] ?? 'nothing'
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
  t.is(
    refusal(t, () => topology.build()),
    'BAD_OPERATION: the state "count" is transactional, and its spout is opaque, which may replay a batch with other tuples: it would leave out tuples that it has not seen (make the state opaque, or leave its kind away)',
  )
})

test('a DRPC stream and another one have no batches in common', (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const requests = topology.newDRPCStream('f', drpc)
  topology.merge(
    requests.map((tuple) => [tuple.get('args')], WORD),
    fed(topology, WORD).stream,
  )
  t.is(
    refusal(t, () => topology.build()),
    'BAD_OPERATION: the DRPC stream "f" is merged or joined with another source; their batches have nothing to do with each other (keep what the request is to see in a state, and ask it with stateQuery)',
  )
})

test('a DRPC stream ends in one stream', (t) => {
  const topology = topologyFor(t)
  const requests = topology.newDRPCStream('f', drpcFor(t))
  requests.map((tuple) => [tuple.get('args')])
  requests.filter(() => true)
  t.is(
    refusal(t, () => topology.build()),
    'BAD_OPERATION: the DRPC stream "f" ends in 2 streams, and one result is wanted (merge them)',
  )
})

test('a DRPC request writes no state', (t) => {
  const topology = topologyFor(t)
  topology.newDRPCStream('f', drpcFor(t)).persistentAggregate('count', memoryMap(), Count, COUNT)
  t.regex(
    refusal(t, () => topology.build()),
    /^BAD_OPERATION: .*"f".*"count"/,
  )
})

test('a function is declared once', (t) => {
  const topology = topologyFor(t)
  topology.newDRPCStream('f', drpcFor(t))
  t.regex(
    refusal(t, () => topology.newDRPCStream('f', drpcFor(t))),
    /^DUPLICATE_ID: two DRPC streams are called "f"/,
  )
})

test('streams with other fields are not merged', (t) => {
  const topology = topologyFor(t)
  const one = fed(topology, PAIR, 'one').stream
  const other = fed(topology, fields<{ b: number; a: string }>('b', 'a'), 'other').stream
  t.is(
    refusal(t, () => topology.merge(one, other as any)),
    'BAD_OPERATION: streams with different fields cannot be merged: a, b and b, a (give them the same fields in the same order, with project or map)',
  )
  t.is(
    refusal(t, () => topology.merge()),
    'BAD_OPERATION: merge needs a stream at least',
  )
})

test('a join needs streams that can be joined', (t) => {
  const topology = topologyFor(t)
  const one = fed(topology, PAIR, 'one').stream
  const other = fed(topology, fields<{ k: string; v: number }>('k', 'v'), 'other').stream
  const out = fields('a', 'b', 'v')
  const join = (by: string[][], options = {}) => refusal(t, () => topology.join([one, other], by, out, options))
  t.regex(join([['x'], ['k']]), /^UNKNOWN_FIELD: .*"x"/)
  t.is(join([['a', 'b'], ['k']]), 'BAD_OPERATION: streams are joined by the same number of fields: (a, b) and (k)')
  t.is(join([['a']]), 'BAD_OPERATION: a join of 2 streams needs the join fields of each, and has 1 lists')
  t.is(
    join([['a'], ['k']], { types: ['inner'] }),
    'BAD_OPERATION: a join of 2 streams needs the type of each, and has 1',
  )
  t.is(
    refusal(t, () => topology.join([one, other], [['a'], ['k']], fields('a', 'b'))),
    'BAD_OPERATION: a join has 3 output fields (a, b, v), and 2 names are given for them (a, b)',
  )
  t.is(
    refusal(t, () => topology.join([one], [['a']], out)),
    'BAD_OPERATION: a join needs two streams at least, and has 1',
  )
})

test('what is no function, aggregator, query or updater is refused where it is given', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  const nothing: any = undefined
  const state = topology.newStaticState('s', memoryMap())
  const refused: [string, () => unknown][] = [
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
  for (const [operation, declare] of refused)
    t.regex(refusal(t, declare), new RegExp(`^BAD_OPERATION: ${operation}: `), operation)
})

test('what is no spout, or no state, is refused where it is given', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  t.is(
    refusal(t, () => topology.newStream('a', new FixedBatchSpout(WORD, 1) as any)),
    'NOT_A_COMPONENT: newStream takes a function that makes the spout, a new one for each task, and was given a FixedBatchSpout itself (() => new FixedBatchSpout(…))',
  )
  t.regex(
    refusal(t, () => topology.newStream('b', (() => ({ outputs: WORD })) as any)),
    /^NOT_A_COMPONENT: /,
  )
  t.regex(
    refusal(t, () => topology.newStream('c', (() => undefined) as any)),
    /^NOT_A_COMPONENT: /,
  )
  t.regex(
    refusal(t, () => topology.newStream('', () => new FixedBatchSpout(WORD, 1))),
    /^BAD_OPERATION: the name of a stream/,
  )
  t.regex(
    refusal(t, () => stream.persistentAggregate('d', memoryMap as any, Count, COUNT)),
    /^BAD_OPERATION: .*"d"/,
  )
  t.is(
    refusal(t, () => stream.persistentAggregate('', memoryMap(), Count, COUNT)),
    'BAD_OPERATION: the name of a state is a text, and this is ""',
  )
})

test('windows have lengths', (t) => {
  for (const make of [
    () => tumblingCount(0),
    () => slidingCount(2, 3),
    () => tumblingDuration(-1),
    () => tumblingCount(1.5),
  ])
    t.regex(
      refusal(t, () => fed(topologyFor(t), WORD).stream.window('w', make(), ['word'], Count, COUNT)),
      /^BAD_OPERATION: /,
    )
})

test('nobody writes a static state, so it has no new values', (t) => {
  t.is(
    refusal(t, () => topologyFor(t).newStaticState('s', memoryMap()).newValuesStream()),
    'BAD_OPERATION: nothing writes the state "s", so it has no new values',
  )
})

test('streams and states are those of one topology', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  const other = topologyFor(t)
  t.is(
    refusal(t, () => topology.merge(stream, fed(other, WORD).stream)),
    'BAD_OPERATION: merge: one of the streams belongs to another topology',
  )
  const ask = (state: any) => refusal(t, () => stream.stateQuery(state, ['word'], MapGet, COUNT))
  const hint = '(ask what persistentAggregate, partitionPersist or newStaticState of the same topology has returned)'
  t.is(
    ask(other.newStaticState('s', memoryMap())),
    `BAD_OPERATION: stateQuery was given the state "s" of another topology ${hint}`,
  )
  t.is(ask(undefined), `BAD_OPERATION: stateQuery was given no state ${hint}`)
})

test('fields that are seen are a list, and fields that are emitted are declared', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  const noList = (operation: string) =>
    `BAD_OPERATION: ${operation}: "word" is no list of fields (write ['name', 'other'])`
  t.is(
    refusal(t, () => stream.groupBy('word' as any)),
    noList('groupBy'),
  )
  t.is(
    refusal(t, () => stream.partitionBy('word' as any)),
    noList('partitionBy'),
  )
  t.is(
    refusal(t, () => stream.project('word' as any)),
    noList('project'),
  )
  t.is(
    refusal(t, () => stream.each(['word'], ((_: unknown, out: any) => out.emit([1])) as any)),
    'BAD_OPERATION: each: a filter takes a tuple, and this function takes more (a function that emits needs output fields: each(inputs, function, fields(…)))',
  )
  t.is(
    refusal(t, () => stream.aggregate(Count, ['count'] as any)),
    "BAD_OPERATION: aggregate: a list is no declaration of output fields (write fields('name', 'other'))",
  )
  t.is(
    refusal(t, () => stream.chainedAgg().chainEnd()),
    'BAD_OPERATION: chainedAgg: there is no aggregator in it',
  )
  t.is(
    refusal(t, () => topology.newDRPCStream('')),
    'BAD_OPERATION: the name of a function is a text, and this is ""',
  )
})
