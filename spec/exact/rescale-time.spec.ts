/** Event time in a run that goes on with another number of tasks. */
import test from 'ava'
import { BasicBolt, TopologyBuilder, type TopologyDefinition, type Tuple } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { counting, KeyedWindowBolt, tumbling } from '../../lib/windows/index.ts'
import { GrowingRows } from './growing-rows.ts'

class Seen extends BasicBolt {
  readonly #seen: unknown[][]

  constructor(seen: unknown[][]) {
    super()
    this.#seen = seen
  }

  execute(tuple: Tuple): void {
    this.#seen.push([...(tuple.values as readonly unknown[])])
  }
}

function topologyOf(rows: readonly [string, number][], tasks: number, seen: unknown[][]): TopologyDefinition {
  const builder = new TopologyBuilder('rescaled', {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 100,
  })
  const windows = (): KeyedWindowBolt =>
    new KeyedWindowBolt({
      keys: ['key'],
      window: tumbling(10),
      aggregates: { n: counting() },
      timestamps: { field: 'at' },
    })
  builder.setSpout('rows', () => new GrowingRows('key', rows))
  builder.setBolt('windows', windows, tasks).grouping('rows', 'default', { type: 'fields', fields: ['key'] })
  builder.setBolt('seen', () => new Seen(seen)).grouping('windows', 'default', { type: 'global' })
  return builder.createTopology()
}

test('a window that was closed is not begun anew where the tasks become fewer, nor after a failure behind that', async (t) => {
  // Only the task that has "a" hears of the time 100.
  const others = Array.from({ length: 8 }, (_, n) => `key ${n}`)
  const rows: [string, number][] = ['a', ...others].map((key) => [key, 1])
  rows.push(['a', 100])
  const snapshots = new MemorySnapshots()
  const seen: unknown[][] = []
  const before = await new LocalCluster({ seed: 1 }).submit(topologyOf(rows, 2, seen), { snapshots })
  await before.waitUntil(() => seen.some(([key]) => key === 'a'))
  await before.takeSnapshot()
  before.crash()
  const open = others.filter((other) => !seen.some(([key]) => key === other))
  t.not(open.length, 0)

  const cluster = new LocalCluster({ seed: 2 })
  const after = await cluster.submit(topologyOf(rows, 1, seen), { snapshots })
  await after.takeSnapshot()
  after.killWorker(1)
  await cluster.advanceTime(5000)
  const [late] = open
  rows.push(['a', 6], [late!, 6], ['a', 200])
  await cluster.advanceTime(1000)
  const first = seen.filter(([, , start]) => start === 0)
  t.deepEqual(first.map(([key]) => key).sort(), ['a', ...others])
  t.deepEqual(
    first.filter(([, count]) => count !== 1),
    [[late, 2, 0, 10]],
  )
  after.crash()
})
