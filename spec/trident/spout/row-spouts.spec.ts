import test from 'ava'
import { fields, TyphoonError } from '../../../lib/index.ts'
import { FeederBatchSpout } from '../../../lib/trident/spout/feeder-batch-spout.ts'
import { FixedBatchSpout } from '../../../lib/trident/spout/fixed-batch-spout.ts'
import { generatedBatches } from '../../../lib/trident/spout/generated-batches.ts'
import { MemoryTransactionalSpout, OpaqueMemoryTransactionalSpout } from '../../../lib/trident/spout/memory-spouts.ts'
import { RowRandom } from '../../../lib/trident/spout/row-random.ts'
import { Calls } from './calls.ts'
import { Rows } from './runtime.ts'

const n = fields<{ n: number }>('n')
const counted = fields<{ word: string; count: number }>('word', 'count')
const PARTITIONS: [string, number][][] = [
  [
    ['dog', 3],
    ['cat', 4],
    ['apple', 1],
    ['dog', 3],
  ],
  [
    ['cat', 1],
    ['mango', 4],
  ],
  [
    ['happy', 11],
    ['mango', 2],
    ['zebra', 1],
  ],
]

function sums(rows: readonly (readonly any[])[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [word, count] of rows) sums[word] = (sums[word] ?? 0) + count
  return sums
}

test('a fixed batch spout emits so many rows in a batch, in one call or several, and then is exhausted', (t) => {
  const calls = new Calls(new FixedBatchSpout(n, 2, [1], [2], [3]))
  t.deepEqual(calls.partitions(), ['rows'])
  const first = calls.again({ txid: 1, attempt: 0 }, 'rows', undefined, 1)
  const second = calls.again({ txid: 1, attempt: 0 }, 'rows', first.meta)
  t.deepEqual([first.rows, second.rows], [[[1]], [[2]]])
  t.is(calls.again({ txid: 1, attempt: 0 }, 'rows', second.meta).meta, undefined, 'the batch is full')
  t.false(calls.emitter.isExhausted!('rows', second.meta))
  const third = calls.again({ txid: 2, attempt: 0 }, 'rows', second.meta)
  t.deepEqual(third.rows, [[3]])
  t.true(calls.emitter.isExhausted!('rows', third.meta))
  t.deepEqual(calls.replay('rows', second.meta), [[2]])
})

test('a fixed batch spout with a cycle begins again, in a new batch', (t) => {
  const calls = new Calls(new FixedBatchSpout(n, 2, [1], [2], [3]).setCycle(true))
  const batches: unknown[] = []
  for (let last: unknown, i = 0; i < 5; i++) {
    const { rows, meta } = calls.next('rows', last)
    batches.push(rows.flat())
    last = meta
    t.false(calls.emitter.isExhausted!('rows', last))
  }
  t.deepEqual(batches, [[1, 2], [3], [1, 2], [3], [1, 2]])
  const empty = new Calls(new FixedBatchSpout(n, 2).setCycle(true))
  t.is(empty.next('rows').meta, undefined)
  t.true(empty.emitter.isExhausted!('rows', undefined))
})

test('a memory transactional spout takes so many rows of each partition, and a replay has the same sums', (t) => {
  const calls = new Calls(new MemoryTransactionalSpout(counted, 2, PARTITIONS))
  const batch = (txid: number, lasts: any[]) =>
    calls.partitions().map((partition, index) => calls.again({ txid, attempt: 0 }, partition, lasts[index]))
  const first = batch(1, [])
  t.deepEqual(sums(first.flatMap(({ rows }) => rows)), { dog: 3, cat: 5, mango: 6, happy: 11 })
  const metas = first.map(({ meta }) => meta)
  const second = batch(2, metas)
  t.deepEqual(sums(second.flatMap(({ rows }) => rows)), { apple: 1, dog: 3, zebra: 1 })
  t.deepEqual(sums(metas.flatMap((meta, partition) => calls.replay(String(partition), meta))), {
    dog: 3,
    cat: 5,
    mango: 6,
    happy: 11,
  })
})

test('an opaque memory spout has other rows in a batch when it is replayed', (t) => {
  const calls = new Calls(new OpaqueMemoryTransactionalSpout(counted, 2, PARTITIONS))
  const attempts = [0, 1, 2, 3].map((attempt) => calls.again({ txid: 1, attempt }, '0', undefined).rows.length)
  t.deepEqual(attempts, [2, 3, 4, 1])
  const single = new Calls(new OpaqueMemoryTransactionalSpout(counted, 1, PARTITIONS))
  t.deepEqual(
    [0, 1, 2].map((attempt) => single.again({ txid: 1, attempt }, '0', undefined).rows.length),
    [1, 2, 1],
  )
})

test('a row that does not fit its fields, or a wrong number, is refused', (t) => {
  const codes = [
    () => new FixedBatchSpout(n, 1, [1, 2] as any),
    () => new MemoryTransactionalSpout(n, 1, [[[]]]),
    () => new FeederBatchSpout(n).feed(['a'] as any),
    () => new FixedBatchSpout(n, 0),
    () => new OpaqueMemoryTransactionalSpout(n, 1.5, []),
    () => generatedBatches({ fields: n, seed: 0.5 }, () => [1]),
    () => generatedBatches({ fields: n, seed: 1, partitions: 0 }, () => [1]),
    () => generatedBatches({ fields: n, seed: 1, rowsPerSecond: 0 }, () => [1]),
    () => generatedBatches<any>({ fields: n, seed: 1, rows: 1 } as any, () => [1]),
  ].map((make) => (t.throws(make, { instanceOf: TyphoonError }) as TyphoonError).code)
  t.deepEqual(codes, [...Array(3).fill('WRONG_VALUES'), ...Array(6).fill('CONSTRUCTOR_FAILED')])
})

test('what is fed is a batch, the same one when it is replayed, and feed waits until it is committed', async (t) => {
  const feeder = new FeederBatchSpout(n)
  const batch = (txid: number, attempt = 0): unknown[] => {
    const collector = new Rows(0)
    feeder.emitBatch({ txid, attempt }, collector)
    return collector.rows
  }
  t.deepEqual(batch(1), [])
  const first = feeder.feed([[1], [2]])
  const second = feeder.feed([[3]])
  t.deepEqual([batch(2), batch(3)], [[[1], [2]], [[3]]])
  t.deepEqual([batch(2, 1), batch(3, 1)], [[[1], [2]], [[3]]])
  feeder.ack(1)
  feeder.ack(2)
  t.is(await first, 2)
  feeder.end()
  t.true(feeder.isExhausted())
  feeder.ack(3)
  t.is(await second, 3)
})

test('generated rows are the same in every run, whatever the partitions', (t) => {
  const rowsOf = (partitions: number): unknown[] =>
    new Calls(
      generatedBatches(
        { fields: fields<{ n: number; x: number }>('n', 'x'), seed: 42, total: 1000, partitions },
        (random, index) => [index, random.next()],
      ),
    ).drainAll()
  const one = rowsOf(1)
  t.is(one.length, 1000)
  const byIndex = (a: any, b: any): number => a[0] - b[0]
  t.deepEqual(rowsOf(7).sort(byIndex as never), one)
  t.is(new Set(one.map((row: any) => row[1])).size, 1000)
})

test('generated rows come no faster than their rate, counted from where the task began', (t) => {
  const spout = generatedBatches({ fields: n, seed: 1, rowsPerSecond: 1000, partitions: 2 }, (_, index) => [index])
  const calls = new Calls(spout)
  t.is(calls.next('0', { from: 0, to: 500 }).meta, undefined)
  calls.context.advance(100)
  const { rows, meta } = calls.next('0', { from: 0, to: 500 })
  t.is(rows.length, 50)
  t.deepEqual(rows[0], [1000])
  t.is(calls.next('0', meta).meta, undefined)
  t.is(calls.replay('0', meta).length, 50)
  t.false(calls.emitter.isExhausted!('0', meta))
})

test('the random numbers of a row depend on the seed and the row alone, and are spread evenly', (t) => {
  const draw = (seed: number, row: number): number[] => {
    const random = new RowRandom(seed)
    random.begin(row - 1)
    random.next()
    random.begin(row)
    return [random.next(), random.next()]
  }
  t.deepEqual(draw(5, 7), draw(5, 7))
  t.is(
    new Set([...draw(5, 7), ...draw(5, 8), ...draw(6, 7), ...draw(5 + 2 ** 32, 7), ...draw(5, 7 + 2 ** 32)]).size,
    10,
  )
  const random = new RowRandom(1)
  const buckets = Array.from({ length: 64 }, () => 0)
  for (let row = 0; row < 64_000; row++) {
    random.begin(row)
    buckets[random.below(8) * 8 + random.pick([0, 1, 2, 3, 4, 5, 6, 7])]!++
  }
  // Both digits together: 1000 each, with a deviation of about 32.
  t.true(Math.max(...buckets) < 1200 && Math.min(...buckets) > 800, String(buckets))
})
