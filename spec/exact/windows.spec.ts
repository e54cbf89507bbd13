/**
 * Windows and joins under kills: windowed bolts, windows by key, sessions and a join of two disordered streams give
 * what an oracle gives, which knows nothing of windows that are kept and fired.
 */
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { IntervalJoinBolt } from '../../lib/joins/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { Prng } from '../../lib/util/prng.ts'
import {
  Duration,
  KeyedWindowBolt,
  session,
  sliding,
  summing,
  type TupleWindow,
  WindowedBolt,
} from '../../lib/windows/index.ts'
import { DealtSpout } from './dealt-spout.ts'

interface Event {
  key: number
  at: number
  n: number
}

const LIMIT = 90
const KEYS = 4
const LAG = 70

/** The n-th event of a stream: out of order by less than the lag, with pauses. */
function eventOf(stream: number, n: number): Event {
  return { key: (n * 7 + stream) % KEYS, at: n * 10 + Math.floor(n / 40) * 300 - ((n * 37 + stream * 11) % LAG), n }
}

class Events extends DealtSpout<Event> {
  override readonly outputs = fields<Event>('key', 'at', 'n')
  readonly #stream: number

  constructor(stream: number) {
    super(LIMIT)
    this.#stream = stream
  }

  override rowOf(n: number): Event {
    return eventOf(this.#stream, n)
  }
}

/** The sum of each window; now and then it fails, or takes its time. */
class Sum extends WindowedBolt<Event, { end: number; sum: number }> {
  override readonly outputs = fields<{ end: number; sum: number }>('end', 'sum')
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  async execute(window: TupleWindow<Event>, out: BasicOutputCollector<{ end: number; sum: number }>): Promise<void> {
    out.emit([window.getEndTimestamp(), window.get().reduce((sum, tuple) => sum + tuple.get('n'), 0)])
    if (this.#context.random() < 0.3) await new Promise<void>((resolve) => this.#context.after(3, resolve))
    if (this.#context.random() < 0.1) throw new Error('a bad night')
  }
}

/** Keeps what comes, and writes it down at the end. */
class Collect extends BasicBolt {
  readonly #found: Map<string, string[]>
  #context!: TaskContext
  #rows!: KeyValueState<string, number>

  constructor(found: Map<string, string[]>) {
    super()
    this.#found = found
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#rows = context.state('rows')
  }

  execute(tuple: Tuple): void {
    this.#rows.update(`${tuple.sourceComponent} ${tuple.values.join(' ')}`, (count = 0) => count + 1)
    if (this.#context.random() < 0.02) throw new Error('a bad day')
  }

  override endOfInput(): void {
    const rows = [...this.#rows.entries()].flatMap(([row, count]) => Array.from({ length: count }, () => row))
    this.#found.set(String(this.#context.taskIndex), rows)
  }
}

/** All that is to be found, by brute force. */
function oracle(): string[] {
  const [left, right] = [0, 1].map((stream) => Array.from({ length: LIMIT }, (_, n) => eventOf(stream, n)))
  const rows: string[] = []
  const sum = (events: readonly Event[]) => events.reduce((total, { n }) => total + n, 0)
  const last = Math.max(...left!.map(({ at }) => at))
  for (let end = -200; end <= last + 200; end += 50) {
    const inWindow = left!.filter(({ at }) => at > end - 100 && at <= end)
    if (inWindow.length > 0) rows.push(`sums ${end} ${sum(inWindow)}`)
    for (let key = 0; key < KEYS; key++) {
      const own = left!.filter((event) => event.key === key && event.at >= end - 100 && event.at < end)
      if (own.length > 0) rows.push(`keyed ${key} ${sum(own)} ${end - 100} ${end}`)
    }
  }
  for (let key = 0; key < KEYS; key++) {
    const own = left!.filter((event) => event.key === key).sort((a, b) => a.at - b.at)
    let from = 0
    for (let to = 1; to <= own.length; to++) {
      if (to < own.length && own[to]!.at < own[to - 1]!.at + 90) continue
      rows.push(`sessions ${key} ${sum(own.slice(from, to))} ${own[from]!.at} ${own[to - 1]!.at + 90}`)
      from = to
    }
  }
  for (const one of left!)
    for (const other of right!)
      if (one.key === other.key && other.at >= one.at - 20 && other.at <= one.at + 60)
        rows.push(`joined ${one.n} ${other.n}`)
  return rows.sort()
}

const EXPECTED = oracle()

function declare(builder: TopologyBuilder<any>, found: Map<string, string[]>): void {
  const left = builder.setSpout('left', () => new Events(0), 2)
  const right = builder.setSpout('right', () => new Events(1))
  const timestamps = { field: 'at', lagMs: LAG, intervalMs: 20 }
  for (const spout of [left, right]) spout.setTimestamps(timestamps)
  const sums = builder
    .setBolt('sums', () =>
      new Sum().withWindow(Duration.ms(100), Duration.ms(50)).withTimestampField('at').withWatermarksOfSources(),
    )
    .globalGrouping(left)
  const aggregates = { sum: summing('n') }
  const keyed = builder
    .setBolt(
      'keyed',
      () => new KeyedWindowBolt<Event>({ keys: ['key'], window: sliding(100, 50), aggregates, timestampField: 'at' }),
      2,
    )
    .fieldsGrouping(left, ['key'])
  const sessions = builder
    .setBolt(
      'sessions',
      () => new KeyedWindowBolt<Event>({ keys: ['key'], window: session(90), aggregates, timestampField: 'at' }),
      2,
    )
    .fieldsGrouping(left, ['key'])
  const joined = builder
    .setBolt(
      'joined',
      () =>
        new IntervalJoinBolt({
          left: { source: 'left', key: 'key' },
          right: { source: 'right', key: 'key' },
          beforeMs: 20,
          afterMs: 60,
          select: 'left:n, right:n',
          timestampField: 'at',
        }),
      2,
    )
    .fieldsGrouping(left, ['key'])
    .fieldsGrouping(right, ['key'])
  const collect = builder.setBolt('collect', () => new Collect(found), 2)
  for (const source of [sums, keyed, sessions, joined]) collect.shuffleGrouping(source as never)
}

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 6); seed++) {
  test(`windows and joins come to what there is, whatever is killed (seed ${seed})`, async (t) => {
    const random = new Prng(seed)
    const found = new Map<string, string[]>()
    const workers = 1 + random.below(3)
    const builder = new TopologyBuilder('windows', {
      'topology.workers': workers,
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 20 + random.below(200),
      'topology.tuple.max.attempts': 100,
    })
    declare(builder, found)
    const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
    const topology = await cluster.submit(builder.createTopology())
    for (let kills = 0; kills < 4; kills++) {
      await cluster.advanceTime(20 + random.below(400))
      if (topology.isDone) break
      const [one, other] = random.shuffle([1, 2, 3].slice(0, workers)) as [number, number?]
      if (random.next() < 0.7 || other === undefined) topology.killWorker(one)
      else {
        topology.cut(one, other)
        await cluster.advanceTime(random.below(100))
        topology.heal(one, other)
      }
    }
    const report = await topology.complete()
    t.deepEqual([report.status, report.problem], ['completed', undefined])
    t.deepEqual([...found.values()].flat().sort(), EXPECTED)
  })
}
