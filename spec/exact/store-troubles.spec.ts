import test from 'ava'
import { CountBolt } from '../../lib/components/index.ts'
import {
  BasicBolt,
  fields,
  PermanentError,
  type Positions,
  type Problem,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  TyphoonError,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

/** A number every twenty milliseconds, for ever. */
class Slowly extends Spout<{ n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  #n = 0
  #context!: TaskContext
  #out!: SpoutOutputCollector<{ n: number }>

  override open(context: TaskContext, out: SpoutOutputCollector<{ n: number }>): void {
    this.#context = context
    this.#out = out
  }

  override nextTuple(): Promise<void> {
    return new Promise((resolve) => {
      this.#context.after(20, () => {
        this.#out.emit([this.#n++])
        resolve()
      })
    })
  }

  override position(): Positions {
    return { all: this.#n }
  }

  override seek(positions: Positions): void {
    this.#n = positions['all'] as number
  }
}

function counts(config: Readonly<Record<string, unknown>> = {}): TopologyDefinition {
  const builder = new TopologyBuilder('counts', {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 100,
    ...config,
  })
  builder.setSpout('numbers', () => new Slowly())
  builder.setBolt('count', () => new CountBolt()).grouping('numbers', 'default', { type: 'global' })
  return builder.createTopology()
}

const FULL = new TyphoonError('STATE_UNAVAILABLE', 'no space left on device')

const codes = (problems: readonly Problem[]): string[] => problems.map(({ code }) => code)

test('while snapshots cannot be written a run goes on, says so less and less often, and recovers', async (t) => {
  let isFull = false
  const snapshots = new MemorySnapshots((call) => {
    if (isFull && call === 'append') throw FULL
  })
  const cluster = new LocalCluster()
  const topology = await cluster.submit(counts(), { snapshots })
  await cluster.advanceTime(1000)
  const [before] = await snapshots.list()
  isFull = true
  await cluster.advanceTime(5000)
  t.is((await snapshots.list())[0], before)
  const [outage, ...others] = topology.outages
  t.deepEqual(others, [])
  t.deepEqual([outage?.what, outage?.problem.code, outage?.problem.where.worker], ['snapshot', 'STATE_UNAVAILABLE', 1])
  t.true(outage!.failures > 10)
  t.true(Date.parse(outage!.since) > 900 && Date.parse(outage!.since) < 1300, outage?.since)
  t.deepEqual(new Set(codes(topology.problems)), new Set(['STATE_UNAVAILABLE']))
  t.true(topology.problems.length >= 5 && topology.problems.length <= 7, `${topology.problems.length}`)
  isFull = false
  await cluster.advanceTime(1000)
  t.true((await snapshots.list())[0]! > before!)
  t.deepEqual(topology.outages, [])
  t.false(topology.isDone)
})

test('a run whose snapshots fail for too long ends with their error, and the next one goes on from the last', async (t) => {
  let isFull = false
  const snapshots = new MemorySnapshots((call) => {
    if (isFull && call === 'complete') throw FULL
  })
  const definition = counts({ 'topology.state.unavailable.limit.secs': 10 })
  const cluster = new LocalCluster()
  const topology = await cluster.submit(definition, { snapshots })
  await cluster.advanceTime(1000)
  const [last] = await snapshots.list()
  isFull = true
  const { status, problem, seconds } = await topology.complete()
  t.deepEqual([status, problem?.code], ['failed', 'STATE_UNAVAILABLE'])
  t.true(seconds >= 10 && seconds < 13, `${seconds}`)
  isFull = false
  t.is((await snapshots.list())[0], last)
  const again = await new LocalCluster().submit(definition, { snapshots })
  t.deepEqual(again.problems, [])
})

test('the snapshot after one that takes longer than the interval waits for it, which is said once', async (t) => {
  let pauseMs = 0
  const cluster = new LocalCluster()
  class Slow extends MemorySnapshots {
    underWay = 0
    most = 0
    override async complete(manifest: Parameters<MemorySnapshots['complete']>[0]): Promise<void> {
      this.most = Math.max(this.most, ++this.underWay)
      await new Promise<void>((resolve) => cluster.clock.after(pauseMs, resolve))
      this.underWay--
      await super.complete(manifest)
    }
  }
  const snapshots = new Slow()
  const topology = await cluster.submit(counts(), { snapshots })
  pauseMs = 3000
  await cluster.advanceTime(10_000)
  t.deepEqual(codes(topology.problems), ['SNAPSHOT_LATE'])
  pauseMs = 0
  await cluster.advanceTime(5000)
  pauseMs = 3000
  await cluster.advanceTime(5000)
  t.deepEqual(codes(topology.problems), ['SNAPSHOT_LATE', 'SNAPSHOT_LATE'])
  t.is(snapshots.most, 1)
})

/** What it prepares fails as long as it is told to. */
class Prepares extends BasicBolt {
  readonly #fails: () => unknown

  /** @param fails what is thrown, or rejected with where it is a promise; undefined: nothing */
  constructor(fails: () => unknown) {
    super()
    this.#fails = fails
  }

  override execute(): void {}

  override prepareCommit(): unknown {
    const failure = this.#fails()
    if (failure === undefined || failure instanceof Promise) return failure
    throw failure
  }
}

function prepared(fails: () => unknown): TopologyDefinition {
  const builder = new TopologyBuilder('prepared', {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 100,
  })
  builder.setSpout('numbers', () => new Slowly())
  builder.setBolt('sink', () => new Prepares(fails)).grouping('numbers', 'default', { type: 'global' })
  return builder.createTopology()
}

for (const [how, failure] of [
  ['throws', () => new Error('down')],
  ['rejects', () => Promise.reject(new Error('down'))],
] as const)
  test(`a bolt that ${how} as it prepares for a snapshot costs that snapshot, and nothing else`, async (t) => {
    let isDown = false
    const snapshots = new MemorySnapshots()
    const cluster = new LocalCluster()
    const topology = await cluster.submit(
      prepared(() => (isDown ? failure() : undefined)),
      { snapshots },
    )
    await cluster.advanceTime(1000)
    const [before] = await snapshots.list()
    isDown = true
    await cluster.advanceTime(2000)
    t.is((await snapshots.list())[0], before)
    t.deepEqual(new Set(codes(topology.problems)), new Set(['PREPARE_FAILED']))
    t.like(topology.problems[0], { where: { component: 'sink' } })
    isDown = false
    await cluster.advanceTime(1000)
    t.true((await snapshots.list())[0]! > before!)
    t.false(topology.isDone)
  })

test('a bolt that can never prepare ends the run at once', async (t) => {
  let isDown = false
  const cluster = new LocalCluster()
  const topology = await cluster.submit(
    prepared(() => (isDown ? new PermanentError('gone') : undefined)),
    { snapshots: new MemorySnapshots() },
  )
  await cluster.advanceTime(1000)
  isDown = true
  const { status, problem } = await topology.complete()
  t.deepEqual([status, problem?.code, problem?.where?.component], ['failed', 'PREPARE_FAILED', 'sink'])
})

test('where all snapshots were removed while it ran, a run that has lost something does not begin anew', async (t) => {
  const snapshots = new MemorySnapshots()
  const cluster = new LocalCluster()
  const topology = await cluster.submit(counts(), { snapshots })
  await cluster.advanceTime(1000)
  snapshots.lose('all')
  topology.killWorker(1)
  const { status, problem } = await topology.complete()
  t.deepEqual([status, problem?.code], ['failed', 'STATE_CORRUPT'])
})

test('where files of older snapshots were removed while it ran, the next one holds everything again', async (t) => {
  const snapshots = new MemorySnapshots()
  const cluster = new LocalCluster()
  const topology = await cluster.submit(counts(), { snapshots })
  await cluster.advanceTime(1000)
  const [before] = await snapshots.list()
  snapshots.lose('files')
  await cluster.advanceTime(1000)
  t.deepEqual(new Set(codes(topology.problems)), new Set(['STATE_CORRUPT']))
  const [whole] = await snapshots.list()
  t.true(whole! > before!)
  topology.killWorker(1)
  await cluster.advanceTime(5000)
  t.true((await snapshots.list())[0]! > whole!)
  t.deepEqual(codes(topology.problems), ['STATE_CORRUPT'])
})

test('a bolt that prepares what cannot be encoded ends the run at once, and is named', async (t) => {
  let isDone = false
  const cluster = new LocalCluster()
  const topology = await cluster.submit(
    prepared(() => (isDone ? Promise.resolve({ commit: () => {} }) : undefined)),
    { snapshots: new MemorySnapshots() },
  )
  await cluster.advanceTime(1000)
  isDone = true
  const { status, problem } = await topology.complete()
  t.deepEqual([status, problem?.code, problem?.where?.component], ['failed', 'CANNOT_ENCODE', 'sink'])
})
