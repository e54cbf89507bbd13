/** From streams to components: what runs together, what waits for the commit, what a state promises, what things are called. */
import test from 'ava'
import { type DefinitionError, fields } from '../../../lib/index.ts'
import {
  Count,
  embeddedMap,
  MapGet,
  type MapState,
  MemoryTransactionalSpout,
  memoryMap,
  OpaqueMemoryTransactionalSpout,
  type StateKind,
  type Stream,
  type TridentCollector,
  TridentTopology,
  type TridentTuple,
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
  t.regex(error.message, /opaque/)
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
