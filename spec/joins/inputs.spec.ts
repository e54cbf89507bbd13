/** What windows and joins need of what comes to them is looked for before anything runs. */
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import { type AnyBolt, type BoltMaker, type DefinitionError, TopologyBuilder } from '../../lib/index.ts'
import { AsOfJoinBolt, DedupBolt, IntervalJoinBolt, JoinBolt, TableJoinBolt } from '../../lib/joins/index.ts'
import { Duration, KeyedWindowBolt, tumbling, WindowedBolt } from '../../lib/windows/index.ts'

const timestamps = { field: 'n' }
const left = { source: 'orders', key: 'n' }
const right = { source: 'payments', key: 'n' }
const select = 'left:n, right:n'

interface More {
  readonly tasks?: number
  readonly shuffles?: boolean
  readonly sourceHasTime?: boolean
}

/** Code and option of each problem. */
function problemsOf(
  make: () => AnyBolt | BoltMaker,
  { tasks = 1, shuffles = false, sourceHasTime = false }: More = {},
): string[] {
  const builder = new TopologyBuilder('inputs', {}) as TopologyBuilder<any>
  const sources = ['orders', 'payments'].map((id) => builder.setSpout(id, () => new SequenceSpout(10)))
  if (sourceHasTime) for (const source of sources) source.setTimestamps(timestamps)
  const bolt = builder.setBolt('bolt', make, tasks)
  for (const source of sources)
    if (shuffles) bolt.shuffleGrouping(source as never)
    else bolt.fieldsGrouping(source as never, ['n'] as never)
  try {
    builder.createTopology()
    return []
  } catch (error) {
    return (error as DefinitionError).problems.map(({ code, where }) => `${code} ${where.path ?? where.component}`)
  }
}

const keyed = (more: object) => () =>
  new KeyedWindowBolt({ keys: ['n'], window: tumbling(10), aggregates: { c: 'count' }, timestamps, ...more })
const interval = (more: object) => () => new IntervalJoinBolt({ left, right, select, timestamps, ...more })
const asOf = (more: object) => () => new AsOfJoinBolt({ left, right, select, timestamps, ...more })
const table = (more: object) => () => new TableJoinBolt({ left, right, select, ...more })
const dedup = (more: object) => () => new DedupBolt({ id: ['n'], fields: ['n'], withinMs: 10, ...more })
/** Of tuples: by the watermarks of the sources, unless said. */
const windowed =
  (timed = (bolt: WindowedBolt): WindowedBolt => bolt.withWatermarksOfSources()) =>
  () =>
    timed(new Ignore().withTumblingWindow(Duration.ms(10)).withTimestampField('n'))
const windowJoin =
  (change: (join: JoinBolt) => JoinBolt = (join) => join.select('orders:n, payments:n')) =>
  () =>
    change(new JoinBolt('orders', 'n').join('payments', 'n', 'orders')).withTumblingWindow(Duration.ms(10))

class Ignore extends WindowedBolt {
  override execute(): void {}
}

const ofSources = { timestamps: undefined, timestampField: 'n' }

const WRONG: readonly (readonly [what: string, () => AnyBolt | BoltMaker, string, More?])[] = [
  ['a key of a window', keyed({ keys: ['m'] }), 'UNKNOWN_FIELD keys'],
  ['the field of an aggregate', keyed({ aggregates: { c: { sum: 'm' } } }), 'UNKNOWN_FIELD aggregates.c'],
  [
    'the time of a window',
    keyed({ timestamps: undefined, timestampField: 'm' }),
    'UNKNOWN_FIELD timestampField',
    { sourceHasTime: true },
  ],
  ['watermarks of sources that make none', keyed(ofSources), 'BAD_WINDOW timestampField'],
  ['watermarks for a join', interval(ofSources), 'BAD_JOIN timestampField'],
  ['watermarks for what comes once', dedup(ofSources), 'BAD_JOIN timestampField'],
  ['watermarks for a join with what held', asOf(ofSources), 'BAD_JOIN timestampField'],
  ['watermarks for windows of tuples', windowed(), 'BAD_WINDOW bolt'],
  [
    'watermarks for a join of windows',
    windowJoin((join) => join.select('orders:n').withTimestampField('n').withWatermarksOfSources()),
    'BAD_WINDOW bolt',
  ],
  [
    'the time of a window of tuples',
    windowed((bolt) => bolt.withTimestampField('m').withWatermarksOfSources()),
    'UNKNOWN_FIELD bolt',
    { sourceHasTime: true },
  ],
  [
    'a side of a join of windows',
    () => new JoinBolt('order', 'n').select('n').withTumblingWindow(Duration.ms(10)),
    'BAD_JOIN bolt',
  ],
  [
    'the key of such a side',
    () => new JoinBolt('orders', 'id').select('n').withTumblingWindow(Duration.ms(10)),
    'UNKNOWN_FIELD bolt',
  ],
  ['what is selected of such a side', windowJoin((join) => join.select('payments:y')), 'UNKNOWN_FIELD bolt'],
  ['the grouping of such a join', windowJoin(), 'BAD_JOIN bolt', { tasks: 3, shuffles: true }],
  ['a side that is no source', interval({ left: { ...left, source: 'order' } }), 'BAD_JOIN left'],
  ['a side that no stream is of', asOf({ right: { stream: 'prices', key: 'n' } }), 'BAD_JOIN right'],
  ['a source of both sides', asOf({ right: left }), 'BAD_JOIN right'],
  ['the key of a side', interval({ left: { ...left, key: 'id' } }), 'UNKNOWN_FIELD left.key'],
  ['what is selected of a side', asOf({ select: 'left:n, right:y' }), 'UNKNOWN_FIELD select'],
  ['what is selected of any side', table({ select: 'x' }), 'UNKNOWN_FIELD select'],
  ['what deletes from a table', table({ deletedBy: 'gone' }), 'UNKNOWN_FIELD deletedBy'],
  ['an id', dedup({ id: ['id'] }), 'UNKNOWN_FIELD id'],
  ['what goes on of a tuple', dedup({ fields: ['m'] }), 'UNKNOWN_FIELD fields'],
  ['the grouping of a join', interval({}), 'BAD_JOIN bolt', { tasks: 3, shuffles: true }],
  ['the grouping of a table', table({}), 'BAD_JOIN bolt', { tasks: 3, shuffles: true }],
  ['the grouping of what comes once', dedup({}), 'BAD_JOIN bolt', { tasks: 3, shuffles: true }],
  ['two words for the time', keyed({ timestampField: 'n' }), 'BAD_WINDOW bolt'],
  ['two words for the time of a join', interval({ timestampField: 'n' }), 'BAD_JOIN bolt'],
  ['a setting of timestamps', keyed({ timestamps: { field: 'n', lag: 5 } }), 'BAD_CONFIG timestamps'],
]

for (const [what, make, expected, more] of WRONG)
  test(`it is found before anything runs, if it does not fit: ${what}`, (t) => {
    t.true(problemsOf(make, more).includes(expected), problemsOf(make, more).join('; '))
  })

test('what fits is let through', (t) => {
  const byItself = windowed((bolt) => bolt)
  for (const make of [keyed({}), interval({}), asOf({}), table({}), dedup({}), windowJoin(), byItself]) {
    t.deepEqual(problemsOf(make), [])
    t.deepEqual(problemsOf(make, { tasks: 3 }), [])
    t.deepEqual(problemsOf(make, { shuffles: true }), [])
  }
  for (const make of [keyed(ofSources), interval(ofSources), dedup(ofSources), windowed()])
    t.deepEqual(problemsOf(make, { sourceHasTime: true }), [])
})
