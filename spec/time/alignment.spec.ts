/** Sources that wait for each other, so that none runs ahead in event time for ever. */
import test from 'ava'
import {
  BasicBolt,
  fields,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  type Timers,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'

interface Event {
  at: number
  partition: string
}

const EVENT = fields<Event>('at', 'partition')

/** Notes what comes behind a watermark that says it would not. */
class Late extends BasicBolt<Event> {
  readonly #late: number[]
  #timers!: Timers

  constructor(late: number[] = []) {
    super()
    this.#late = late
  }

  override prepare(context: TaskContext): void {
    this.#timers = context.timers('none')
  }

  execute(tuple: Tuple<Event>): void {
    if (tuple.get('at') < this.#timers.watermark) this.#late.push(tuple.get('at'))
  }

  override onTimer(): void {}
}

test('a task of a spout that is too far ahead waits for the others, and for none that is idle', async (t) => {
  const ahead: number[] = []
  /** Task 0 emits a tuple in each millisecond in which it is asked, task 1 when it is let as well. */
  let let1 = 0
  class Uneven extends Spout<Event> {
    override readonly outputs = EVENT
    #context!: TaskContext
    #out!: SpoutOutputCollector<Event>
    #at = 0
    #ms = 0
    override open(context: TaskContext, out: SpoutOutputCollector<Event>): void {
      this.#context = context
      this.#out = out
    }
    nextTuple(): void {
      const ms = Math.floor(this.#context.now())
      if (ms === this.#ms || (this.#context.taskIndex === 1 && this.#at >= let1)) return
      this.#ms = ms
      this.#at += 10
      if (this.#context.taskIndex === 0) ahead.push(this.#at)
      this.#out.emit([this.#at, ''])
    }
  }
  const builder = new TopologyBuilder('drift', { 'topology.workers': 2 })
  builder
    .setSpout('events', () => new Uneven(), 2)
    .setTimestamps({ field: 'at', intervalMs: 1, idleMs: 10_000, maxDriftMs: 1000 })
  builder.setBolt('bolt', () => new Late()).grouping('events', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster({ maxDelayMs: 2 })
  let1 = 10
  await cluster.submit(builder.createTopology())
  await cluster.advanceTime(1000)
  const first = ahead.at(-1)!
  t.true(first > 1000)
  await cluster.advanceTime(1000)
  t.is(ahead.at(-1), first, 'it waits')
  let1 = first
  await cluster.advanceTime(1000)
  const second = ahead.at(-1)!
  t.true(second > first + 1000)
  await cluster.advanceTime(8000)
  t.is(ahead.at(-1), second)
  await cluster.advanceTime(4000)
  t.true(ahead.at(-1)! > second, 'the other one is idle by now')
})

/** Emits of two partitions in turn, ten times as fast of one as of the other, unless it may not. */
class TwoPartitions extends Spout<Event> {
  override readonly outputs = EVENT
  /** Where each partition is. */
  readonly at = { fast: 0, slow: 0 }
  isSlowSilent = false
  /** By how much the fast one was ahead at most. */
  most = 0
  #out!: SpoutOutputCollector<Event>
  #context!: TaskContext
  #paused: ReadonlySet<unknown> = new Set()
  #turn = 0

  override open(context: TaskContext, out: SpoutOutputCollector<Event>): void {
    this.#context = context
    this.#out = out
  }

  nextTuple(): void {
    const now = Math.floor(this.#context.now())
    if (now === this.#turn) return
    this.#turn = now
    this.#emit('fast', 100)
    if (!this.isSlowSilent) this.#emit('slow', 10)
    this.most = Math.max(this.most, this.at.fast - this.at.slow)
  }

  override pausePartitions(partitions: ReadonlySet<unknown>): void {
    this.#paused = partitions
  }

  #emit(partition: 'fast' | 'slow', step: number): void {
    if (this.#paused.has(partition)) return
    this.at[partition] += step
    this.#out.emit([this.at[partition], partition])
  }
}

test('of a task that reads several partitions those wait that are too far ahead', async (t) => {
  const late: number[] = []
  const spout = new TwoPartitions()
  const builder = new TopologyBuilder('drift')
  const events = builder
    .setSpout('events', () => spout)
    .setTimestamps({ field: 'at', partition: 'partition', intervalMs: 1, idleMs: 500, maxDriftMs: 1000 })
  builder.setBolt('late', () => new Late(late)).shuffleGrouping(events)
  const cluster = new LocalCluster()
  await cluster.submit(builder.createTopology())
  await cluster.advanceTime(1000)
  t.true(spout.most > 1000 && spout.most < 1500, `it was ahead by ${spout.most}`)
  t.true(spout.at.slow > 8000, 'the slow one goes on')
  spout.isSlowSilent = true
  await cluster.advanceTime(400)
  const waiting = spout.at.fast
  await cluster.advanceTime(90)
  t.is(spout.at.fast, waiting, 'it waits')
  await cluster.advanceTime(1000)
  t.true(spout.at.fast > waiting + 1000, 'the other one is idle by now')
  t.deepEqual(late, [])
})
