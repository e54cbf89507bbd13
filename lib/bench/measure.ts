/** Runs one topology of the benchmark for a while and reads off rates, processor time and memory. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../errors/typhoon-error.ts'
import type { ConfigMap } from '../index.ts'
import {
  memoryBytesOf,
  type Run,
  type RunListener,
  type RunMetrics,
  type RunReport,
  ratesBetween,
  run,
} from '../run/index.ts'

const TOPOLOGIES = fileURLToPath(new URL('./topologies/topologies.js', import.meta.url))
const LIMIT = fileURLToPath(new URL('./limit.js', import.meta.url))
const SNAPSHOT_MS = 50
/** The warm-up from the first tuple on. Until then processes start, which takes any time on a loaded machine. */
export const WARM_UP_MS = 2500
/** How long a topology may emit nothing before it is given up. */
const FIRST_TUPLE_MS = 60_000

/** Which topology to run, and how. */
export interface RunSpec {
  readonly topology: string
  readonly variables?: Readonly<Record<string, string>>
  readonly config?: ConfigMap
}

/** A window of a running topology. */
export interface Window {
  readonly perSecond: number
  /** Processor time of all workers in the window, cores. */
  readonly cores: number
  /** The most that the workers took together, bytes. */
  readonly peakBytes: number
}

/** What is counted of a component. */
export type Counter = 'emitted' | 'executed' | 'acked'

/** Starts a topology, hands it to `watch` when it runs, and drains it. */
export async function withTopology<T>(
  { topology, variables, config }: RunSpec,
  watch: (running: Run) => Promise<T>,
  listener: RunListener = {},
): Promise<{ result: T; report: RunReport }> {
  const running = run(TOPOLOGIES, {
    variables: { topology, ...variables },
    config: { 'topology.stats.interval.ms': SNAPSHOT_MS, ...config },
  })
  running.listen(listener)
  try {
    const result = await Promise.race([
      running.untilRunning().then(watch),
      running.done.then((report) => Promise.reject(new Error(report.problem?.message ?? report.status))),
    ])
    return { result, report: await running.drain() }
  } finally {
    await running.drain()
  }
}

/** The rate of one counter of one component over some seconds. @param warm what is waited for before */
export async function rateOf(
  spec: RunSpec,
  component: string,
  counter: Counter,
  seconds: number,
  warm: (running: Run) => Promise<void> = warmUp,
): Promise<Window> {
  const { result } = await withTopology(spec, async (running) => {
    await warm(running)
    const { before, now, peakBytes } = await spanOf(running, seconds * 1000)
    return {
      perSecond: rateBetween(before, now, component, counter),
      cores: ratesBetween(before, now).cores,
      peakBytes,
    }
  })
  return result
}

/** The metrics of a run before and after that time, and the most memory that its workers took together meanwhile. */
export async function spanOf(
  running: Run,
  ms: number,
): Promise<{ readonly before: RunMetrics; readonly now: RunMetrics; readonly peakBytes: number }> {
  const before = metricsOf(running)
  const end = performance.now() + ms
  let now = before
  let peakBytes = 0
  while (performance.now() < end) {
    await pause(SNAPSHOT_MS)
    now = metricsOf(running)
    peakBytes = Math.max(peakBytes, memoryBytesOf(now))
  }
  return { before, now, peakBytes }
}

/** How fast a counter of a component grew. */
export function rateBetween(before: RunMetrics, now: RunMetrics, component: string, counter: Counter): number {
  return ratesBetween(before, now).components.find(({ id }) => id === component)![`${counter}PerSecond`]
}

/**
 * Waits for the first tuple, and then for the compiler.
 * @param emits false: the spouts are not going to emit, so it waits until they may
 */
export async function warmUp(running: Run, emits = true, warmUpMs = WARM_UP_MS): Promise<void> {
  const until = performance.now() + FIRST_TUPLE_MS
  const hasEmitted = (): boolean => Object.values(metricsOf(running).components).some(({ emitted }) => emitted > 0)
  const hasBegun = emits ? hasEmitted : () => running.status === 'running'
  while (!hasBegun() && performance.now() < until) await pause(SNAPSHOT_MS)
  await pause(warmUpMs)
}

/** What a component has counted until now. */
export function countOf(running: Run, component: string, counter: Counter): number {
  return metricsOf(running).components[component]![counter]
}

/** Waits for real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Words per second of a limit program; why not, where it cannot run. */
export async function limitOf(program: string, seconds: number): Promise<number | string> {
  const child = spawn(process.execPath, [LIMIT, program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LIMIT_SECONDS: String(seconds) },
  })
  let out = ''
  let errors = ''
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (errors += text))
  await new Promise((resolve) => child.on('close', resolve))
  try {
    return (JSON.parse(out) as { wordsPerSecond: number }).wordsPerSecond
  } catch (error) {
    return errors.split('\n').find((line) => line.includes('Error')) ?? messageOf(error)
  }
}

/** The metrics of a topology that runs. */
export function metricsOf(running: Run): RunMetrics {
  return running.metrics()!
}
