/** Runs one topology of the benchmark for a while and reads off rates, processor time and memory. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RunEvents } from '../daemon/events.ts'
import type { Nimbus } from '../daemon/nimbus.ts'
import type { RunReport } from '../daemon/report.ts'
import { runTopology } from '../daemon/run-topology.ts'
import { functionsOf, startDrpc } from '../drpc/start-drpc.ts'
import { messageOf } from '../errors/typhoon-error.ts'
import { loadTopology } from '../flux/load-topology.ts'
import { EMITTED } from '../stats/counters.ts'
import { type ConfigMap, resolveConfig } from '../topology/config.ts'

const TOPOLOGIES = fileURLToPath(new URL('./topologies.js', import.meta.url))
const LIMIT = fileURLToPath(new URL('./limit.js', import.meta.url))
const SNAPSHOT_MS = 50
/** From the first tuple on: until then processes start, which on a loaded machine takes as long as it likes. */
export const WARM_UP_MS = 2500
/** A topology that has emitted nothing for so long will not. */
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

/** Starts a topology, lets it warm up, hands it to `watch`, and drains it. */
export async function withTopology<T>(
  spec: RunSpec,
  watch: (nimbus: Nimbus) => Promise<T>,
  events: RunEvents = {},
): Promise<{ result: T; report: RunReport }> {
  const variables = { topology: spec.topology, ...spec.variables }
  const config = { 'topology.stats.interval.ms': SNAPSHOT_MS, ...spec.config }
  const { definition, file } = await loadTopology(TOPOLOGIES, { variables, config })
  const functions = functionsOf(definition.topology)
  const drpc =
    functions.length === 0 ? undefined : await startDrpc(resolveConfig(definition.topology.config), functions)
  try {
    const nimbus = await runTopology(definition, { file, variables, config }, events, drpc?.resources)
    const result = await Promise.race([
      watch(nimbus),
      nimbus.done.then((report) => Promise.reject(new Error(report.problem?.message ?? report.status))),
    ])
    nimbus.drain()
    return { result, report: await nimbus.done }
  } finally {
    await drpc?.close()
  }
}

/** The rate of one counter of one component over some seconds. */
export async function rateOf(spec: RunSpec, component: string, counter: number, seconds: number): Promise<Window> {
  const { result } = await withTopology(spec, async (nimbus) => {
    await warmUp(nimbus)
    const before = read(nimbus, component, counter)
    let peakBytes = 0
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) {
      await pause(SNAPSHOT_MS)
      peakBytes = Math.max(peakBytes, memoryOf(nimbus))
    }
    const after = read(nimbus, component, counter)
    const elapsed = (after.at - before.at) / 1000
    return {
      perSecond: (after.count - before.count) / elapsed,
      cores: (after.cpuMs - before.cpuMs) / 1000 / elapsed,
      peakBytes,
    }
  })
  return result
}

/**
 * Waits for the first tuple, and then for the compiler.
 * @param emits false: the spouts are not going to emit, so it waits until they may
 */
export async function warmUp(nimbus: Nimbus, emits = true, warmUpMs = WARM_UP_MS): Promise<void> {
  const until = performance.now() + FIRST_TUPLE_MS
  const hasEmitted = (): boolean => [...nimbus.tally.totals().values()].some(({ counters }) => counters[EMITTED]! > 0)
  const hasBegun = emits ? hasEmitted : () => nimbus.status === 'running'
  while (!hasBegun() && performance.now() < until) await pause(SNAPSHOT_MS)
  await pause(warmUpMs)
}

/** Bytes that the workers take together, by their latest reports. */
export function memoryOf(nimbus: Nimbus): number {
  return [...nimbus.tally.latest.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
}

/** What a component has counted until now. */
export function countOf(nimbus: Nimbus, component: string, counter: number): number {
  return nimbus.tally.totals().get(component)!.counters[counter]!
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

/** The cores that all workers together use for so long. */
export async function coresOver(nimbus: Nimbus, ms: number): Promise<number> {
  const before = { at: performance.now(), cpuMs: cpuMsOf(nimbus) }
  await pause(ms)
  return (cpuMsOf(nimbus) - before.cpuMs) / (performance.now() - before.at)
}

function cpuMsOf(nimbus: Nimbus): number {
  return [...nimbus.tally.latest.values()].reduce((sum, snapshot) => sum + snapshot.cpuMs, 0)
}

function read(nimbus: Nimbus, component: string, counter: number) {
  return { at: performance.now(), count: countOf(nimbus, component, counter), cpuMs: cpuMsOf(nimbus) }
}
