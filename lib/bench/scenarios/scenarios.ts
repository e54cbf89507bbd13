/** What the benchmark measures, what it is held against, and what is to be reached. */
import { type LogRecord, type Run, ratesBetween } from '../../run/index.ts'
import {
  type Counter,
  limitOf,
  metricsOf,
  pause,
  type RunSpec,
  rateBetween,
  rateOf,
  WARM_UP_MS,
  warmUp,
  withTopology,
} from '../measure.ts'
import type { Row, Scenario } from '../row.ts'
import type { LatencyLog } from '../topologies/components.ts'
import { EXACT_SCENARIOS } from './exact-scenarios.ts'
import { LONG_SERVICE_SCENARIOS, SERVICE_SCENARIOS } from './service-scenarios.ts'
import { SHELL_SCENARIOS } from './shell-scenarios.ts'
import { START_SCENARIOS } from './start-scenarios.ts'
import { TRIDENT_SCENARIOS } from './trident-scenarios.ts'
import { WINDOW_SCENARIOS } from './window-scenarios.ts'

const UNTRACKED = { 'topology.acker.executors': 0 }
const TWO_WORKERS = { 'topology.workers': 2 }

export const SCENARIOS: readonly Scenario[] = [
  wordCount('one-raw', 'word count, one worker, unacked', { topology: 'word-count', config: UNTRACKED }),
  wordCount('one', 'word count, one worker, acked', { topology: 'word-count' }),
  wordCount('two', 'word count, two workers, acked', {
    topology: 'word-count',
    config: TWO_WORKERS,
    variables: { workers: '2' },
  }),
  throughput('ConstSpoutOnly', { topology: 'const-spout-only' }, 'const', 'emitted', undefined),
  throughput('ConstSpoutNullBolt, one worker', { topology: 'const-spout-null-bolt' }, 'const', 'acked', 2e6),
  throughput(
    'ConstSpoutNullBolt, crossing',
    { topology: 'const-spout-null-bolt', config: TWO_WORKERS },
    'const',
    'acked',
    undefined,
  ),
  throughput('ConstSpoutIdBoltNullBolt', { topology: 'const-spout-id-bolt-null-bolt' }, 'const', 'acked', undefined),
  throughput('FileReadWordCount, words', { topology: 'file-read-word-count' }, 'count', 'executed', undefined),
  latency(50_000, { p50: 3, p99: 10, p999: 25 }),
  latency(1000, { p99: 3 }),
  { name: 'cores-by-rate', run: coresByRate },
  { name: 'pending-roots', run: pendingRoots },
  { name: 'recovery', run: recovery },
  ...START_SCENARIOS,
  ...SHELL_SCENARIOS,
  ...TRIDENT_SCENARIOS,
  ...EXACT_SCENARIOS,
  ...WINDOW_SCENARIOS,
  ...SERVICE_SCENARIOS,
]

/** Not part of the usual run: they take long. */
export const LONG_SCENARIOS: readonly Scenario[] = [
  { name: 'slow-bolt', run: () => slowBolt({ topology: 'slow-bolt' }, 'within a worker') },
  { name: 'slow-bolt-crossing', run: () => slowBolt({ topology: 'slow-bolt', config: TWO_WORKERS }, 'across workers') },
  ...LONG_SERVICE_SCENARIOS,
]

function wordCount(program: string, name: string, spec: RunSpec): Scenario {
  return {
    name: `word-count-${program}`,
    async run(seconds) {
      const limit = await limitOf(program, seconds)
      const window = await rateOf(spec, 'count', 'executed', seconds)
      const limitRow: Row = { name: `limit ${program}`, value: limit, unit: typeof limit === 'number' ? 'words/s' : '' }
      const row = { name, value: window.perSecond, unit: 'words/s', cores: window.cores, peakBytes: window.peakBytes }
      if (typeof limit !== 'number') return [limitRow, row]
      const ratio = window.perSecond / limit
      return [limitRow, { ...row, ratio, goal: 'ratio 0.35, aim 0.6', reached: ratio >= 0.35 }]
    },
  }
}

function throughput(
  name: string,
  spec: RunSpec,
  component: string,
  counter: Counter,
  goal: number | undefined,
): Scenario {
  return {
    name: name.toLowerCase().replace(/\W+/g, '-'),
    async run(seconds) {
      const { perSecond, cores, peakBytes } = await rateOf(spec, component, counter, seconds)
      const unit = counter === 'executed' ? 'words/s' : counter === 'acked' ? 'roots/s acked' : 'tuples/s'
      const row: Row = { name, value: perSecond, unit, cores, peakBytes }
      return [
        goal === undefined
          ? row
          : { ...row, goal: `${goal / 1e6} M, aim ${(goal * 2) / 1e6} M`, reached: perSecond >= goal },
      ]
    },
  }
}

type LatencyGoal = Partial<Record<'p50' | 'p99' | 'p999', number>>

/** Sentences at a fixed rate through two workers: how long they took, and the cores of both workers. */
async function paced(rate: number, seconds: number, warmUpMs = WARM_UP_MS): Promise<LatencyLog & { cores: number }> {
  const logs: LogRecord[] = []
  const variables = { rate: String(rate), warmUpMs: String(warmUpMs) }
  // Reports as often as by default: each costs the worker a moment.
  const config = { ...TWO_WORKERS, 'topology.stats.interval.ms': 500 }
  const measure = async (running: Run): Promise<number> => {
    await warmUp(running, rate > 0, warmUpMs)
    const before = metricsOf(running)
    await pause(seconds * 2000)
    return ratesBetween(before, metricsOf(running)).cores
  }
  const { result: cores } = await withTopology({ topology: 'throughput-vs-latency', variables, config }, measure, {
    onLog: (record) => logs.push(record),
  })
  const log = JSON.parse(logs.findLast((record) => record.component === 'lines')!.message) as LatencyLog
  return { ...log, cores }
}

function latency(rate: number, goals: LatencyGoal): Scenario {
  return {
    name: `throughput-vs-latency-${rate}`,
    async run(seconds) {
      const { latencyMs, failed } = await paced(rate, seconds)
      return (['p50', 'p99', 'p999', 'max'] as const).map((part): Row => {
        const name = `ThroughputVsLatency ${rate}/s, two workers, ${part}`
        const goal = part === 'max' ? undefined : goals[part]
        const row: Row = { name, value: latencyMs[part], unit: failed === 0 ? 'ms' : `ms, ${failed} failed` }
        return goal === undefined
          ? row
          : { ...row, goal: `${goal} ms`, reached: latencyMs[part] <= goal && failed === 0 }
      })
    },
  }
}

/** With little to do the compiler works for half a minute; only what the topology costs after that counts. */
const RARE_WARM_UP_MS = 30_000

/**
 * What a topology with little to do costs: sentences per second, and the cores of both workers that are to do for them.
 */
const CORES_BY_RATE: readonly (readonly [rate: number, goal: number])[] = [
  [0, 0.02],
  [100, 0.08],
  [1000, 0.25],
  [10_000, 0.5],
]

async function coresByRate(seconds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const [rate, goal] of CORES_BY_RATE) {
    const { cores, latencyMs } = await paced(rate, seconds, RARE_WARM_UP_MS)
    const p99 = rate === 0 ? '' : `, p99 ${latencyMs.p99.toFixed(1)} ms`
    const name = `two workers at ${rate} sentences/s${p99}`
    rows.push({ name, value: cores, unit: 'cores', goal: String(goal), reached: cores <= goal })
  }
  return rows
}

async function pendingRoots(): Promise<Row[]> {
  const roots = 1_000_000
  const logs: { tuples: number; bytes: number }[] = []
  const config = {
    'topology.max.spout.pending': roots,
    'topology.enable.message.timeouts': false,
    'topology.worker.childopts': ['--expose-gc'],
    'topology.drain.timeout.secs': 0,
  }
  const whenFull = async (): Promise<void> => {
    while (logs.length < 2) await pause(50)
  }
  await withTopology({ topology: 'pending-roots', config }, whenFull, {
    onLog: ({ message }) => logs.push(JSON.parse(message)),
  })
  const perRoot = (logs[1]!.bytes - logs[0]!.bytes) / (logs[1]!.tuples - logs[0]!.tuples)
  return [
    {
      name: '1,000,000 pending roots, acker and spout',
      value: perRoot,
      unit: 'bytes/root',
      goal: '400, aim 200',
      reached: perRoot <= 400,
    },
  ]
}

/**
 * Kills one of two workers, and waits until 300 ms have four fifths of the rate from before (10 % up or down is noise
 * here).
 */
async function recovery(): Promise<Row[]> {
  const spec = { topology: 'word-count', config: TWO_WORKERS, variables: { workers: '2' } }
  const { result: seconds } = await withTopology(spec, async (running) => {
    await warmUp(running)
    const rates = rateMeter(running)
    await pause(2000)
    const before = rates()
    running.killWorker(2)
    const killedAt = performance.now()
    const recent: number[] = []
    while (performance.now() < killedAt + 30_000) {
      await pause(100)
      recent.push(rates())
      const last = recent.slice(-3)
      const rate = last.reduce((sum, one) => sum + one, 0) / 3
      // Back since the beginning of those 300 ms.
      if (recent.length > 3 && rate >= before * 0.8) return (performance.now() - killedAt - 300) / 1000
    }
    return Number.POSITIVE_INFINITY
  })
  const name = 'SIGKILL of one of two workers: until throughput is back'
  return [{ name, value: seconds, unit: 's', goal: '2 s, aim 1 s', reached: seconds <= 2 }]
}

/** Words counted per second since the last call. */
function rateMeter(running: Run): () => number {
  let last = metricsOf(running)
  return () => {
    const now = metricsOf(running)
    const rate = rateBetween(last, now, 'count', 'executed')
    last = now
    return rate
  }
}

/** A spout without a limit before a bolt of 1 ms: the memory of every process over a minute, the most of each 10 s. */
async function slowBolt(spec: RunSpec, where: string): Promise<Row[]> {
  const config = { ...spec.config, 'topology.drain.timeout.secs': 1, 'topology.stats.interval.ms': 500 }
  const { result: samples } = await withTopology({ ...spec, config }, async (running) => {
    const taken: Map<string, number>[] = []
    for (let half = 0; half < 120; half++) {
      await pause(500)
      const workers = Object.entries(metricsOf(running).workers).map(
        ([worker, { memoryBytes }]) => [`worker ${worker}`, memoryBytes] as const,
      )
      taken.push(new Map([...workers, ['parent', process.memoryUsage.rss()]]))
    }
    return taken
  })
  return [...samples.at(-1)!.keys()].sort().map((name) => {
    const most = [0, 20, 40, 60, 80, 100].map((from) =>
      Math.max(...samples.slice(from, from + 20).map((sample) => sample.get(name) ?? 0)),
    )
    const value = most.map((bytes) => (bytes / 1e6).toFixed(0)).join(' ')
    return { name: `1 ms bolt ${where}, memory of ${name}`, value, unit: 'MB' }
  })
}
