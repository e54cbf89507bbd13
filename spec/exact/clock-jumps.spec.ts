/** A clock that is set forward and back while workers are killed: each timer fires once, and none before its time. */
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type SpoutOutputCollector,
  type TaskContext,
  type Timer,
  type Timers,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { Prng } from '../../lib/util/prng.ts'
import { counting, KeyedWindowBolt, tumbling } from '../../lib/windows/index.ts'
import { DealtSpout } from './dealt-spout.ts'

interface Event {
  n: number
  at: number
}

const LIMIT = 100
/** By then all timers are due, wherever the clock is set. */
const END_MS = 20_000
const LENGTH = 100

/** Ends when all timers have had their time. */
class Events extends DealtSpout<Event> {
  override readonly outputs = fields<Event>('n', 'at')
  #own!: TaskContext

  override open(context: TaskContext, out: SpoutOutputCollector<Event>): void {
    super.open(context, out)
    this.#own = context
  }

  override rowOf(n: number): Event {
    return { n, at: n * 10 }
  }

  override nextTuple(): void {
    if (!super.isExhausted()) super.nextTuple()
  }

  override isExhausted(): boolean {
    return super.isExhausted() && this.#own.now() > END_MS
  }
}

/** Sets an alarm for each number, and hands it on when that rings. */
class Alarms extends BasicBolt<Event, { n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  readonly #early: string[]
  #context!: TaskContext
  #timers!: Timers<number>

  constructor(early: string[]) {
    super()
    this.#early = early
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#timers = context.timers('alarms')
  }

  execute(tuple: Tuple<Event>): void {
    const n = tuple.get('n')
    this.#timers.atProcessingTime(n, this.#context.date() + ((n * 37) % 500))
    if (this.#context.random() < 0.02) throw new Error('a bad day')
  }

  override onTimer({ key, time }: Timer<number>, out: BasicOutputCollector<{ n: number }>): void {
    if (time > this.#context.date()) this.#early.push(`${time} at ${this.#context.date()}`)
    out.emit([key])
    if (this.#context.random() < 0.05) throw new Error('a bad night')
  }
}

/** Keeps how often each row has come. */
class Collect extends BasicBolt {
  readonly #found: Map<string, number>
  #rows!: KeyValueState<string, number>

  constructor(found: Map<string, number>) {
    super()
    this.#found = found
  }

  override prepare(context: TaskContext): void {
    this.#rows = context.state('rows')
  }

  execute(tuple: Tuple): void {
    this.#rows.update(`${tuple.sourceComponent} ${tuple.values.join(' ')}`, (count = 0) => count + 1)
  }

  override endOfInput(): void {
    for (const [row, count] of this.#rows.entries()) this.#found.set(row, count)
  }
}

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 6); seed++) {
  test(`the clock jumps, and workers are killed: timers fire once, and windows are whole (seed ${seed})`, async (t) => {
    const random = new Prng(seed)
    const early: string[] = []
    const found = new Map<string, number>()
    const builder = new TopologyBuilder('jumps', {
      'topology.workers': 2,
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 20 + random.below(200),
      'topology.tuple.max.attempts': 100,
    })
    const events = builder.setSpout('events', () => new Events(LIMIT), 2).setTimestamps({ field: 'at', lagMs: 2000 })
    const alarms = builder.setBolt('alarms', () => new Alarms(early), 2).fieldsGrouping(events, ['n'])
    const windows = builder
      .setBolt(
        'windows',
        () =>
          new KeyedWindowBolt<Event, { count: number; start: number; end: number }>({
            keys: [],
            window: tumbling(LENGTH),
            aggregates: { count: counting() },
            timestampField: 'at',
          }),
      )
      .globalGrouping(events)
    builder
      .setBolt('collect', () => new Collect(found))
      .globalGrouping(alarms)
      .globalGrouping(windows)
    const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
    const topology = await cluster.submit(builder.createTopology())
    for (let jumps = 0; jumps < 6; jumps++) {
      await cluster.advanceTime(random.below(150))
      cluster.shiftDate(random.below(20_000) - 2000)
      if (random.next() < 0.5) topology.killWorker(1 + random.below(2))
    }
    const { status } = await topology.complete()
    t.is(status, 'completed')
    t.deepEqual(early, [])
    const numbers = Array.from({ length: LIMIT }, (_, n) => [`alarms ${n}`, 1] as const)
    const counts = Array.from(
      { length: (LIMIT * 10) / LENGTH },
      (_, window) => [`windows 10 ${window * LENGTH} ${(window + 1) * LENGTH}`, 1] as const,
    )
    t.deepEqual([...found].sort(), [...numbers, ...counts].sort())
  })
}
