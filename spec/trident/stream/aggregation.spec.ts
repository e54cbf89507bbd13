/** Aggregations of a batch, by partition, whole, and by group: what goes in, what comes out. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import {
  type Aggregator,
  type CombinerAggregator,
  Count,
  firstN,
  Max,
  Min,
  type ReducerAggregator,
  type Stream,
  Sum,
} from '../../../lib/trident/index.ts'
import { COUNT, check, rows, run, sorted, WORD } from './kit.ts'

type Sale = { shop: string; price: number }
const SALES = rows(fields<Sale>('shop', 'price'), ['a', 5], ['b', 7], ['a', 1], ['c', 2], ['b', 1])
const TOTAL = fields<{ total: number }>('total')
const EMPTY = rows(fields<Sale>('shop', 'price'))

/** The sum of the prices, each of the three ways. */
const combiner: CombinerAggregator<number, { price: number }> = {
  init: (tuple) => tuple.get('price'),
  combine: (a, b) => a + b,
  zero: () => 0,
}
const reducer: ReducerAggregator<number, { price: number }> = {
  init: () => 0,
  reduce: (sum, tuple) => sum + tuple.get('price'),
}
const general: Aggregator<{ total: number }, { price: number }, { sum: number }> = {
  init: () => ({ sum: 0 }),
  aggregate(state, tuple) {
    state.sum += tuple.get('price')
  },
  complete: ({ sum }, collector) => collector.emit([sum]),
}
const KINDS = { combiner, reducer, general }

/** To three partitions, by the shop. */
function spread(stream: Stream<Sale>): Stream<Sale> {
  return stream
    .partitionBy(['shop'])
    .filter(() => true)
    .parallelismHint(3)
}

for (const [kind, aggregator] of Object.entries(KINDS)) {
  test(`aggregate with a ${kind} aggregator has one result for a batch, of all partitions`, (t) =>
    check(t, SALES, (stream) => spread(stream).aggregate(['price'], aggregator, TOTAL), [[16]]))

  test(`aggregate with a ${kind} aggregator has the result of nothing for a batch without tuples, once`, (t) =>
    check(t, EMPTY, (stream) => spread(stream).aggregate(['price'], aggregator, TOTAL), [[0]]))

  test(`groupBy and aggregate with a ${kind} aggregator has one result for each group`, (t) =>
    check(t, SALES, (stream) => stream.shuffle().groupBy(['shop']).aggregate(['price'], aggregator, TOTAL), [
      ['a', 6],
      ['b', 8],
      ['c', 2],
    ]))

  test(`groupBy and aggregate with a ${kind} aggregator has nothing for a batch without tuples`, (t) =>
    check(t, EMPTY, (stream) => stream.groupBy(['shop']).aggregate(['price'], aggregator, TOTAL), []))

  test(`partitionAggregate with a ${kind} aggregator has one result for each partition with tuples`, async (t) => {
    const [seen] = await run(t, SALES.fields, [SALES.rows], (stream) =>
      spread(stream).partitionAggregate(['price'], aggregator, TOTAL),
    )
    t.is(
      seen!.reduce((sum, { values: [total] }) => sum + Number(total), 0),
      16,
    )
    t.is(new Set(seen!.map(({ partition }) => partition)).size, seen!.length)
  })
}

test('each batch is aggregated by itself', async (t) => {
  const batches = [
    [['a', 1]],
    [],
    [
      ['a', 2],
      ['b', 3],
    ],
  ] as [string, number][][]
  const found = await run(t, SALES.fields, batches, (stream) => stream.aggregate(['price'], Sum, TOTAL))
  t.deepEqual(
    found.map((seen) => seen.map(({ values }) => values)),
    [[[1]], [[0]], [[5]]],
  )
})

test('an aggregator may see all fields, where none are named', async (t) => {
  await check(t, SALES, (stream) => stream.aggregate(Count, COUNT), [[5]])
  await check(t, SALES, (stream) => stream.groupBy(['shop']).aggregate(Count, COUNT), [
    ['a', 2],
    ['b', 2],
    ['c', 1],
  ])
  await check(t, SALES, (stream) => stream.partitionAggregate(Count, COUNT), [[5]])
})

test('a general aggregator emits as much as it likes, into the group that it is called for', (t) =>
  check(
    t,
    SALES,
    (stream) =>
      stream.groupBy(['shop']).aggregate(
        ['price'],
        {
          init: (_, collector) => collector.emit(['begins']),
          aggregate: (_, tuple, collector) => collector.emit([`${tuple.get('price')}`]),
          complete: () => {},
        } satisfies Aggregator<{ what: string }, { price: number }, void>,
        fields<{ what: string }>('what'),
      ),
    [
      ['a', 'begins'],
      ['a', '5'],
      ['a', '1'],
      ['b', 'begins'],
      ['b', '7'],
      ['b', '1'],
      ['c', 'begins'],
      ['c', '2'],
    ],
  ))

test('groups are of the values of all grouping fields', (t) =>
  check(
    t,
    rows(fields<{ a: unknown; b: unknown }>('a', 'b'), ['1', 1], [1, 1], ['1', 1], [null, 1], [['x'], 1], [['x'], 1]),
    (stream) => stream.shuffle().groupBy(['a', 'b']).aggregate(Count, COUNT),
    [
      ['1', 1, 2],
      [1, 1, 1],
      [null, 1, 1],
      [['x'], 1, 2],
    ],
  ))

test('chainedAgg has the results of several aggregators side by side', async (t) => {
  const low = fields<{ low: number }>('low')
  const high = fields<{ high: number }>('high')
  await check(
    t,
    SALES,
    (stream) =>
      spread(stream)
        .chainedAgg()
        .aggregate(['price'], Min, low)
        .aggregate(['price'], Max, high)
        .aggregate(['price'], reducer, TOTAL)
        .chainEnd(),
    [[1, 7, 16]],
  )
  await check(
    t,
    SALES,
    (stream) => spread(stream).chainedAgg().aggregate(['price'], Min, low).aggregate(['shop'], Count, COUNT).chainEnd(),
    [[1, 5]],
  )
})

test('chainedAgg of groups has them side by side for each group', (t) =>
  check(
    t,
    SALES,
    (stream) =>
      stream
        .groupBy(['shop'])
        .chainedAgg()
        .aggregate(['price'], Sum, TOTAL)
        .aggregate(['shop'], Count, COUNT)
        .chainEnd(),
    [
      ['a', 6, 2],
      ['b', 8, 2],
      ['c', 2, 1],
    ],
  ))

test('chainedAgg combines each result of one aggregator with each of the others', (t) =>
  check(
    t,
    SALES,
    (stream) =>
      stream
        .chainedAgg()
        .aggregate(['shop', 'price'], firstN<Sale>(2, 'price', true), fields<Sale>('shop', 'price'))
        .aggregate(['price'], Sum, TOTAL)
        .chainEnd(),
    [
      ['b', 7, 16],
      ['a', 5, 16],
    ],
  ))

test('minBy and maxBy keep the whole tuple with the least or greatest value of a batch', async (t) => {
  await check(t, SALES, (stream) => spread(stream).maxBy('price'), [['b', 7]])
  await check(t, SALES, (stream) => spread(stream).minBy('price').project(['price']), [[1]])
  await check(
    t,
    SALES,
    (stream) =>
      spread(stream)
        .maxBy('shop', (a, b) => b.localeCompare(a))
        .project(['shop']),
    [['a']],
  )
  await check(t, EMPTY, (stream) => spread(stream).maxBy('price'), [])
})

test('min and max keep the least or greatest tuple as a comparator says', async (t) => {
  await check(t, SALES, (stream) => spread(stream).max((a, b) => a.get('price') - b.get('price')), [['b', 7]])
  await check(
    t,
    SALES,
    (stream) =>
      spread(stream).min((a, b) => a.get('price') - b.get('price') || a.get('shop').localeCompare(b.get('shop'))),
    [['a', 1]],
  )
})

test('the first n of each batch, sorted', async (t) => {
  const [seen] = await run(t, SALES.fields, [SALES.rows], (stream) =>
    spread(stream).aggregate(['shop', 'price'], firstN<Sale>(3, 'price', true), fields<Sale>('shop', 'price')),
  )
  t.deepEqual(
    seen!.map(({ values }) => values),
    [
      ['b', 7],
      ['a', 5],
      ['c', 2],
    ],
  )
})

test('a batch of many tuples is aggregated whole, whatever the number of partitions', async (t) => {
  const many = Array.from({ length: 30_000 }, (_, n): [string] => [`w${n % 700}`])
  const [seen] = await run(t, WORD, [many], (stream) =>
    stream
      .shuffle()
      .filter(() => true)
      .parallelismHint(3)
      .groupBy(['word'])
      .aggregate(Count, COUNT)
      .parallelismHint(5),
  )
  const expected = Array.from({ length: 700 }, (_, n) => [`w${n}`, n < 30_000 % 700 ? 43 : 42])
  t.deepEqual(sorted(seen!.map(({ values }) => values)), sorted(expected))
})
