import test from 'ava'
import {
  type BasicOutputCollector,
  fields,
  type Positions,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
} from '../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Count, type TupleWindow, WindowedBolt } from '../../lib/windows/index.ts'

/** Numbers without an end, one each millisecond. */
class Numbers extends Spout<{ n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  #next = 0
  #context!: TaskContext
  #out!: SpoutOutputCollector<{ n: number }>

  override open(context: TaskContext, out: SpoutOutputCollector<{ n: number }>): void {
    this.#context = context
    this.#out = out
  }

  nextTuple(): Promise<void> {
    return new Promise((resolve) => {
      this.#context.after(1, () => {
        this.#out.emit([this.#next++])
        resolve()
      })
    })
  }

  override position(): Positions {
    return { all: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions['all'] as number
  }
}

/** Emits how many tuples each window has. */
class Sizes extends WindowedBolt<{ n: number }, { size: number }> {
  override readonly outputs = fields<{ size: number }>('size')

  execute(window: TupleWindow<{ n: number }>, collector: BasicOutputCollector<{ size: number }>): void {
    collector.emit([window.get().length])
  }
}

function submit(snapshots: MemorySnapshots, tasks: number, allowDroppedState = false): Promise<LocalTopology> {
  const builder = new TopologyBuilder('sizes', {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 20,
  })
  builder.setSpout('numbers', () => new Numbers())
  builder
    .setBolt('sizes', () => new Sizes().withTumblingWindow(Count.of(1_000_000)), tasks)
    .grouping('numbers', 'default', { type: 'fields', fields: ['n'] })
  return new LocalCluster().submit(builder.createTopology(), { snapshots, allowDroppedState })
}

test('the tuples of a windowed bolt do not move to other tasks: the run does not begin, unless they are left behind', async (t) => {
  const snapshots = new MemorySnapshots()
  const topology = await submit(snapshots, 2)
  await topology.waitUntil(() => (topology.state()['sizes']?.executed ?? 0) > 100)
  await topology.takeSnapshot()
  topology.crash()
  for (const tasks of [1, 3]) await t.throwsAsync(submit(snapshots, tasks), { code: 'STATE_DROPPED' })
  const same = await submit(snapshots, 2)
  t.deepEqual(same.problems, [])
  same.crash()
  t.deepEqual((await submit(snapshots, 3, true)).problems, [])
})
