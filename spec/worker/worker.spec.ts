import test from 'ava'
import { LocalCluster } from '../../lib/testing/cluster/local-cluster.ts'
import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import type { OutputCollector, SpoutOutputCollector } from '../../lib/topology/component/collectors.ts'
import { BasicBolt, Bolt, Spout } from '../../lib/topology/component/component.ts'
import type { TaskContext } from '../../lib/topology/component/task-context.ts'
import type { Tuple } from '../../lib/tuple/tuple.ts'
import { WORD } from '../executor/harness.ts'

/** Emits so many tuples, again those that failed, and is exhausted when all were acked. */
class Source extends Spout {
  override readonly outputs = WORD
  readonly #count: number
  readonly #waiting: number[] = []
  #acked = 0
  #out!: SpoutOutputCollector

  constructor(count: number) {
    super()
    this.#count = count
    for (let id = 0; id < count; id++) this.#waiting.push(id)
  }

  override open(_context: TaskContext, collector: SpoutOutputCollector): void {
    this.#out = collector
  }

  nextTuple(): void {
    const id = this.#waiting.shift()
    if (id !== undefined) this.#out.emit([id], id)
  }

  override ack(): void {
    this.#acked++
  }

  override fail(id: number): void {
    this.#waiting.push(id)
  }

  override isExhausted(): boolean {
    return this.#acked === this.#count
  }
}

test('no bolt is given a tuple before it is prepared, not even in a worker that was restarted while others send to it', async (t) => {
  let early = 0
  let executed = 0
  class Slow extends BasicBolt {
    #prepared = false

    override async prepare(context: TaskContext): Promise<void> {
      await new Promise<void>((resolve) => context.after(500, resolve))
      this.#prepared = true
    }

    execute(): void {
      executed++
      if (!this.#prepared) early++
    }
  }
  const builder = new TopologyBuilder('restarted', { 'topology.workers': 2, 'topology.max.spout.pending': 10 })
  builder.setSpout('words', () => new Source(20_000))
  builder.setBolt('slow', () => new Slow(), 2).grouping('words', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster({ seed: 3, maxDelayMs: 2 })
  const topology = await cluster.submit(builder.createTopology())
  await cluster.clock.until(() => executed > 1_000, 60_000)
  topology.killWorker(2)
  const report = await topology.complete()
  t.is(report.status, 'completed')
  t.is(report.roots.acked, 20_000)
  t.true(report.roots.failed.workerLost > 0)
  t.is(early, 0)
})

test('a bolt may ack and emit from a timer long after execute: nothing waits for the next tuple, and nothing times out', async (t) => {
  class Late extends Bolt {
    override readonly outputs = WORD
    #context!: TaskContext
    #out!: OutputCollector

    override prepare(context: TaskContext, collector: OutputCollector): void {
      this.#context = context
      this.#out = collector
    }

    execute(tuple: Tuple): void {
      this.#context.after(50, () => {
        this.#out.emit(tuple, tuple.values)
        this.#out.ack(tuple)
      })
    }
  }
  const builder = new TopologyBuilder('late', {
    'topology.workers': 2,
    'topology.acker.executors': 1,
    'topology.max.spout.pending': 1,
  })
  // words 1, late 2, sink 1, acker 2: every step crosses.
  builder.setSpout('words', () => new Source(20))
  builder.setBolt('late', () => new Late()).grouping('words', 'default', { type: 'shuffle' })
  builder.setBolt('sink', () => new Late()).grouping('late', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster({ seed: 4, maxDelayMs: 1 })
  const topology = await cluster.submit(builder.createTopology())
  const report = await topology.complete()
  t.is(report.roots.acked, 20)
  t.deepEqual(report.roots.failed, { timeout: 0, explicit: 0, workerLost: 0 })
  t.true(report.seconds < 20 * 0.2, `it took ${report.seconds} s`)
})

test('a topology that ends in good order reports no problem: workers that close their links have lost nothing', async (t) => {
  for (const seed of [1, 2, 3]) {
    const builder = new TopologyBuilder('orderly', { 'topology.workers': 3 })
    builder.setSpout('words', () => new Source(100))
    builder
      .setBolt(
        'sink',
        () =>
          new (class extends BasicBolt {
            execute(): void {}
          })(),
        3,
      )
      .grouping('words', 'default', { type: 'shuffle' })
    const cluster = new LocalCluster({ seed, maxDelayMs: 20 })
    const topology = await cluster.submit(builder.createTopology())
    const report = await topology.complete()
    t.is(report.status, 'completed')
    t.deepEqual(topology.problems, [])
  }
})
