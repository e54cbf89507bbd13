/** Windows behind joins and windows: what these emit is not late there, though they emit it later than it happened. */
import test from 'ava'
import {
  BasicBolt,
  fields,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { IntervalJoinBolt, JoinBolt } from '../../lib/joins/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { counting, Duration, KeyedWindowBolt, summing, tumbling } from '../../lib/windows/index.ts'

interface Event {
  key: number
  at: number
}

const LIMIT = 600

/** One event each millisecond, of keys from a first one up; where it is late, each of them by so much more. */
class Events extends Spout<Event> {
  override readonly outputs = fields<Event>('key', 'at')
  readonly #first: number
  readonly #times: (n: number) => number
  #out!: SpoutOutputCollector<Event>
  #context!: TaskContext
  #n = 0
  #ms = -1

  constructor(first: number, times = (n: number) => n) {
    super()
    this.#first = first
    this.#times = times
  }

  override open(context: TaskContext, out: SpoutOutputCollector<Event>): void {
    this.#context = context
    this.#out = out
  }

  nextTuple(): void {
    const ms = Math.floor(this.#context.now())
    if (ms === this.#ms || this.isExhausted()) return
    this.#ms = ms
    this.#out.emit([this.#first + this.#n, this.#times(this.#n)])
    this.#n++
  }

  override isExhausted(): boolean {
    return this.#n === LIMIT
  }
}

class Rows extends BasicBolt {
  readonly #rows: unknown[][]

  constructor(rows: unknown[][]) {
    super()
    this.#rows = rows
  }

  execute(tuple: Tuple): void {
    this.#rows.push([...tuple.values])
  }
}

type Made = ReturnType<TopologyBuilder<any>['setBolt']>

/** Counts what a bolt emits by windows of its times. @returns all rows that were counted */
async function countedBehind(
  declare: (builder: TopologyBuilder<any>) => Made,
  field: string,
  total = counting(),
): Promise<number> {
  const rows: unknown[][] = []
  const builder = new TopologyBuilder('behind', {}) as TopologyBuilder<any>
  const joined = declare(builder)
  const aggregates = { n: total }
  const window = () => new KeyedWindowBolt({ keys: [], window: tumbling(20), aggregates, timestampField: field })
  const windows = builder.setBolt('windows', window).globalGrouping(joined as never)
  builder.setBolt('rows', () => new Rows(rows)).globalGrouping(windows as never)
  const topology = await new LocalCluster().submit(builder.createTopology())
  await topology.complete()
  return rows.reduce((sum, [n]) => sum + (n as number), 0)
}

const timestamps = { field: 'at', intervalMs: 5 }

function sides(builder: TopologyBuilder<any>, firstOfRight: number) {
  return [
    builder.setSpout('left', () => new Events(0)).setTimestamps(timestamps),
    builder.setSpout('right', () => new Events(firstOfRight)).setTimestamps(timestamps),
  ] as const
}

for (const [kind, firstOfRight, expected] of [
  ['left', LIMIT, LIMIT],
  ['left', -50, LIMIT],
  ['left', 50, LIMIT],
  ['inner', -50, LIMIT - 50],
  ['inner', 50, LIMIT - 50],
] as const)
  for (const side of kind === 'left' ? (['left'] as const) : (['left', 'right'] as const))
    test(`no row of an interval join is late behind it: ${kind}, right keys from ${firstOfRight}, time of the ${side} row`, async (t) => {
      const found = await countedBehind((builder) => {
        const [left, right] = sides(builder, firstOfRight)
        const make = () =>
          new IntervalJoinBolt({
            left: { source: 'left', key: 'key' },
            right: { source: 'right', key: 'key' },
            beforeMs: 60,
            afterMs: 100,
            kind,
            select: 'left:at, right:at',
            timestampField: 'at',
          })
        return builder.setBolt('joined', make).fieldsGrouping(left, ['key']).fieldsGrouping(right, ['key']) as never
      }, `${side}:at`)
      t.is(found, expected)
    })

test('no row of a join of windows is late behind it', async (t) => {
  const found = await countedBehind((builder) => {
    const [left, right] = sides(builder, 0)
    const make = () =>
      new JoinBolt('left', 'key')
        .leftJoin('right', 'key', 'left')
        .select('left:at, right:key')
        .withTumblingWindow(Duration.ms(100))
        .withTimestampField('at')
        .withWatermarksOfSources()
    return builder.setBolt('joined', make).fieldsGrouping(left, ['key']).fieldsGrouping(right, ['key']) as never
  }, 'left:at')
  t.is(found, LIMIT)
})

test('a window that fires again for what is late is not late behind it', async (t) => {
  const found = await countedBehind(
    (builder) => {
      const late = (n: number) => (n % 3 === 0 ? n - 80 : n)
      const source = builder.setSpout('source', () => new Events(0, late)).setTimestamps(timestamps)
      const make = () =>
        new KeyedWindowBolt({
          keys: [],
          window: tumbling(10),
          aggregates: { part: counting() },
          latenessMs: 100,
          accumulation: 'discarding',
          timestampField: 'at',
        })
      return builder.setBolt('parts', make).globalGrouping(source) as never
    },
    'end',
    summing('part'),
  )
  t.is(found, LIMIT)
})

test('what is late is in the state of a topology, and in its report', async (t) => {
  const builder = new TopologyBuilder('late', {}) as TopologyBuilder<any>
  const source = builder
    .setSpout('source', () => new Events(0, (n) => (n === LIMIT - 1 ? 0 : n)))
    .setTimestamps(timestamps)
  const aggregates = { n: counting() }
  const make = () => new KeyedWindowBolt({ keys: [], window: tumbling(10), aggregates, timestampField: 'at' })
  builder.setBolt('windows', make, 2).shuffleGrouping(source as never)
  const cluster = new LocalCluster()
  const topology = await cluster.submit(builder.createTopology())
  const report = await topology.complete()
  t.deepEqual(report.components['windows']?.counters, { late: 1 })
  t.is(report.components['source']?.counters, undefined)
})
