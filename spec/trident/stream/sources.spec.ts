/** Where batches come from: Trident's spouts, the core's, several streams and batch groups in one topology. */
import test from 'ava'
import { RandomSentenceSpout } from '../../../lib/components/index.ts'
import { fields } from '../../../lib/index.ts'
import { LocalCluster } from '../../../lib/testing/index.ts'
import {
  type BatchSpout,
  Count,
  FixedBatchSpout,
  generatedBatches,
  MemoryTransactionalSpout,
  memoryMap,
  OpaqueMemoryTransactionalSpout,
  type Stream,
  Sum,
  TridentTopology,
} from '../../../lib/trident/index.ts'
import { commit, configFor, fed, noting, type Seen, sorted, start, topologyFor } from './kit.ts'

const N = fields<{ n: number }>('n')
const SUM = fields<{ sum: number }>('sum')
const NUMBERS = Array.from({ length: 100 }, (_, n): [number] => [n])
const PARTS = [NUMBERS.slice(0, 40), NUMBERS.slice(40, 41), [], NUMBERS.slice(41)]

const SPOUTS = {
  'a FixedBatchSpout': () => new FixedBatchSpout(N, 7, ...NUMBERS),
  'a MemoryTransactionalSpout': () => new MemoryTransactionalSpout(N, 7, PARTS),
  'an OpaqueMemoryTransactionalSpout': () => new OpaqueMemoryTransactionalSpout(N, 7, PARTS),
  'generated batches': () =>
    generatedBatches({ fields: N, total: 100, partitions: 4, seed: 1 }, (_, index) => [index] as [number]),
}

for (const [name, create] of Object.entries(SPOUTS))
  test(`the rows of ${name} come once each, and the topology ends with them`, async (t) => {
    const topology = topologyFor(t)
    const seen: Seen[] = []
    const sums: Seen[] = []
    const stream = (topology.newStream('numbers', create as () => any) as Stream<{ n: number }>)
      .parallelismHint(3)
      .shuffle()
      .peek(noting(seen))
      .parallelismHint(2)
    stream.persistentAggregate('sum', memoryMap<number>(), ['n'], Sum, SUM).newValuesStream().peek(noting(sums))
    const running = await new LocalCluster().submit(topology.build())
    const report = await running.complete()
    t.is(report.status, 'completed')
    t.deepEqual(
      seen.map(({ values: [n] }) => Number(n)).sort((a, b) => a - b),
      NUMBERS.flat(),
    )
    t.deepEqual(sums.at(-1)!.values, [4950])
    t.deepEqual(running.problems, [])
  })

test('any spout of the core makes batches, and the topology ends when it has ended', async (t) => {
  const topology = topologyFor(t)
  const counts: Seen[] = []
  topology
    .newStream('sentences', () => new RandomSentenceSpout(250))
    .persistentAggregate('count', memoryMap<number>(), Count, fields<{ count: number }>('count'))
    .newValuesStream()
    .peek(noting(counts))
  const running = await new LocalCluster().submit(topology.build())
  await running.complete()
  t.deepEqual(counts.at(-1)!.values, [250])
})

test('a batch spout of your own is opened, told of each commit, asked for its end, and closed', async (t) => {
  const calls: string[] = []
  const spout: BatchSpout<{ n: number }> = {
    kind: 'non-transactional',
    outputs: N,
    open: (context) => void calls.push(`open in ${context.component}`),
    emitBatch: async ({ txid }, collector) => {
      calls.push(`emit ${txid}`)
      if (txid <= 2) collector.emit([txid])
    },
    ack: (txid) => void calls.push(`ack ${txid}`),
    isExhausted: () => calls.includes('emit 2'),
    close: () => void calls.push('close'),
  }
  const topology = topologyFor(t)
  const seen: Seen[] = []
  topology.newStream('mine', () => spout).peek(noting(seen))
  const running = await new LocalCluster().submit(topology.build())
  await running.complete()
  t.deepEqual(
    seen.map(({ values: [n] }) => n),
    [1, 2],
  )
  t.deepEqual(
    ['open in spout-mine', 'emit 1', 'ack 1', 'emit 2', 'ack 2', 'close'].map(
      (call) => calls.filter((one) => one === call).length,
    ),
    [1, 1, 1, 1, 1, 1],
  )
  t.true(calls.indexOf('ack 1') < calls.indexOf('ack 2'))
})

test('streams that never meet have batches of their own: one that waits holds nobody up', async (t) => {
  const topology = topologyFor(t)
  const slow = fed(topology, N, 'slow')
  const quick = fed(topology, N, 'quick')
  const seen: Seen[] = []
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  slow.stream.partitionPersist('held', memoryMap(), ['n'], () => held)
  quick.stream.peek(noting(seen))
  const running = await start(t, topology)
  void slow.feeder.feed([[1]])
  await running.waitUntil(() => running.state()['coordinator-slow']!.pending > 0)
  await commit(running, quick.feeder, [[2]])
  await commit(running, quick.feeder, [[3]])
  t.deepEqual(
    seen.map(({ values: [n] }) => n),
    [2, 3],
  )
  release()
})

test('streams that meet share their batches', (t) => {
  const topology = topologyFor(t)
  const one = fed(topology, N, 'one').stream
  const two = fed(topology, N, 'two').stream
  fed(topology, N, 'three').stream.peek(() => {})
  topology.merge(one, two).peek(() => {})
  const ids = Object.keys(topology.build().topology.components)
  t.deepEqual(
    ids.filter((id) => id.startsWith('coordinator')),
    ['coordinator-one-two', 'coordinator-three'],
  )
})

test('the same declaration gives the same components and streams, as often as it is built', (t) => {
  const config = configFor(t)
  const declare = () => {
    const topology = new TridentTopology('twice', config)
    const numbers = topology.newStream('numbers', () => new FixedBatchSpout(N, 7, ...NUMBERS))
    const sums = numbers.groupBy(['n']).persistentAggregate('sums', memoryMap<number>(), ['n'], Sum, SUM)
    topology
      .merge(
        sums.newValuesStream(),
        numbers
          .aggregate(['n'], Sum, SUM)
          .map((tuple) => [0, tuple.get('sum')], fields<{ n: number; sum: number }>('n', 'sum')),
      )
      .peek(() => {})
    return topology
  }
  const first = declare()
  t.deepEqual(first.build().topology, declare().build().topology)
  t.deepEqual(first.build().topology, first.build().topology)
})

test('a batch of no rows at all is committed like any other', async (t) => {
  const topology = topologyFor(t)
  const seen: Seen[] = []
  topology
    .newStream('none', () => new FixedBatchSpout(N, 7))
    .aggregate(['n'], Sum, SUM)
    .peek(noting(seen))
  const running = await new LocalCluster().submit(topology.build())
  t.is((await running.complete()).status, 'completed')
  t.true(sorted(seen.map(({ values }) => values)).every(([sum]) => sum === 0))
})
