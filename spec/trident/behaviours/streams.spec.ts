/**
 * What Storm's own tests state of Trident's streams, by their numbers in our list of them; the name of Storm's test
 * stands behind. Sentences go in as batches, questions as DRPC requests.
 */
import test from 'ava'
import { Fields, fields } from '../../../lib/index.ts'
import {
  type CombinerAggregator,
  Count,
  FilterNull,
  type GroupedStream,
  MapGet,
  memoryMap,
  type ReducerAggregator,
  type Stream,
  Sum,
  type TridentTopology,
  TridentTuple,
  TupleCollectionGet,
} from '../../../lib/trident/index.ts'
import {
  ask,
  COUNT,
  commit,
  drpcFor,
  fed,
  noting,
  refused,
  type Seen,
  sorted,
  start,
  topologyFor,
  WORD,
  words,
} from '../stream/kit.ts'

const SENTENCE = fields<{ sentence: string }>('sentence')
/** A count that is no combiner. */
const COUNTED: ReducerAggregator<number> = { init: () => 0, reduce: (count) => count + 1 }
/** Each group counts for one, however many tuples it has. */
const ONE: CombinerAggregator<number> = { init: () => 1, combine: () => 1, zero: () => 1 }

/** The counts of the words of the sentences that a test feeds. */
function counted(topology: TridentTopology) {
  const { feeder, stream } = fed(topology, SENTENCE)
  const counts = stream
    .flatMap(words('sentence'), WORD)
    .groupBy(['word'])
    .persistentAggregate('counts', memoryMap(), Count, COUNT)
    .parallelismHint(6)
  return { feeder, counts }
}

test('93: a tuple collection query lists the words and counts of all partitions (testMemoryMapGetTuples)', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const { feeder, counts } = counted(topology)
  topology
    .newDRPCStream('all-tuples', drpc)
    .broadcast()
    .stateQuery(counts, ['args'], TupleCollectionGet, fields<{ word: string; count: number }>('word', 'count'))
    .project(['word', 'count'])
  const running = await start(t, topology)

  await commit(running, feeder, [['hello the man said'], ['the']])
  const first = (await ask(running, drpc, 'all-tuples', 'man')) as unknown[][]
  t.deepEqual(
    sorted(first),
    sorted([
      ['hello', 1],
      ['said', 1],
      ['the', 2],
      ['man', 1],
    ]),
  )

  await commit(running, feeder, [['the foo']])
  const second = (await ask(running, drpc, 'all-tuples', 'man')) as unknown[][]
  t.deepEqual(
    sorted(second),
    sorted([
      ['hello', 1],
      ['said', 1],
      ['the', 3],
      ['man', 1],
      ['foo', 1],
    ]),
  )
})

test('94: a DRPC function sums the counts of the words that it is given (testWordCount)', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const { feeder, counts } = counted(topology)
  topology
    .newDRPCStream('words', drpc)
    .flatMap(words('args'), WORD)
    .groupBy(['word'])
    .stateQuery(counts, MapGet, COUNT)
    .each(['count'], FilterNull)
    .aggregate(['count'], Sum, fields('sum'))
  const running = await start(t, topology)
  const total = (args: string) => ask(running, drpc, 'words', args)

  await commit(running, feeder, [['hello the man said'], ['the']])
  t.deepEqual([await total('the'), await total('hello')], [[[2]], [[1]]])
  await commit(running, feeder, [['the man on the moon'], ['where are you']])
  t.deepEqual([await total('the'), await total('man')], [[[4]], [[2]]])
  t.deepEqual(await total('man where you the'), [[8]])
})

test('97: what a stream was split into can be merged again (testSplitMerge)', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const requests = topology.newDRPCStream('splitter', drpc)
  const value = fields<{ value: string | number }>('value')
  topology.merge(
    requests.flatMap(
      (tuple) =>
        tuple
          .get('args')
          .split(' ')
          .map((word) => [word]),
      value,
    ),
    requests.map((tuple) => [tuple.get('args').length], value),
  )
  const running = await start(t, topology)
  const parts = async (args: string) => sorted((await ask(running, drpc, 'splitter', args)) as unknown[][])

  t.deepEqual(await parts('the man'), sorted([[7], ['the'], ['man']]))
  t.deepEqual(await parts('hello'), sorted([[5], ['hello']]))
})

test('98: two groupings of one stream each have their own aggregation (testMultipleGroupingsSameStream)', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const split = topology.newDRPCStream('tester', drpc).flatMap(words('args'), WORD)
  const counted = (): Stream<{ word: string; count: number }> => split.groupBy(['word']).aggregate(ONE, COUNT)
  topology.merge(counted(), counted())
  const running = await start(t, topology)

  t.deepEqual(await ask(running, drpc, 'tester', 'the'), [
    ['the', 1],
    ['the', 1],
  ])
  t.deepEqual(sorted((await ask(running, drpc, 'tester', 'aaaaa aaaaa')) as unknown[][]), [
    ['aaaaa', 1],
    ['aaaaa', 1],
  ])
})

test('99: partitions may change several times on the way to an aggregation (testMultiRepartition)', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology
    .newDRPCStream('tester', drpc)
    .flatMap(words('args'), WORD)
    .parallelismHint(2)
    .localOrShuffle()
    .shuffle()
    .aggregate(COUNTED, COUNT)
  const running = await start(t, topology)

  t.deepEqual(await ask(running, drpc, 'tester', 'the man'), [[2]])
  t.deepEqual(await ask(running, drpc, 'tester', 'aaa'), [[1]])
})

test('100: an operation on a field that the stream does not have is refused when it is declared (testStreamProjectionValidation)', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, SENTENCE)
  const bad = ['word'] as any
  const grouped = (): GroupedStream => (stream as Stream<any>).groupBy(bad)
  const counts = topology.newStaticState('counts', memoryMap())
  const wrong: Record<string, () => unknown> = {
    each: () => stream.each(bad, () => {}, new Fields(['x'])),
    filter: () => stream.filter(bad, () => true),
    groupBy: grouped,
    project: () => stream.project(bad),
    partitionBy: () => stream.partitionBy(bad),
    aggregate: () => stream.aggregate(bad, Count, COUNT),
    chainedAgg: () => stream.chainedAgg().aggregate(bad, Count, COUNT),
    partitionAggregate: () => stream.partitionAggregate(bad, Count, COUNT),
    persistentAggregate: () => stream.persistentAggregate('a', memoryMap(), bad, Count, COUNT),
    partitionPersist: () => stream.partitionPersist('b', memoryMap(), bad, () => {}),
    stateQuery: () => stream.stateQuery(counts, bad, MapGet, COUNT),
    minBy: () => stream.minBy(bad[0]),
    maxBy: () => stream.maxBy(bad[0]),
  }
  for (const [operation, declare] of Object.entries(wrong))
    refused(t, declare, 'UNKNOWN_FIELD', { operation, field: 'word' })
  const byWord = stream.flatMap(words('sentence'), WORD).groupBy(['word'])
  const inGroups: Record<string, () => unknown> = {
    aggregate: () => byWord.aggregate(['sentence'] as any, Count, COUNT),
    persistentAggregate: () => byWord.persistentAggregate('c', memoryMap(), ['sentence'] as any, Count, COUNT),
    chainedAgg: () => byWord.chainedAgg().aggregate(['sentence'] as any, Count, COUNT),
  }
  for (const [operation, declare] of Object.entries(inGroups))
    refused(t, declare, 'UNKNOWN_FIELD', { operation, field: 'sentence' })
})

test('101: a component asks for what its operations ask for together (testSetComponentResources)', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, SENTENCE)
  stream
    .setCPULoad(20)
    .setMemoryLoad(512)
    .flatMap(words('sentence'), WORD)
    .setCPULoad(10)
    .setMemoryLoad(512)
    .filter(() => true)
    .setCPULoad(50)
    .setMemoryLoad(1024)
    .shuffle()
    .peek(() => {})
    .setCPULoad(5)
  const { components } = topology.build().topology
  const loads = Object.values(components).flatMap(({ config }) => {
    const cpu = config['topology.component.cpu.pcore.percent']
    return cpu === undefined ? [] : [[cpu, config['topology.component.resources.onheap.memory.mb']]]
  })
  t.deepEqual(loads, [
    [80, 2048],
    [5, undefined],
  ])
})

test('102: what a tuple shows after each operation is what was kept and what was appended (TridentTupleViewTest)', async (t) => {
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, fields<{ a: number; b: number; c: number }>('a', 'b', 'c'))
  const seen: Seen[][] = [[], [], [], []]
  stream
    .peek(noting(seen[0]!))
    .each(['a'], (_, collector) => collector.emit([4]), fields<{ d: number }>('d'))
    .each([], (_, collector) => collector.emit([5, 6]), fields<{ e: number; f: number }>('e', 'f'))
    .peek(noting(seen[1]!))
    .project(['a', 'f', 'b'])
    .peek(noting(seen[2]!))
    .each([], (_, collector) => collector.emit([8]), fields<{ c: number }>('c'))
    .peek(noting(seen[3]!))
    .peek((tuple) => {
      t.deepEqual([tuple.get('c'), tuple.get('f')], [8, 6])
      t.deepEqual(tuple.select(['c', 'a']), [8, 1])
      t.throws(() => (tuple as TridentTuple).get('d'), { code: 'UNKNOWN_FIELD' })
    })
  const running = await start(t, topology)
  await commit(running, feeder, [[1, 2, 3]])

  t.deepEqual(
    seen.map((some) => some.map(({ fields: names, values }) => [names, values])),
    [
      [
        [
          ['a', 'b', 'c'],
          [1, 2, 3],
        ],
      ],
      [
        [
          ['a', 'b', 'c', 'd', 'e', 'f'],
          [1, 2, 3, 4, 5, 6],
        ],
      ],
      [
        [
          ['a', 'f', 'b'],
          [1, 6, 2],
        ],
      ],
      [
        [
          ['a', 'f', 'b', 'c'],
          [1, 6, 2, 8],
        ],
      ],
    ],
  )
  const fresh = new TridentTuple([3, 2, 1], fields('a', 'b', 'c'))
  t.deepEqual([fresh.get('a'), fresh.get('b'), fresh.get('c')], [3, 2, 1])
  t.deepEqual(fresh.select(['c', 'a']), [1, 3])
  t.deepEqual(running.problems, [])
})
