import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  type KeyValueState,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { FeederSpout, LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

/** Counts all it gets in a state of this name. */
class Total extends BasicBolt<{ n: number }> {
  readonly #state: string
  readonly #totals: number[]
  #total!: KeyValueState<string, number>

  constructor(state: string, totals: number[]) {
    super()
    this.#state = state
    this.#totals = totals
  }

  override prepare(context: TaskContext): void {
    this.#total = context.state(this.#state)
  }

  execute(_tuple: Tuple, _out: BasicOutputCollector): void {
    this.#total.update('all', (total = 0) => total + 1)
  }

  override endOfInput(): void {
    this.#totals.push(this.#total.get('all') ?? 0)
  }
}

/** It keeps an object where `Total` keeps a number. */
class Counts extends BasicBolt<{ n: number }> {
  #total!: KeyValueState<string, { readonly n: number }>

  override prepare(context: TaskContext): void {
    this.#total = context.state('total')
  }

  execute(): void {
    this.#total.update('all', (total = { n: 0 }) => ({ n: total.n + 1 }))
  }
}

interface Options {
  readonly name?: string
  readonly id?: string
  readonly state?: string
  readonly tasks?: number
  readonly count?: number
  readonly spouts?: number
}

function totals(seen: number[], options: Options = {}): TopologyDefinition {
  const { name = 'totals', id = 'total', state = 'total', tasks = 2, count = 1000, spouts = 1 } = options
  const builder = new TopologyBuilder(name, {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 50,
    'topology.max.spout.pending': 1,
  })
  builder.setSpout('numbers', () => new SequenceSpout(count), spouts)
  builder.setBolt(id, () => new Total(state, seen), tasks).grouping('numbers', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

/** What is left of a run that has come to its end. */
async function ended(options: Options = {}): Promise<MemorySnapshots> {
  const snapshots = new MemorySnapshots()
  const topology = await new LocalCluster().submit(totals([], options), { snapshots })
  await topology.complete()
  return snapshots
}

const refused: Readonly<Record<string, Options>> = {
  'a component has another name': { id: 'sum' },
  'a state has another name': { state: 'sum' },
  'a task is no more that has keys of its own': { tasks: 1 },
}

for (const [what, options] of Object.entries(refused)) {
  test(`where ${what} a run does not begin, but when its user leaves the state behind`, async (t) => {
    const snapshots = await ended()
    await t.throwsAsync(new LocalCluster().submit(totals([], options), { snapshots }), {
      code: 'STATE_DROPPED',
    } as never)
    const seen: number[] = []
    const logs: string[] = []
    const topology = await new LocalCluster().submit(totals(seen, { ...options, count: 1500 }), {
      snapshots,
      allowDroppedState: true,
      events: { onLog: ({ level, message }) => void (level === 'warn' && logs.push(message)) },
    })
    t.is((await topology.complete()).status, 'completed')
  })
}

test('a state whose values have another form is reported by the run that goes on with it', async (t) => {
  const snapshots = new MemorySnapshots()
  const cluster = new LocalCluster()
  const fed = async (bolt: () => BasicBolt<{ n: number }>) => {
    const builder = new TopologyBuilder('fed', { 'topology.guarantee': 'exactly-once' })
    const feeder = new FeederSpout<{ n: number }>('n')
    builder.setBolt('total', bolt).shuffleGrouping(builder.setSpout('numbers', () => feeder))
    const topology = await cluster.submit(builder.createTopology(), { snapshots })
    feeder.feed([1])
    await topology.trackedWait(1)
    topology.drain()
    await topology.complete()
    return topology.problems.map(({ code, where }) => [code, where.component])
  }
  t.deepEqual(await fed(() => new Total('total', [])), [])
  t.deepEqual(await fed(() => new Total('total', [])), [])
  t.deepEqual(await fed(() => new Counts()), [['STATE_VERSION', 'total']])
})

test('a state of another topology is never taken', async (t) => {
  const snapshots = await ended()
  const other = new LocalCluster().submit(totals([], { name: 'others' }), { snapshots, allowDroppedState: true })
  await t.throwsAsync(other, { code: 'STATE_FOREIGN' } as never)
})

test('a run goes on with further tasks where its state belongs to those that there were', async (t) => {
  const snapshots = await ended()
  const seen: number[] = []
  const topology = await new LocalCluster().submit(totals(seen, { tasks: 4, spouts: 3 }), { snapshots })
  await topology.complete()
  t.deepEqual(topology.problems, [])
})
