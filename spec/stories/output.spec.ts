/** Nobody reads what a worker prints, for longer than a tuple may take. */
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import { TopologyBuilder, type WorkerId } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { FunctionBolt } from './components.ts'

const ROOTS = 300
const HELD_MS = 9_000

test('acks that wait for output to be written make nothing time out, and no tuple is executed twice', async (t) => {
  const executed: unknown[] = []
  const builder = new TopologyBuilder('printing', {
    'topology.workers': 2,
    'topology.message.timeout.secs': 1,
    'topology.max.spout.pending': 50,
  })
  const numbers = builder.setSpout('numbers', () => new SequenceSpout(ROOTS))
  const print = (): FunctionBolt =>
    new FunctionBolt([], (tuple, collector) => {
      executed.push(tuple.values[0])
      collector.ack(tuple)
    })
  builder.setBolt('print', print, 2).shuffleGrouping(numbers)
  const cluster = new LocalCluster({ seed: 31, minDelayMs: 1, maxDelayMs: 5 })
  const room = new Promise<void>((resolve) => cluster.clock.after(HELD_MS, resolve))
  const outputWritten = (worker: WorkerId): Promise<void> | undefined =>
    worker === 2 && executed.length > 20 && cluster.clock.now() < HELD_MS ? room : undefined
  const topology = await cluster.submit(builder.createTopology(), { outputWritten })

  const { roots } = await topology.complete()

  t.true(cluster.clock.now() >= HELD_MS)
  t.deepEqual([roots.emitted, roots.acked, roots.replayed], [ROOTS, ROOTS, 0])
  t.is(executed.length, ROOTS)
  t.deepEqual(topology.problems, [])
})
