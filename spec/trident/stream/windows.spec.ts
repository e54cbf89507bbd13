/** Windows of a stream: over several batches, by count and by time. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { LocalCluster } from '../../../lib/testing/index.ts'
import {
  memoryWindows,
  type ReducerAggregator,
  Sum,
  slidingCount,
  tumblingCount,
  tumblingDuration,
} from '../../../lib/trident/index.ts'
import { commit, fed, noting, run, type Seen, sorted, start, topologyFor } from './kit.ts'

type Sale = { shop: string; price: number }
const SALE = fields<Sale>('shop', 'price')
const TOTAL = fields<{ total: number }>('total')
/** The prices in their order: what no combiner can do. */
const LIST: ReducerAggregator<number[], { price: number }> = {
  init: () => [],
  reduce: (prices, tuple) => [...prices, tuple.get('price')],
}

function values(found: readonly Seen[][]): unknown[][][] {
  return found.map((seen) => sorted(seen.map((one) => one.values)))
}

const PRICES = fields<{ prices: number[] }>('prices')

test('a window by count fires over batches, whole or by group', async (t) => {
  const batches: [string, number][][] = [
    [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ],
    [
      ['a', 4],
      ['b', 5],
      ['a', 6],
    ],
  ]
  const whole = await run(t, SALE, batches, (stream) =>
    stream.window('w', tumblingCount(4), ['price'], LIST, PRICES, memoryWindows()),
  )
  t.deepEqual(values(whole), [[], [[[1, 2, 3, 4]]]])
  const byShop = await run(t, SALE, batches, (stream) =>
    stream.groupBy(['shop']).window('w', slidingCount(2, 1), ['price'], LIST, PRICES),
  )
  t.deepEqual(values(byShop), [
    [
      ['a', [1, 3]],
      ['a', [1]],
      ['b', [2]],
    ],
    [
      ['a', [3, 4]],
      ['a', [4, 6]],
      ['b', [2, 5]],
    ],
  ])
})

test('a window by time fires when a batch begins behind its end', async (t) => {
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, SALE)
  const seen: Seen[] = []
  stream.window('w', tumblingDuration(2000), ['price'], Sum, TOTAL, memoryWindows()).peek(noting(seen))
  const cluster = new LocalCluster()
  const running = await start(t, topology, cluster)
  await commit(running, feeder, [
    ['a', 1],
    ['b', 2],
  ])
  await cluster.advanceTime(2001)
  await running.waitUntil(() => seen.length > 0)
  await commit(running, feeder, [['c', 4]])
  await cluster.advanceTime(2001)
  await running.waitUntil(() => seen.length > 1)
  t.deepEqual(
    seen.map((one) => one.values),
    [[3], [4]],
  )
})
