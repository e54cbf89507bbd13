/** What an export to Storm refuses: each with its place. */
import test from 'ava'
import { StdinSpout } from '../../lib/components/index.ts'
import { LinearDRPCTopologyBuilder } from '../../lib/drpc/index.ts'
import { refusedOf, warningsOf } from '../../lib/export/storm/refused.ts'
import {
  BasicBolt,
  type ConfigMap,
  direct,
  fields,
  number,
  Spout,
  StatefulBolt,
  string,
  TopologyBuilder,
  type TopologyDefinition,
} from '../../lib/index.ts'
import { ShellBolt, ShellSpout } from '../../lib/multilang/index.ts'
import { FixedBatchSpout, TridentTopology } from '../../lib/trident/index.ts'

const words = fields({ word: string, at: number })

class Words extends Spout<any> {
  override readonly outputs = words as never
  override nextTuple(): void {}
}

class Noting extends Words {
  override noted(): void {}
}

class Sink extends BasicBolt {
  override execute(): void {}
}

class Timed extends Sink {
  override onTimer(): void {}
}

class Watching extends Sink {
  override onWatermark(): void {}
}

class Ending extends Sink {
  override endOfInput(): void {}
}

class Direct extends Sink {
  override readonly outputs = { default: words, answers: direct(words) } as never
}

class Counting extends StatefulBolt {
  override initState(): void {}
  override execute(): void {}
}

interface Case {
  readonly title: string
  readonly config?: ConfigMap
  readonly spout?: () => Spout
  readonly bolt?: () => BasicBolt | ShellBolt
  readonly more?: (builder: TopologyBuilder) => void
  /** Where it says that something is wrong; none: nothing is. */
  readonly where: readonly object[]
}

const CASES: readonly Case[] = [
  { title: 'spouts and bolts that only emit and execute', where: [] },
  { title: 'a bolt with a state, which its child keeps', bolt: () => new Counting(), where: [] },
  {
    title: 'exactly once',
    config: { 'topology.guarantee': 'exactly-once' },
    where: [{ key: 'topology.guarantee' }],
  },
  {
    title: 'a serializer other than JSON',
    config: { 'topology.multilang.serializer': 'msgpack' },
    where: [{ key: 'topology.multilang.serializer' }],
  },
  {
    title: "Storm's own JSON",
    config: { 'topology.multilang.serializer': 'org.apache.storm.multilang.JsonSerializer' },
    where: [],
  },
  {
    title: 'a timeout of a part of a second',
    config: { 'topology.message.timeout.secs': 1.5 },
    where: [{ key: 'topology.message.timeout.secs' }],
  },
  {
    title: 'a receive buffer that is no power of 2',
    config: { 'topology.executor.receive.buffer.size': 1000 },
    where: [{ key: 'topology.executor.receive.buffer.size' }],
  },
  {
    title: 'a receive buffer that is one',
    config: { 'topology.executor.receive.buffer.size': 1024 },
    where: [],
  },
  {
    title: 'a tick of a component in a part of a second',
    more: (builder) =>
      void builder
        .setBolt('other', () => new Ending())
        .addConfigurations({ 'topology.tick.tuple.freq.secs': 0.5 })
        .grouping('words', 'default', { type: 'shuffle' }),
    where: [{ component: 'other', key: 'topology.tick.tuple.freq.secs' }],
  },
  { title: 'a worker hook', more: (builder) => void builder.addWorkerHook(() => ({})), where: [{}] },
  {
    title: 'timestamps',
    more: (builder) => {
      const other = builder.setBolt('other', () => new Sink()).grouping('words', 'default', { type: 'shuffle' })
      other.setTimestamps({ field: 'at' })
    },
    where: [{ component: 'other' }],
  },
  { title: 'timers that last', bolt: () => new Timed(), where: [{ component: 'sink' }] },
  { title: 'watermarks', bolt: () => new Watching(), where: [{ component: 'sink' }] },
  { title: 'notes to a spout', spout: () => new Noting(), where: [{ component: 'words' }] },
  { title: 'a spout that reads stdin', spout: () => new StdinSpout(), where: [{ component: 'words' }] },
  { title: 'a direct stream', bolt: () => new Direct(), where: [{ component: 'sink', stream: 'answers' }] },
  {
    title: 'a grouping of its own',
    more: (builder) =>
      void builder
        .setBolt('other', () => new Sink())
        .grouping('words', 'default', { type: 'custom' }, () => ({ chooseTasks: () => [] })),
    where: [{ component: 'other', from: 'words', stream: 'default' }],
  },
  {
    title: 'a bolt in another language',
    bolt: () => new ShellBolt(['python3', 'split.py']),
    where: [{ component: 'sink' }],
  },
  {
    title: 'a spout in another language',
    spout: () => new ShellSpout(['python3', 'words.py'], ['word', 'at']),
    where: [{ component: 'words' }],
  },
]

for (const { title, where, ...given } of CASES)
  test(`${title}: ${where.length === 0 ? 'nothing is refused' : 'refused, with its place'}`, (t) => {
    const found = refusedOf(definitionOf(given))
    t.deepEqual(
      found.map((one) => ({ code: one.code, where: one.where })),
      where.map((one) => ({ code: 'NOT_IN_STORM', where: one })) as never,
    )
  })

test('everything that is wrong is found in one go', (t) => {
  const found = refusedOf(
    definitionOf({
      config: { 'topology.guarantee': 'exactly-once' },
      spout: () => new StdinSpout(),
      bolt: () => new Timed(),
    }),
  )
  t.is(found.length, 3)
})

test('of a topology of Trident streams it is said once, and not of all that they were made into', (t) => {
  const trident = new TridentTopology('words')
  trident.newStream('words', () => new FixedBatchSpout(fields({ word: string }), 1, ['a']))
  const [problem, ...others] = refusedOf(trident.build())
  t.is(problem?.code, 'NOT_IN_STORM')
  t.deepEqual(others, [])
})

test('of a topology that answers functions of DRPC it is said once', (t) => {
  const linear = new LinearDRPCTopologyBuilder('shout')
  linear.addBolt(
    () =>
      new (class extends BasicBolt {
        override readonly outputs = fields({ id: string, result: string }) as never
        override execute(): void {}
      })(),
  )
  const [problem, ...others] = refusedOf(linear.createRemoteTopology())
  t.is(problem?.code, 'NOT_IN_STORM')
  t.deepEqual(others, [])
})

test('whoever waits for the end of the input is warned, by name', (t) => {
  t.deepEqual(warningsOf(definitionOf({})), [])
  const [warning, ...others] = warningsOf(definitionOf({ bolt: () => new Ending() }))
  t.regex(warning!, /"sink"/)
  t.deepEqual(others, [])
})

function definitionOf({
  config = {},
  spout = () => new Words(),
  bolt = () => new Sink(),
  more,
}: Omit<Case, 'title' | 'where'>): TopologyDefinition {
  const builder = new TopologyBuilder<any>('words', config)
  builder.setSpout('words', spout)
  builder.setBolt('sink', bolt as () => BasicBolt).grouping('words', 'default', { type: 'shuffle' })
  more?.(builder)
  return builder.createTopology()
}
