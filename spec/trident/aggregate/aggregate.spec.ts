/** Aggregation within a partition: of a batch, of its groups, several at once. */
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  type AggregateStep,
  chainedAggregate,
  groupedAggregate,
  partitionAggregate,
} from '../../../lib/trident/aggregate/aggregate.ts'
import { extreme } from '../../../lib/trident/aggregate/extreme.ts'
import { isCombiner } from '../../../lib/trident/aggregate/fold.ts'
import { Count, Max, Sum } from '../../../lib/trident/builtin/index.ts'
import type { Aggregator, ReducerAggregator } from '../../../lib/trident/model/operation.ts'
import type { Row } from '../../../lib/trident/operation/processor.ts'
import { keyOf } from '../../../lib/values/key.ts'
import { Partition, sorted, through } from '../operation/partition.ts'

const NAMES = ['word', 'n']

const joined: ReducerAggregator<string> = {
  init: () => '',
  reduce: (text, tuple) => text + tuple.values.join(''),
}

/** Emits the batch id at once, each number twice as it comes, and how many there were in the end. */
const talkative: Aggregator = {
  init(batchId, collector) {
    collector.emit([`batch ${batchId}`])
    return { seen: 0 }
  },
  aggregate(state, tuple, collector) {
    state.seen++
    collector.emit([tuple.values[0] * 2])
  },
  complete: (state, collector) => collector.emit([`seen ${state.seen}`]),
}

/** Emits its values one by one, when all have come. */
const listed: Aggregator<any, any, unknown[]> = {
  init: () => [],
  aggregate: (values, tuple) => void values.push(tuple.values[0]),
  complete(values, collector) {
    for (const value of values) collector.emit([value])
  },
}

test('the rows of a partition are aggregated to what the aggregator emits', async (t) => {
  const rows = [
    ['a', 1],
    ['b', 2],
  ]
  t.deepEqual(await through(partitionAggregate(['n'], Sum, ['sum']), NAMES, rows), [[3]])
  t.deepEqual(await through(partitionAggregate(['word', 'n'], joined, ['text']), NAMES, rows), [['a1b2']])
  t.deepEqual(await through(partitionAggregate(['n'], talkative, ['said']), NAMES, rows), [
    ['batch 1'],
    [2],
    [4],
    ['seen 2'],
  ])
})

test('a batch without rows has the result of nothing, in the one partition that is chosen for it', async (t) => {
  for (const [aggregator, result] of [
    [Count, [[0]]],
    [joined, [['']]],
    [talkative, [['batch 1'], ['seen 0']]],
  ] as const) {
    const factory = partitionAggregate(['n'], aggregator, ['result'])
    for (const isChosen of [true, false]) {
      const partition = await Partition.of([[factory, NAMES]], isChosen)
      t.deepEqual(await partition.finish(partition.begin()), isChosen ? result : [])
    }
  }
})

test('a partition that has rows emits, though it is not chosen for the batch', async (t) => {
  const partition = await Partition.of([[partitionAggregate([], Count, ['count']), NAMES]], false)
  const batch = partition.begin()
  partition.feed(batch, [['a', 1]])
  t.deepEqual(await partition.finish(batch), [[1]])
})

test('batches that come interleaved are aggregated each by itself', async (t) => {
  const partition = await Partition.of([[groupedAggregate(['word'], ['n'], Sum, ['sum']), NAMES]])
  const [first, second] = [partition.begin(1), partition.begin(2)]
  partition.feed(first, [['a', 1]])
  partition.feed(second, [['a', 10]])
  partition.feed(first, [['a', 2]])
  t.deepEqual(await partition.finish(second), [['a', 10]])
  const third = partition.begin(3)
  partition.feed(third, [['a', 100]])
  t.deepEqual(await partition.finish(first), [['a', 3]])
  t.deepEqual(await partition.finish(third), [['a', 100]])
})

test('a batch that is replayed begins anew; of the attempt that was dropped nothing stays', async (t) => {
  for (const factory of [
    partitionAggregate(['n'], Sum, ['sum']),
    partitionAggregate(['n'], { ...joined, reduce: (sum: any, tuple: any) => Number(sum) + tuple.get('n') }, ['sum']),
    chainedAggregate([{ inputFields: ['n'], aggregator: Sum, outFields: ['sum'] }]),
  ]) {
    const partition = await Partition.of([[factory, NAMES]])
    partition.feed(partition.begin(1, 0), [
      ['a', 1],
      ['b', 2],
    ])
    const replayed = partition.begin(1, 1)
    partition.feed(replayed, [['a', 5]])
    t.deepEqual(await partition.finish(replayed), [[5]])
  }
})

test('each group emits its values and the results behind them; without rows there are no groups', async (t) => {
  const rows = [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ]
  t.deepEqual(await through(groupedAggregate(['word'], [], Count, ['count']), NAMES, rows), [
    ['a', 2],
    ['b', 1],
  ])
  t.deepEqual(await through(groupedAggregate(['word'], ['n'], listed, ['n']), NAMES, rows), [
    ['a', 1],
    ['a', 3],
    ['b', 2],
  ])
  t.deepEqual(await through(groupedAggregate(['word'], [], Count, ['count']), NAMES, []), [])
})

test('a general aggregator is begun once for each group, and emits into the group that it is called for', async (t) => {
  const rows = [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ]
  t.deepEqual(sorted(await through(groupedAggregate(['word'], ['n'], talkative, ['said']), NAMES, rows)), [
    ['a', 'batch 1'],
    ['a', 'seen 2'],
    ['a', 2],
    ['a', 6],
    ['b', 'batch 1'],
    ['b', 'seen 1'],
    ['b', 4],
  ])
})

test('two independent groupings of the same stream give their results each', async (t) => {
  const count = groupedAggregate(['word'], [], Count, ['count'])
  const both = [...(await through(count, ['word'], [['the']])), ...(await through(count, ['word'], [['the']]))]
  t.deepEqual(both, [
    ['the', 1],
    ['the', 1],
  ])
})

/** Groups by all fields, and holds the counts against those by key. */
async function countedByKey(t: ExecutionContext, rows: readonly Row[]): Promise<void> {
  const names = ['a', 'b', 'c'].slice(0, rows[0]?.length ?? 1)
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1)
  const groups = await through(groupedAggregate(names, [], Count, ['count']), names, rows)
  t.deepEqual(new Map(groups.map((row) => [keyOf(row.slice(0, -1)), row.at(-1)])), counts)
  t.is(groups.length, counts.size)
}

test('groups whose values look alike when they are written one behind the other are kept apart', async (t) => {
  await countedByKey(t, [[['a']], [keyOf([['a']])], ['a'], ['["a"]']])
  await countedByKey(t, [['5'], [5], [keyOf([5])], [[5]], [true], ['true'], [null], ['null']])
  await countedByKey(t, [[Number.NaN], [null], [Number.POSITIVE_INFINITY], [-0], [0]])
  await countedByKey(t, [
    ['a', 'bc'],
    ['ab', 'c'],
    ['abc', ''],
    ['', 'abc'],
  ])
  await countedByKey(t, [
    [1, 23],
    [12, 3],
    ['1', 23],
    ['1:1', 23],
    [1, '23'],
    [1, '1;'],
    [1, 1],
  ])
})

test('rows are of one group just where their grouping fields have the same key', async (t) => {
  const value = fc.oneof(
    fc.constantFrom('', 'a', '1', '1:a', '\u0000', null, true, 1, 5, 0, 1.5),
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.array(fc.integer(), { maxLength: 2 }),
  )
  const rows = fc
    .integer({ min: 1, max: 3 })
    .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width })))
  await fc.assert(fc.asyncProperty(rows, (some) => countedByKey(t, some)))
})

test('several aggregations over the same rows stand side by side', async (t) => {
  const steps: AggregateStep[] = [
    { inputFields: [], aggregator: Count, outFields: ['count'] },
    { inputFields: ['n'], aggregator: Sum, outFields: ['sum'] },
    { inputFields: ['word'], aggregator: joined, outFields: ['text'] },
  ]
  const rows = [
    ['a', 1],
    ['b', 2],
    ['a', 4],
  ]
  t.deepEqual(await through(chainedAggregate(steps), NAMES, rows), [[3, 7, 'aba']])
  t.deepEqual(await through(chainedAggregate(steps), NAMES, []), [[0, 0, '']])
  t.deepEqual(await through(chainedAggregate(steps, ['word']), NAMES, rows), [
    ['a', 2, 5, 'aa'],
    ['b', 1, 2, 'b'],
  ])
})

test('of several aggregations each result of one is combined with each of the others', async (t) => {
  const list = { inputFields: ['n'], aggregator: listed, outFields: ['n'] }
  const word = { inputFields: ['word'], aggregator: listed, outFields: ['word'] }
  const rows = [
    ['a', 1],
    ['b', 2],
  ]
  t.deepEqual(await through(chainedAggregate([list, word]), NAMES, rows), [
    [1, 'a'],
    [1, 'b'],
    [2, 'a'],
    [2, 'b'],
  ])
  const none: Aggregator = { init: () => null, aggregate: () => undefined, complete: () => undefined }
  t.deepEqual(
    await through(chainedAggregate([list, { inputFields: [], aggregator: none, outFields: ['x'] }]), NAMES, rows),
    [],
  )
})

test('the least and the greatest tuple are as the comparator says', async (t) => {
  const rows = [
    ['a', 5],
    ['b', 6],
    ['c', 7],
  ]
  const byWord = (a: { values: readonly any[] }, b: { values: readonly any[] }) => (a.values[0] < b.values[0] ? 1 : -1)
  t.deepEqual(await through(partitionAggregate(NAMES, extreme('min', byWord), NAMES), NAMES, rows), [['c', 7]])
  t.deepEqual(await through(partitionAggregate(NAMES, extreme('max', byWord), NAMES), NAMES, rows), [['a', 5]])
  const same = () => 0
  t.deepEqual(await through(partitionAggregate(NAMES, extreme('max', same), NAMES), NAMES, rows), [['a', 5]])
})

test('an aggregator that is made for each task is made once for it', async (t) => {
  let made = 0
  const prepare = () => {
    made++
    return Count
  }
  const aggregator = { prepare }
  const partition = await Partition.of([[groupedAggregate(['word'], [], aggregator, ['count']), NAMES]])
  for (const id of [1, 2]) {
    const batch = partition.begin(id)
    partition.feed(batch, [['a', 1]])
    t.deepEqual(await partition.finish(batch), [['a', 1]])
  }
  t.is(made, 1)
})

test('only what is known to be a combiner can be done in halves', (t) => {
  t.deepEqual(
    [Count, Max, joined, listed, { prepare: () => Count }].map((aggregator) => isCombiner(aggregator)),
    [true, true, false, false, false],
  )
})

test('an aggregator that returns a promise is refused', async (t) => {
  const later = async (): Promise<any> => 0
  const asynchronous: any[] = [
    { ...Count, init: later },
    { ...Count, combine: later },
    { ...joined, reduce: later },
    { ...listed, init: later },
    { ...listed, aggregate: later },
    { ...listed, complete: later },
  ]
  for (const aggregator of asynchronous)
    await t.throwsAsync(
      through(partitionAggregate(['n'], aggregator, ['x']), NAMES, [
        ['a', 1],
        ['a', 2],
      ]),
      { code: 'ASYNC_OPERATION' },
    )
})

test('an aggregator that emits another number of values than it has output fields is refused', async (t) => {
  const wrong = { ...listed, complete: (_: unknown, collector: any) => collector.emit([1, 2]) }
  const steps = [{ inputFields: ['n'], aggregator: wrong, outFields: ['x'] }]
  for (const factory of [
    chainedAggregate(steps),
    chainedAggregate([...steps, ...steps]),
    chainedAggregate(steps, ['word']),
  ])
    await t.throwsAsync(through(factory, NAMES, [['a', 1]]), { code: 'WRONG_VALUES' })
})

test('what is no aggregator, or names a field that is not there, cannot be made', async (t) => {
  await t.throwsAsync(through(partitionAggregate(['n'], { init: () => 0 } as never, ['x']), NAMES, []), {
    code: 'NOT_AN_OPERATION',
  })
  for (const factory of [
    partitionAggregate(['x'], Count, ['y']),
    groupedAggregate(['x'], ['n'], Count, ['y']),
    groupedAggregate(['n'], ['x'], Count, ['y']),
  ])
    await t.throwsAsync(through(factory, NAMES, []), { code: 'UNKNOWN_FIELD' })
})

test('an aggregator that throws fails the batch with its own error', async (t) => {
  const error = new Error('of the user')
  const thrower: ReducerAggregator = {
    init: () => 0,
    reduce: () => {
      throw error
    },
  }
  const rows: Row[] = [['a', 1]]
  t.is(await t.throwsAsync(through(partitionAggregate(['n'], thrower, ['x']), NAMES, rows)), error)
})
