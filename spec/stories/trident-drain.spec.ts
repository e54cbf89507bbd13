/**
 * The end of a run of Trident that is asked to end: what was begun is committed or among the dead letters, nothing new
 * is taken, and the counts add up.
 */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ReliableSpout } from '../../lib/components/index.ts'
import { type ConfigMap, fields } from '../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../lib/testing/index.ts'
import {
  type AnyTridentSpout,
  type BatchCollector,
  type BatchSpout,
  Count,
  coreSpout,
  embeddedMap,
  MemoryTransactionalSpout,
  OpaqueMemoryTransactionalSpout,
  TridentTopology,
} from '../../lib/trident/index.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'

type Number = { n: number }
const N = fields<Number>('n')
const ROWS = Array.from({ length: 100_000 }, (_, n) => [n] as const)

/** Never ends. */
class Endless implements BatchSpout<Number> {
  readonly kind = 'non-transactional'
  readonly outputs = N
  #next = 0

  emitBatch(_: unknown, collector: BatchCollector<Number>): void {
    for (let i = 0; i < 10; i++) collector.emit([this.#next++])
  }
}

/** Never ends, and emits what its batch was lost with by itself. */
class EndlessReliable extends ReliableSpout<Number> {
  override readonly outputs = N
  #next = 0

  protected produce(): void {
    this.emit([this.#next], this.#next++)
  }

  protected isInputExhausted(): boolean {
    return false
  }
}

const SPOUTS: Readonly<Record<string, () => AnyTridentSpout<Number>>> = {
  'a transactional spout': () => new MemoryTransactionalSpout(N, 10, [ROWS]),
  'an opaque spout': () => new OpaqueMemoryTransactionalSpout(N, 10, [ROWS]),
  'a spout without partitions': () => new Endless(),
  'a spout of the core': () => coreSpout(new EndlessReliable()),
}

interface Run {
  readonly cluster: LocalCluster
  readonly running: LocalTopology
  /** Rows that a step has seen. */
  readonly seen: Set<number>
  readonly counted: Set<number>
  /** Rows from this one on fail, until it is undefined. */
  failsFrom: number | undefined
  readonly letters: () => any[]
  readonly folder: string
}

async function start(
  t: ExecutionContext,
  {
    spout,
    isPoison = () => false,
    config = {},
  }: { spout: () => AnyTridentSpout<Number>; isPoison?(n: number): boolean; config?: ConfigMap },
): Promise<Run> {
  const folder = folderOf(t)
  const file = join(folder, 'letters.jsonl')
  const topology = new TridentTopology('drained', {
    'topology.workers': 2,
    'topology.state.dir': folder,
    'topology.state.sync': 'none',
    'topology.dead.letters.file': file,
    'topology.spout.max.batch.size': 10,
    'topology.replay.max.attempts': 1000,
    'topology.replay.max.delay.ms': 200,
    ...config,
  })
  const run: { -readonly [key in keyof Run]?: Run[key] } = {}
  const counted = new Set<number>()
  const seen = new Set<number>()
  topology
    .newStream('numbers', spout)
    .shuffle()
    .peek((tuple) => {
      const n = tuple.get('n')
      seen.add(n)
      if (isPoison(n) || n >= (run.failsFrom ?? Number.POSITIVE_INFINITY)) throw new Error(`not ${n}`)
    })
    .parallelismHint(2)
    .groupBy(['n'])
    .persistentAggregate('counts', embeddedMap<number>(), Count, fields<{ count: number }>('count'))
    .newValuesStream()
    .peek((tuple) => void counted.add(tuple.get('n')))
  const cluster = new LocalCluster({ seed: 11 })
  const running = await cluster.submit(topology.build())
  return Object.assign(run, { cluster, running, counted, seen, letters: () => jsonLinesIn(file), folder }) as Run
}

/**
 * What was begun is done. An opaque spout may have put less into the last attempt than was seen of an earlier one: what
 * it then leaves is still to come, and nothing before it is missing.
 */
function isWhole(t: ExecutionContext, spout: string, done: ReadonlySet<number>, seen: ReadonlySet<number>): void {
  const sorted = [...done].sort((a, b) => a - b)
  if (spout === 'an opaque spout')
    t.deepEqual(
      sorted,
      sorted.map((_, n) => n),
    )
  else
    t.deepEqual(
      sorted,
      [...seen].sort((a, b) => a - b),
    )
}

for (const [name, spout] of Object.entries(SPOUTS))
  for (const endsInput of [false, true])
    test(`of ${name} what has failed is replayed and committed before the run ends, and nothing new is taken: ${endsInput ? 'a limit of time' : 'a signal'}`, async (t) => {
      const run = await start(t, { spout })
      const { running, seen, counted } = run
      await running.waitUntil(() => counted.size > 50)
      run.failsFrom = Math.max(...seen) + 1
      await running.waitUntil(() => running.problems.length > 3)
      running.drain(endsInput)
      const begun = new Set(seen)
      await run.cluster.advanceTime(500)
      t.false(running.isDone)
      run.failsFrom = undefined
      const report = await running.complete()
      t.is(report.status, endsInput ? 'completed' : 'stopped')
      t.is(report.problem, undefined)
      isWhole(t, name, counted, seen)
      t.true(seen.size < begun.size + 200, 'the spout is not asked for more')
    })

test('where dead letters are allowed, what fails for ever is one when the run ends, and the rest is committed', async (t) => {
  for (const [name, spout] of Object.entries(SPOUTS)) {
    const config = { 'topology.trident.dead.letters': true, 'topology.replay.max.attempts': 2 }
    const { running, seen, counted, letters } = await start(t, { spout, config, isPoison: (n) => n === 57 })
    await running.waitUntil(() => seen.has(57))
    running.drain(true)
    const report = await running.complete()
    t.is(report.status, 'completed')
    t.is(report.problem, undefined)
    t.is(report.roots.deadLettered, 1)
    t.deepEqual(
      letters().map(({ values }) => values),
      [{ n: 57 }],
    )
    isWhole(t, name, new Set([...counted, 57]), seen)
  }
})

test('a coordinator that is lost while the run ends goes on with what was begun', async (t) => {
  for (const [name, spout] of Object.entries(SPOUTS).slice(0, 2)) {
    const run = await start(t, { spout, config: { 'topology.drain.timeout.secs': 300 } })
    const { running, seen, counted } = run
    await running.waitUntil(() => counted.size > 50)
    run.failsFrom = Math.max(...seen) + 1
    await running.waitUntil(() => running.problems.length > 3)
    running.drain(true)
    for (const worker of [1, 2]) {
      running.killWorker(worker as never)
      await run.cluster.advanceTime(3000)
    }
    run.failsFrom = undefined
    const report = await running.complete()
    t.is(report.status, 'completed', name)
    t.is(report.problem, undefined)
    isWhole(t, name, counted, seen)
  }
})

/** Batches wait for minutes between their attempts. */
const PATIENT = { 'topology.replay.delay.ms': 100_000, 'topology.replay.max.delay.ms': 300_000 }

for (const [name, spout] of Object.entries(SPOUTS))
  test(`of ${name} a batch that waits for minutes is tried at once when the run is to end, and committed`, async (t) => {
    const run = await start(t, { spout, config: PATIENT })
    const { running, seen, counted } = run
    await running.waitUntil(() => counted.size > 50)
    run.failsFrom = Math.max(...seen) + 1
    await running.waitUntil(() => running.problems.length > 0)
    await run.cluster.advanceTime(1000)
    run.failsFrom = undefined
    running.drain()
    await run.cluster.advanceTime(2000)
    t.true(running.isDone)
    t.is((await running.complete()).problem, undefined)
    isWhole(t, name, counted, seen)
  })

for (const endsInput of [false, true])
  for (const [name, spout] of Object.entries(SPOUTS).slice(0, 2))
    test(`of ${name} a batch that fails again is left when the run is to end, which says so; the next one begins with it: ${endsInput ? 'a limit of time' : 'a signal'}`, async (t) => {
      const run = await start(t, { spout, config: PATIENT })
      await run.running.waitUntil(() => run.counted.size > 50)
      run.failsFrom = Math.max(...run.seen) + 1
      await run.running.waitUntil(() => run.running.problems.length > 0)
      await run.cluster.advanceTime(1000)
      const tries = run.running.problems.length
      run.running.drain(endsInput)
      await run.cluster.advanceTime(6000)
      t.true(run.running.isDone)
      const { problem } = await run.running.complete()
      t.is(problem?.code, 'BATCHES_LEFT')
      t.is(problem?.where.component, 'coordinator')
      t.true(run.running.problems.length > tries, 'it was tried again')
      const { n, left } = { n: Math.max(...run.counted), left: run.failsFrom }
      const next = await start(t, { spout, config: { ...PATIENT, 'topology.state.dir': run.folder } })
      await next.running.waitUntil(() => next.counted.size > 50)
      t.is(Math.min(...next.seen), n + 1)
      t.true(n < left)
      next.running.drain()
      t.is((await next.running.complete()).problem, undefined)
    })

test('what is still owed when the time is up is counted as that', async (t) => {
  const run = await start(t, {
    spout: SPOUTS['a spout without partitions']!,
    config: { 'topology.drain.timeout.secs': 3 },
  })
  await run.running.waitUntil(() => run.counted.size > 50)
  run.failsFrom = Math.max(...run.seen) + 1
  await run.running.waitUntil(() => run.running.problems.length > 3)
  run.running.drain()
  const report = await run.running.complete()
  t.is(report.status, 'stopped')
  t.is(report.problem?.code, 'DRAIN_TIMEOUT')
  t.notRegex(report.problem!.message, /^0 /)
})
