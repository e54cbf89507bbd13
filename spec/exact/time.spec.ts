/**
 * Event time under kills: windows that are counted with timers, in two stages, give what an oracle gives, and no tuple
 * ever comes behind a watermark that says it would not.
 */
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type TaskContext,
  type Timer,
  type Timers,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { Prng } from '../../lib/util/prng.ts'
import { DealtSpout } from './dealt-spout.ts'

interface Event {
  key: number
  at: number
}

interface Window {
  key: number
  end: number
  count: number
}

const LIMIT = 400
const KEYS = 5
const LAG = 70
const LENGTH = 100

/** The n-th event: out of order by less than the lag. */
function eventOf(n: number): Event {
  return { key: (n * 7) % KEYS, at: n * 10 - ((n * 37) % LAG) }
}

function endOf(at: number): number {
  return (Math.floor(at / LENGTH) + 1) * LENGTH
}

/** Emits those events whose number belongs to its task. */
class Events extends DealtSpout<Event> {
  override readonly outputs = fields<Event>('key', 'at')

  override rowOf(n: number): Event {
    return eventOf(n)
  }
}

/** What is wrong, and what came out, by key and end. */
interface Journal {
  readonly wrong: string[]
  readonly watermarks: Map<string, number>
}

/** Counts in windows, and emits each when its time is over. Fails now and then, also after it has written. */
class Windows extends BasicBolt<Event, Window> {
  override readonly outputs = fields<Window>('key', 'end', 'count')
  readonly #journal: Journal
  #context!: TaskContext
  #timers!: Timers<number>
  #counts!: KeyValueState<[number, number], number>
  #fired = Number.NEGATIVE_INFINITY

  constructor(journal: Journal) {
    super()
    this.#journal = journal
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#timers = context.timers('closing')
    this.#counts = context.state('counts')
  }

  execute(tuple: Tuple<Event>): void {
    const { key, at } = tuple.toObject()
    if (at < this.#timers.watermark) this.#journal.wrong.push(`${at} came behind ${this.#timers.watermark}`)
    this.#counts.update([key, endOf(at)], (count = 0) => count + 1)
    this.#timers.atEventTime(key, endOf(at))
    if (this.#context.random() < 0.02) throw new Error('a bad day')
  }

  override async onTimer({ key, time }: Timer<number>, out: BasicOutputCollector<Window>): Promise<void> {
    if (time < this.#fired || time > this.#timers.watermark) this.#journal.wrong.push(`${time} behind ${this.#fired}`)
    this.#fired = time
    const count = this.#counts.get([key, time])
    if (count === undefined) this.#journal.wrong.push(`the window ${time} of ${key} is empty`)
    this.#counts.delete([key, time])
    out.emit([key, time, count ?? 0])
    if (this.#context.random() < 0.3) await new Promise<void>((resolve) => this.#context.after(3, resolve))
    if (this.#context.random() < 0.1) throw new Error('a bad night')
  }

  override onWatermark(watermark: number): void {
    const name = `${this.#context.component}/${this.#context.taskIndex}`
    this.#journal.watermarks.set(name, watermark)
    if (this.#context.random() < 0.1) throw new Error('a bad dream')
  }
}

/** Sums the windows of all keys up, when time has passed them, and keeps what came out. */
class Sums extends BasicBolt<Window> {
  readonly #sums: Map<string, [number, number][]>
  readonly #wrong: string[]
  #context!: TaskContext
  #timers!: Timers<string>
  #open!: KeyValueState<number, number>
  #done!: KeyValueState<number, number[]>

  constructor(sums: Map<string, [number, number][]>, { wrong }: Journal) {
    super()
    this.#sums = sums
    this.#wrong = wrong
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#timers = context.timers('sums')
    this.#open = context.state('open')
    this.#done = context.state('done')
  }

  execute(tuple: Tuple<Window>): void {
    const { end, count } = tuple.toObject()
    if (end < this.#timers.watermark) this.#wrong.push(`window ${end} came behind ${this.#timers.watermark}`)
    this.#open.update(end, (sum = 0) => sum + count)
    this.#timers.atEventTime('all', end)
  }

  override onTimer({ time }: Timer<string>): void {
    this.#done.update(time, (sums = []) => [...sums, this.#open.get(time) ?? 0])
    this.#open.delete(time)
    if (this.#context.random() < 0.1) throw new Error('a bad night')
  }

  override endOfInput(): void {
    for (const [end, sums] of this.#done.entries())
      this.#sums.set(String(end), [
        ...(this.#sums.get(String(end)) ?? []),
        ...sums.map((sum): [number, number] => [end, sum]),
      ])
  }
}

function oracle(): Map<number, number> {
  const counts = new Map<number, number>()
  for (let n = 0; n < LIMIT; n++) {
    const end = endOf(eventOf(n).at)
    counts.set(end, (counts.get(end) ?? 0) + 1)
  }
  return counts
}

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 20); seed++) {
  test(`windows that are counted with timers are counted once, whatever is killed (seed ${seed})`, async (t) => {
    const random = new Prng(seed)
    const journal: Journal = { wrong: [], watermarks: new Map() }
    const sums = new Map<string, [number, number][]>()
    const workers = Array.from({ length: 1 + random.below(3) }, (_, worker) => worker + 1)
    const builder = new TopologyBuilder('time', {
      'topology.workers': workers.length,
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 20 + random.below(200),
      'topology.tuple.max.attempts': 100,
    })
    const source = builder
      .setSpout('events', () => new Events(LIMIT), 2)
      .setTimestamps({ field: 'at', lagMs: LAG, intervalMs: 1 + random.below(30) })
    const windows = builder.setBolt('windows', () => new Windows(journal), 2).fieldsGrouping(source, ['key'])
    builder.setBolt('sums', () => new Sums(sums, journal), 2).fieldsGrouping(windows, ['end'])
    const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
    const topology = await cluster.submit(builder.createTopology())
    for (let kills = 0; kills < 4; kills++) {
      await cluster.advanceTime(20 + random.below(400))
      if (topology.isDone) break
      const [one = 1, other] = random.shuffle([...workers])
      if (random.next() < 0.7 || other === undefined) topology.killWorker(one)
      else {
        topology.cut(one, other)
        await cluster.advanceTime(random.below(100))
        topology.heal(one, other)
      }
    }
    const report = await topology.complete()
    t.deepEqual([report.status, report.problem], ['completed', undefined])
    t.deepEqual(journal.wrong, [])
    t.deepEqual(
      [...sums.values()].flat().sort(([a], [b]) => a - b),
      [...oracle()].sort(([a], [b]) => a - b),
    )
    t.deepEqual([...new Set(journal.watermarks.values())], [Number.POSITIVE_INFINITY])
  })
}
