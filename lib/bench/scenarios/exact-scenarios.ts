/** What is measured of states and snapshots: exactly once against at least once, in the same run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Run } from '../../run/index.ts'
import { countOf, pause, type RunSpec, rateOf, WARM_UP_MS, type Window, warmUp, withTopology } from '../measure.ts'
import type { Row, Scenario } from '../row.ts'
import type { LatencyLog } from '../topologies/components.ts'
import { MANY_WORDS } from '../topologies/exact-topologies.ts'

/** The configuration of exactly once. */
export const EXACTLY_ONCE = {
  'topology.workers': 2,
  'topology.guarantee': 'exactly-once',
  'topology.state.checkpoint.interval.ms': 1000,
  'topology.drain.timeout.secs': 5,
}
const AT_LEAST_ONCE = { 'topology.workers': 2, 'topology.drain.timeout.secs': 5 }
const RATE = 50_000
/** Words of an embedded state. */
const SOME_WORDS = 60_000

/** Part of the usual run. */
export const EXACT_SCENARIOS: readonly Scenario[] = [
  { name: 'exact-word-count', run: wordCounts },
  { name: 'exact-latency', run: latencies },
  { name: 'exact-stall', run: stall },
  { name: 'exact-recovery', run: recovery },
]

/** Two workers, half of the words crossing. */
async function wordCounts(seconds: number): Promise<Row[]> {
  const acked = await rateOf(
    { topology: 'word-count', variables: { workers: '2' }, config: AT_LEAST_ONCE },
    'count',
    'executed',
    seconds,
  )
  const few = await inState({ topology: 'exact-word-count' }, (spec) => rateOf(spec, 'count', 'executed', seconds))
  const many = await inState({ topology: 'exact-word-count', variables: { words: String(MANY_WORDS) } }, (spec) =>
    rateOf(spec, 'count', 'executed', seconds, allCounted(MANY_WORDS)),
  )
  const embedded = await inState(
    {
      topology: 'exact-word-count',
      variables: { words: String(SOME_WORDS) },
      config: { 'topology.state.backend': 'embedded' },
    },
    (spec) => rateOf(spec, 'count', 'executed', seconds, allCounted(SOME_WORDS)),
  )
  return [
    { name: 'word count, at least once', ...rateIn(acked) },
    cpuRow('word count, at least once', acked),
    against('word count, exactly once, a snapshot each second', few, acked, 1.1, 1.6),
    cpuRow('word count, exactly once, a snapshot each second', few, [0.5, 0.3]),
    against('word count, exactly once, embedded state, 60,000 keys', embedded, acked, 0.7, 1.1),
    against('word count, exactly once, 1,000,000 keys', many, acked, 0.6, 1),
  ]
}

function rateIn({ perSecond, cores, peakBytes }: Window): Omit<Row, 'name'> {
  return { value: perSecond, unit: 'words/s', cores, peakBytes }
}

function against(name: string, window: Window, acked: Window, goal: number, aim: number): Row {
  const ratio = window.perSecond / acked.perSecond
  return { name, ...rateIn(window), ratio, goal: `ratio ${goal}, aim ${aim}`, reached: ratio >= goal }
}

function cpuRow(what: string, { cores, perSecond }: Window, goal?: readonly [goal: number, aim: number]): Row {
  const value = (cores * 1e6) / perSecond
  const row: Row = { name: `${what}: processor time of a million words`, value, unit: 's' }
  return goal === undefined ? row : { ...row, goal: `${goal[0]} s, aim ${goal[1]} s`, reached: value <= goal[0] }
}

/** Sentences at a fixed rate over two workers: how long after they were due their words are counted. */
async function latencies(seconds: number): Promise<Row[]> {
  const once = await latency(AT_LEAST_ONCE, seconds)
  const exact = await inState({ topology: 'exact-latency' }, ({ config }) => latency(config!, seconds))
  const what = `from due to counted, ${RATE} sentences/s, two workers`
  const ratio = exact.p99 / once.p99
  return [
    { name: `${what}, at least once, p50`, value: once.p50, unit: 'ms' },
    { name: `${what}, at least once, p99`, value: once.p99, unit: 'ms' },
    { name: `${what}, exactly once, p50`, value: exact.p50, unit: 'ms' },
    {
      name: `${what}, exactly once, p99`,
      value: exact.p99,
      unit: 'ms',
      ratio,
      goal: 'ratio 1.2, aim 1',
      reached: ratio <= 1.2,
    },
  ]
}

async function latency(config: RunSpec['config'] & {}, seconds: number): Promise<LatencyLog['latencyMs']> {
  const logs: string[] = []
  const variables = { rate: String(RATE), warmUpMs: String(WARM_UP_MS) }
  const spec = { topology: 'exact-latency', variables, config: { ...config, 'topology.stats.interval.ms': 500 } }
  await withTopology(
    spec,
    async (running) => {
      await warmUp(running)
      await pause(seconds * 2000)
    },
    { onLog: ({ component, message }) => void (component === 'count' && logs.push(message)) },
  )
  return JSON.parse(logs.at(-1)!)
}

/** Snapshots of a large state of which a tenth changes, while words come at a fixed rate. */
async function stall(seconds: number): Promise<Row[]> {
  let ms = Number.NaN
  await inState({ topology: 'exact-stall', config: { 'topology.workers': 1 } }, (spec) =>
    withTopology(spec, () => pause(WARM_UP_MS + seconds * 2000), {
      onLog: ({ component, message }) => void (component === 'count' && (ms = Number(message))),
    }),
  )
  const name = 'longest stall of the event loop, a snapshot each second of 1,000,000 keys, 100,000 of them changed'
  return [{ name, value: ms, unit: 'ms', goal: '25 ms, aim 10 ms', reached: ms <= 25 }]
}

/** Kills one of two workers with a large state, and waits until words are counted again. */
async function recovery(): Promise<Row[]> {
  const spec = {
    topology: 'exact-word-count',
    variables: { words: String(MANY_WORDS) },
    config: { 'topology.stats.interval.ms': 10 },
  }
  const seconds = await inState(spec, async (inside) => {
    const { result } = await withTopology(inside, async (running) => {
      await allCounted(MANY_WORDS)(running)
      running.killWorker(2)
      const killedAt = performance.now()
      // Until all workers have ended, what was counted before may still be reported.
      while (running.status !== 'starting') await pause(2)
      const before = countOf(running, 'count', 'executed')
      while (countOf(running, 'count', 'executed') === before && performance.now() < killedAt + 60_000) await pause(2)
      return (performance.now() - killedAt) / 1000
    })
    return result
  })
  const name = 'SIGKILL of one of two workers, 1,000,000 keys: until words are counted again'
  return [{ name, value: seconds, unit: 's', goal: '2 s, aim 0.7 s', reached: seconds <= 2 }]
}

/** Waits until every word was counted, and a snapshot of all of them was taken. */
function allCounted(words: number): (running: Run) => Promise<void> {
  return async (running) => {
    await warmUp(running)
    while (countOf(running, 'count', 'executed') < 2 * words) await pause(50)
    await pause(2000)
  }
}

/** With snapshots in a directory of its own. */
export async function inState<T>(spec: RunSpec, measure: (spec: RunSpec) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'typhoon-bench-'))
  try {
    return await measure({ ...spec, config: { ...EXACTLY_ONCE, 'topology.state.dir': directory, ...spec.config } })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
