/**
 * From streams to components: what runs together, what waits for the commit, what a state promises, what things are
 * called.
 */
import test from 'ava'
import { wordsIn } from '../../../lib/errors/wording.ts'
import { reconfigure } from '../../../lib/flux/definitions.ts'
import { type DefinitionError, fields } from '../../../lib/index.ts'
import {
  Count,
  embeddedMap,
  FeederBatchSpout,
  MapGet,
  type MapState,
  MemoryTransactionalSpout,
  memoryMap,
  OpaqueMemoryTransactionalSpout,
  type QueryFunction,
  SnapshotGet,
  type StateKind,
  type Stream,
  type TridentCollector,
  type TridentState,
  TridentTopology,
  type TridentTuple,
  TupleCollectionGet,
} from '../../../lib/trident/index.ts'

type Word = { word: string }
const word = fields<Word>('word')
const count = fields<{ count: number }>('count')
const source = () => new MemoryTransactionalSpout(word, 1, [[['a']]])
const opaque = () => new OpaqueMemoryTransactionalSpout(word, 1, [[['a']]])
const keep = () => true

function persist(_: MapState, tuples: readonly TridentTuple<Word>[], collector: TridentCollector): void {
  for (const { values } of tuples) collector.emit(values)
}

/** The lines of the plan. */
function planOf(build: (topology: TridentTopology) => void): readonly string[] {
  const topology = new TridentTopology('planned')
  build(topology)
  return topology.build().about ?? []
}

const componentsOf = (build: (topology: TridentTopology) => void): string[] => {
  const topology = new TridentTopology('planned')
  build(topology)
  return Object.keys(topology.build().topology.components)
}

/** What the plan says of the kind and the promise of a state. */
function promiseOf(
  kind: StateKind | undefined,
  stream: (topology: TridentTopology) => Stream<Word>,
): string | undefined {
  const plan = planOf((topology) => {
    stream(topology).partitionPersist('kept', embeddedMap(kind === undefined ? {} : { kind }), ['word'], persist, word)
  })
  const at = plan.findIndex((line) => line.startsWith('state "kept"'))
  const kindOf = /; (\S+); in /.exec(plan[at + 1]!)?.[1]
  return `${kindOf}${plan[at]!.replace('state "kept"', '')}`
}

test('steps without a change of partitions run in the task of the spout, and those behind one in tasks of their own', (t) => {
  const ids = componentsOf((topology) => {
    topology
      .newStream('s', source)
      .filter(keep)
      .map((tuple) => tuple.values)
      .shuffle()
      .filter(keep)
      .name('behind')
      .filter(keep)
  })
  t.deepEqual([...ids].sort(), ['behind', 'coordinator', 'spout-s'])
})

test('where rows may be left out, the plan says which states take back for that, and what stops the topology all the same', (t) => {
  const planned = (spout: () => any, kind?: StateKind): readonly string[] => {
    const topology = new TridentTopology('planned')
    const state = embeddedMap(kind === undefined ? {} : { kind })
    topology.newStream('s', spout).partitionPersist('kept', state, ['word'], persist, word)
    const definition = topology.build()
    t.deepEqual(reconfigure(definition, {}).about, definition.about)
    return reconfigure(definition, { 'topology.trident.dead.letters': true }).about!
  }
  const open = planned(source)
  t.true(open.includes('state "kept": exactly once'))
  t.regex(open.join('\n'), /; opaque; [\s\S]* without rows/)
  t.regex(open.join('\n'), / a dead letter, .* committed$/m)
  const kept = planned(source, 'transactional')
  t.true(kept.includes('state "kept": exactly once'))
  t.regex(kept.join('\n'), /; .* commit .* stops the topology/)
  const whole = planned(() => new FeederBatchSpout(word))
  t.true(whole.includes('state "kept": at least once'))
  t.regex(whole.join('\n'), /; opaque; [\s\S]* no partitions: /)
  t.regex(whole.join('\n'), /; .* without partitions, stops /)
})

test('a state has one component, whoever writes or asks it', (t) => {
  const ids = componentsOf((topology) => {
    const counts = topology
      .newStream('s', source)
      .groupBy(['word'])
      .persistentAggregate('counts', memoryMap<number>(), Count, count)
    topology
      .newDRPCStream('ask')
      .map((tuple) => [tuple.get('args')], word)
      .groupBy(['word'])
      .stateQuery(counts, MapGet, count)
  })
  t.is(ids.filter((id) => id.startsWith('counts')).length, 1)
})

test('only what writes a state, and what comes behind it, waits for the commit', (t) => {
  const plan = planOf((topology) => {
    topology
      .newStream('s', source)
      .groupBy(['word'])
      .persistentAggregate('counts', memoryMap<number>(), Count, count)
      .newValuesStream()
      .filter(keep)
  })
  t.true(
    plan.some((line) => /^ {2}counts: ┃ counts: .* → filter word, count$/.test(line)),
    plan.join('\n'),
  )
})

test('two components that would have one name have two', (t) => {
  const ids = componentsOf((topology) => {
    const stream = topology.newStream('s', source)
    stream.shuffle().filter(keep)
    stream.shuffle().filter(keep)
  })
  t.is(new Set(ids).size, ids.length)
  t.is(ids.length, 4)
})

test('building a topology twice gives the same names and the same plan', (t) => {
  const build = (topology: TridentTopology): void => {
    const streams = ['a', 'b'].map((name) => topology.newStream(name, source))
    topology
      .merge(...streams)
      .groupBy(['word'])
      .persistentAggregate('counts', embeddedMap<number>(), Count, count)
  }
  t.deepEqual(componentsOf(build), componentsOf(build))
  t.deepEqual(planOf(build), planOf(build))
})

test('a state takes the kind that is exactly once behind its spouts', (t) => {
  t.is(
    promiseOf(undefined, (topology) => topology.newStream('s', source)),
    'transactional: exactly once',
  )
  t.is(
    promiseOf(undefined, (topology) => topology.newStream('s', opaque)),
    'opaque: exactly once',
  )
})

test('the matrix of spouts and states: what is exactly once, what is not, and what is refused', (t) => {
  for (const [spout, kind, expected] of [
    [source, 'non-transactional', 'non-transactional: at least once'],
    [source, 'transactional', 'transactional: exactly once'],
    [source, 'opaque', 'opaque: exactly once'],
    [opaque, 'non-transactional', 'non-transactional: at least once'],
    [opaque, 'opaque', 'opaque: exactly once'],
  ] as const)
    t.is(
      promiseOf(kind, (topology) => topology.newStream('s', spout as typeof source)),
      expected,
    )
  const error = t.throws(() =>
    promiseOf('transactional', (topology) => topology.newStream('s', opaque)),
  ) as DefinitionError
  t.is(error.code, 'STATE_KIND')
})

test('where a replay deals rows out to other partitions than before, a state must be able to take back: it is opaque', (t) => {
  const behind = (change: (stream: Stream<Word>) => Stream<Word>) =>
    promiseOf(undefined, (topology) => change(topology.newStream('s', source)))
  t.is(
    behind((stream) => stream.shuffle()),
    'opaque: exactly once',
  )
  t.is(
    behind((stream) => stream.shuffle().filter(keep)),
    'opaque: exactly once',
  )
  t.is(
    behind((stream) => stream.localOrShuffle().identityPartition()),
    'opaque: exactly once',
  )
  t.is(
    behind((stream) => stream.shuffle().partitionBy(['word'])),
    'transactional: exactly once',
  )
  t.is(
    behind((stream) => stream.shuffle().global()),
    'transactional: exactly once',
  )
  t.throws(() => promiseOf('transactional', (topology) => topology.newStream('s', source).shuffle()))
})

/** Of which queries of a word count in this many partitions the definition warns. */
function warningsOf(ask: (asked: Asked) => unknown, partitions = 2): readonly string[] {
  const topology = new TridentTopology('planned')
  const words = topology.newStream('s', source)
  const counts = words
    .groupBy(['word'])
    .persistentAggregate('counts', memoryMap<number>(), Count, count)
    .parallelismHint(partitions)
  const all = words.persistentAggregate('all', memoryMap<number>(), Count, count).parallelismHint(partitions)
  ask({ counts, all, requests: topology.newDRPCStream('ask').map((tuple) => [tuple.get('args')], word), topology })
  return (topology.build().warningsWith?.({}) ?? []).map((warning) => wordsIn('code', warning))
}

interface Asked {
  readonly counts: TridentState<any, MapState<number>>
  readonly all: TridentState<any, any>
  readonly requests: Stream<Word>
  readonly topology: TridentTopology
}

const key = fields<{ key: string; count: number }>('key', 'count')
const own: QueryFunction = { batchRetrieve: () => [], execute: () => {} }

for (const [title, ask, hint] of [
  [
    'a key, of tuples that nobody has sent',
    ({ counts, requests }) => requests.stateQuery(counts, ['word'], MapGet, count),
    /groupBy\(\['word'\]\)/,
  ],
  [
    'a key, of tuples that were dealt out',
    ({ counts, requests }) => requests.shuffle().stateQuery(counts, ['word'], MapGet, count),
    /groupBy\(\['word'\]\)/,
  ],
  [
    'a key, of tuples grouped by another one',
    ({ counts, requests }) =>
      requests
        .map((one) => [one.values[0]!, 1], key)
        .groupBy(['count'])
        .stateQuery(counts, ['key'], MapGet, fields<{ found: number }>('found')),
    /groupBy\(\['key'\]\)/,
  ],
  [
    'the one value, of any partition',
    ({ all, requests }) => requests.stateQuery(all, ['word'], SnapshotGet, count),
    /global\(\)/,
  ],
  [
    'all keys, of one partition',
    ({ counts, requests }) => requests.stateQuery(counts, [], TupleCollectionGet, key),
    /broadcast\(\)/,
  ],
  [
    'anything, of any partition',
    ({ counts, requests }) => requests.stateQuery(counts, ['word'], own, count),
    /groupBy\(/,
  ],
] as const satisfies readonly (readonly [string, (asked: Asked) => unknown, RegExp])[])
  test(`a query whose answer may be in another partition is warned of, with how to mend it: ${title}`, (t) => {
    const warnings = warningsOf(ask)
    t.is(warnings.length, 1)
    t.regex(warnings[0]!, /in 2 partitions/)
    t.regex(warnings[0]!, hint)
    t.deepEqual(warningsOf(ask, 1), [], 'and of one partition there is nothing to say')
  })

test('a query that goes to where the answer is is not warned of', (t) => {
  const right: ((asked: Asked) => unknown)[] = [
    ({ counts, requests }) => requests.groupBy(['word']).stateQuery(counts, MapGet, count),
    ({ counts, requests }) => requests.partitionBy(['word']).stateQuery(counts, ['word'], MapGet, count),
    ({ counts, requests }) => requests.broadcast().stateQuery(counts, ['word'], MapGet, count),
    ({ counts, requests }) => requests.broadcast().stateQuery(counts, [], TupleCollectionGet, key),
    ({ all, requests }) => requests.global().stateQuery(all, ['word'], SnapshotGet, count),
    ({ counts, requests }) => requests.partitionBy(['word']).stateQuery(counts, ['word'], own, count),
    ({ topology, requests }) =>
      requests.stateQuery(topology.newStaticState('known', memoryMap()).parallelismHint(2), ['word'], MapGet, count),
  ]
  for (const ask of right) t.deepEqual(warningsOf(ask), [])
})
