/** A worker that dies, or stands still, while it waits for the store of its snapshots. */
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
} from '../../lib/index.ts'
import { FeederSpout, LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

/** Of some manifests it is waited until the test lets them be found. */
class HeldSnapshots extends MemorySnapshots {
  readonly #held: (() => void)[] = []
  #passing = Number.POSITIVE_INFINITY

  override async manifest(snapshot: number): ReturnType<MemorySnapshots['manifest']> {
    if (this.#passing-- === 0) await new Promise<void>((resolve) => this.#held.push(resolve))
    return super.manifest(snapshot)
  }

  /** The one that is asked for after so many others is held. */
  holdAfter(others: number): void {
    this.#passing = others
  }

  get holds(): boolean {
    return this.#held.length > 0
  }

  letGo(): void {
    for (const resolve of this.#held.splice(0)) resolve()
  }
}

/** A bolt that says when it begins. */
function sinks(onPrepare: () => void): TopologyDefinition {
  class Sink extends BasicBolt {
    override prepare(_context: TaskContext): void {
      onPrepare()
    }

    execute(_tuple: unknown, _out: BasicOutputCollector): void {}
  }
  const builder = new TopologyBuilder('sinks', { 'topology.guarantee': 'exactly-once' })
  builder.setSpout('rows', () => new FeederSpout('n'))
  builder.setBolt('sink', () => new Sink()).grouping('rows', 'default', { type: 'global' })
  return builder.createTopology()
}

/** The worker is ended, and the next one waits for its snapshot: the run asks for it first. */
async function playHeld() {
  let prepared = 0
  const snapshots = new HeldSnapshots()
  const cluster = new LocalCluster()
  const topology = await cluster.submit(
    sinks(() => prepared++),
    { snapshots },
  )
  snapshots.holdAfter(1)
  topology.killWorker(1)
  await topology.waitUntil(() => snapshots.holds)
  return { snapshots, cluster, topology, prepared: () => prepared }
}

test('a worker that was killed while it read its snapshot does nothing when the store answers', async (t) => {
  const { snapshots, cluster, topology, prepared } = await playHeld()
  topology.killWorker(1)
  await topology.waitUntil(() => prepared() === 2)
  snapshots.letGo()
  await cluster.advanceTime(100)
  t.is(prepared(), 2)
})

test('a worker that stands still while it reads its snapshot goes on with it when it wakes', async (t) => {
  const { snapshots, cluster, topology, prepared } = await playHeld()
  topology.freeze(1)
  snapshots.letGo()
  await cluster.advanceTime(100)
  t.is(prepared(), 1)
  topology.wake(1)
  await topology.waitUntil(() => prepared() === 2)
  t.is(topology.state()['sink']!.executed, 0)
})
