/** The operations that come with Trident. */
import test from 'ava'
import fc from 'fast-check'
import { Fields } from '../../../lib/index.ts'
import { partitionAggregate } from '../../../lib/trident/aggregate/aggregate.ts'
import {
  BUILTINS,
  type Builtin,
  Count,
  debug,
  Equals,
  FilterNull,
  firstN,
  MapGet,
  Max,
  Min,
  maxBy,
  minBy,
  negate,
  SnapshotGet,
  Sum,
  TupleCollectionGet,
} from '../../../lib/trident/builtin/index.ts'
import type { AnyAggregator, QueryFunction } from '../../../lib/trident/model/operation.ts'
import { TridentTuple } from '../../../lib/trident/model/tuple.ts'
import { filterProcessor } from '../../../lib/trident/operation/local.ts'
import type { Row } from '../../../lib/trident/operation/processor.ts'
import { keyOf } from '../../../lib/values/key.ts'
import { Partition, through } from './partition.ts'

const NAMES = ['word', 'n']

async function aggregated(aggregator: AnyAggregator, values: readonly unknown[]): Promise<unknown> {
  const rows = await through(
    partitionAggregate(['n'], aggregator, ['result']),
    NAMES,
    values.map((value) => ['a', value]),
  )
  return rows[0]![0]
}

async function kept(aggregator: AnyAggregator, rows: readonly Row[]): Promise<Row[]> {
  return through(partitionAggregate(NAMES, aggregator, NAMES), NAMES, rows)
}

test('Count is the number of tuples', async (t) => {
  t.is(await aggregated(Count, [5, null, 'x']), 3)
  t.is(await aggregated(Count, []), 0)
})

test('Sum adds numbers, and big integers exactly', async (t) => {
  t.is(await aggregated(Sum, [1, 2.5, -3]), 0.5)
  t.is(await aggregated(Sum, [2n ** 60n, 1n]), 2n ** 60n + 1n)
  t.is(await aggregated(Sum, []), 0)
  t.is((Sum.combine as (a: unknown, b: unknown) => unknown)(Sum.zero(), 7n), 7n)
  t.is(await aggregated(Sum, [1, 2n]), 3n)
})

test('Sum refuses what is not a number', async (t) => {
  for (const value of ['5', null, undefined, true, {}])
    await t.throwsAsync(aggregated(Sum, [1, value]), { code: 'OPERATION_FAILED' })
  await t.throwsAsync(aggregated(Sum, [1n, 0.5]), { code: 'OPERATION_FAILED' })
})

test('Min and Max are the least and the greatest value; null and NaN are none', async (t) => {
  t.is(await aggregated(Min, [3, null, 1, Number.NaN, 2]), 1)
  t.is(await aggregated(Max, [3, null, 1, Number.NaN, 2]), 3)
  t.is(await aggregated(Min, ['b', 'a', 'c']), 'a')
  t.is(await aggregated(Max, [10n, 9]), 10n)
  t.is(await aggregated(Min, [null, undefined]), null)
  t.is(await aggregated(Max, []), null)
  await t.throwsAsync(aggregated(Min, [1, 'a']), { code: 'OPERATION_FAILED' })
})

test('minBy and maxBy keep the whole tuple, the first of several; without a tuple they emit none', async (t) => {
  const rows = [
    ['a', 2],
    ['b', 1],
    ['c', 1],
    ['d', 3],
    ['e', 3],
    ['f', null],
  ]
  t.deepEqual(await kept(minBy('n'), rows), [['b', 1]])
  t.deepEqual(await kept(maxBy('n'), rows), [['d', 3]])
  t.deepEqual(
    await kept(minBy('n'), [
      ['f', null],
      ['a', 2],
    ]),
    [['a', 2]],
  )
  t.deepEqual(
    await kept(maxBy('n'), [
      ['f', null],
      ['a', 2],
    ]),
    [['a', 2]],
  )
  t.deepEqual(await kept(maxBy('n'), [['f', null]]), [['f', null]])
  t.deepEqual(await kept(maxBy('n'), []), [])
})

test('minBy and maxBy compare as they are told', async (t) => {
  const byLength = (a: string, b: string) => a.length - b.length
  const rows = [
    ['long', 1],
    ['a', 2],
    ['b', 3],
    ['quite long', 4],
  ]
  t.deepEqual(await kept(minBy('word', byLength), rows), [['a', 2]])
  t.deepEqual(await kept(maxBy('word', byLength), rows), [['quite long', 4]])
})

test('FirstN without a field keeps those that came first', async (t) => {
  t.deepEqual(
    await kept(firstN(2), [
      ['a', 1],
      ['b', 0],
      ['c', 2],
    ]),
    [
      ['a', 1],
      ['b', 0],
    ],
  )
  t.deepEqual(await kept(firstN(2), []), [])
})

test('FirstN with a field is what sorting and cutting gives', async (t) => {
  const value = fc.option(fc.integer({ min: 0, max: 9 }))
  await fc.assert(
    fc.asyncProperty(fc.array(value), fc.integer({ min: 1, max: 8 }), fc.boolean(), async (values, n, reverse) => {
      const rows = values.map((one, index) => [`word ${index}`, one])
      const order = (a: Row, b: Row) => {
        if (a[1] === null || b[1] === null) return Number(a[1] === null) - Number(b[1] === null)
        return ((a[1] as number) - (b[1] as number)) * (reverse ? -1 : 1)
      }
      t.deepEqual(await kept(firstN(n, 'n', reverse), rows), rows.toSorted(order).slice(0, n))
    }),
  )
})

test('FirstN takes a whole number from 1 up', (t) => {
  for (const n of [0, -1, 1.5, Number.NaN, '3' as never]) t.throws(() => firstN(n), { code: 'BAD_ARGUMENT' })
})

test('FilterNull drops tuples with a null or without a value in an input field', async (t) => {
  const rows = [
    ['a', 1],
    [null, 2],
    ['b', undefined],
    [null, 0],
    ['c', 0],
  ]
  t.deepEqual(await through(filterProcessor(FilterNull, ['word']), NAMES, rows), [
    ['a', 1],
    ['b', undefined],
    ['c', 0],
  ])
  t.deepEqual(await through(filterProcessor(FilterNull), NAMES, rows), [
    ['a', 1],
    ['c', 0],
  ])
})

test('Equals keeps tuples whose values are all equal, and Negate the others', async (t) => {
  const rows = [
    [1, 1],
    [1, '1'],
    [null, null],
    [[1], [1]],
    [{ a: 1 }, { a: 2 }],
  ]
  t.deepEqual(await through(filterProcessor(Equals), NAMES, rows), [
    [1, 1],
    [null, null],
    [[1], [1]],
  ])
  t.deepEqual(await through(filterProcessor(negate(Equals)), NAMES, rows), [
    [1, '1'],
    [{ a: 1 }, { a: 2 }],
  ])
  t.deepEqual(await through(filterProcessor(negate(negate(Equals))), NAMES, rows.slice(0, 2)), [[1, 1]])
})

test('Negate of a filter that returns a promise is refused like the filter', async (t) => {
  await t.throwsAsync(through(filterProcessor(negate((async () => true) as never)), NAMES, [[1, 1]]), {
    code: 'ASYNC_OPERATION',
  })
})

test('Debug logs each tuple with its prefix and partition, and keeps it', async (t) => {
  const partition = await Partition.of([[filterProcessor(debug('words')), NAMES]], true, 3)
  const batch = partition.begin()
  partition.feed(batch, [['a', 1n]])
  t.deepEqual(await partition.finish(batch), [['a', 1n]])
  t.deepEqual(partition.task.logs, [{ level: 'info', message: "words [3] { word: 'a', n: 1n }" }])
})

/** What a query appends to each tuple. */
async function asked<S>(query: QueryFunction<S>, state: S, rows: readonly Row[]): Promise<Row[]> {
  const tuples = rows.map((row) => new TridentTuple(row as never, new Fields(['word'])))
  const results = await query.batchRetrieve(state, tuples)
  if (results.length !== rows.length) throw new Error(`${results.length} results for ${rows.length} tuples`)
  const found: Row[] = []
  const collector = { emit: (values: Row) => void found.push(values), reportError: () => undefined }
  for (const [index, tuple] of tuples.entries()) query.execute(tuple, results[index], collector)
  return found
}

test('MapGet asks for all keys of the batch at once; what is not there is null', async (t) => {
  const calls: (readonly string[])[] = []
  const stored = new Map([
    [keyOf(['the']), 4],
    [keyOf(['man']), 0],
  ])
  const state = {
    multiGet: async (keys: readonly string[]) => {
      calls.push(keys)
      return keys.map((key) => stored.get(key))
    },
  }
  t.deepEqual(await asked(MapGet, state as never, [['the'], ['moon'], ['man'], ['the']]), [[4], [null], [0], [4]])
  t.deepEqual(calls, [['the', 'moon', 'man', 'the']])
})

test('SnapshotGet gives the one value to each tuple', async (t) => {
  t.deepEqual(await asked(SnapshotGet, { get: () => 7 } as never, [['a'], ['b']]), [[7], [7]])
  t.deepEqual(await asked(SnapshotGet, { get: () => undefined } as never, [['a']]), [[null]])
})

test('TupleCollectionGet gives all keys and values, those of the state as it was asked', async (t) => {
  const entries = () => [
    [keyOf(['the']), 2],
    [keyOf(['a', 5]), 1],
  ]
  t.deepEqual(await asked(TupleCollectionGet, { entries } as never, [['x']]), [
    ['the', 2],
    ['a', 5, 1],
  ])
  async function* later() {
    yield* entries()
  }
  t.deepEqual(await asked(TupleCollectionGet, { entries: later } as never, [['x'], ['y']]), [
    ['the', 2],
    ['a', 5, 1],
    ['the', 2],
    ['a', 5, 1],
  ])
  await t.throwsAsync(asked(TupleCollectionGet, {} as never, [['x']]), { code: 'UNFIT_STATE' })
})

test('each built-in has its name in Storm, and is made with the arguments that it declares', (t) => {
  const samples = { integer: 3, text: 'n', flag: true, filter: FilterNull }
  const table: Record<string, Builtin> = BUILTINS
  for (const [name, { kind, args, make }] of Object.entries(table)) {
    const made: any = make(...args.map(({ type }) => samples[type]))
    const shape = { filter: made.prepare ?? made, aggregator: made.init, query: made.batchRetrieve }[kind]
    t.is(typeof shape, 'function', name)
  }
  t.is(BUILTINS.Count.make(), Count)
})
