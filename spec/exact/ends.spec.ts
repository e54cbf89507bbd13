/** The end of a run, beside what never comes to an end. */
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import { BasicBolt, type TaskContext, TopologyBuilder } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

/** Each tick takes longer than they are apart. */
class SlowTicks extends BasicBolt {
  ticks = 0
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
    context.state('counts')
  }

  override execute(): void {}

  override tick(): Promise<void> {
    this.ticks++
    return new Promise((resolve) => void this.#context.after(4000, resolve))
  }
}

test('a bolt of which a tick is executed at any time keeps no run from its end', async (t) => {
  const bolts: SlowTicks[] = []
  const slow = (): SlowTicks => {
    const bolt = new SlowTicks()
    bolts.push(bolt)
    return bolt
  }
  const builder = new TopologyBuilder('ticks', {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 100,
  })
  builder.setSpout('numbers', () => new SequenceSpout(10))
  builder
    .setBolt('slow', slow)
    .addConfiguration('topology.tick.tuple.freq.secs', 0.5)
    .grouping('numbers', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster({ minDelayMs: 1, maxDelayMs: 300 })
  const running = await cluster.submit(builder.createTopology(), { snapshots: new MemorySnapshots() })
  t.is((await running.complete()).status, 'completed')
  t.true(bolts.some(({ ticks }) => ticks > 0))
})
