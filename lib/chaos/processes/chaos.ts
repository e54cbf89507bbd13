/**
 * Runs a topology in real processes: without faults as fast as it goes, without faults at the pace of what follows, and
 * then once for each kind of fault, and once with all of them. What comes to its sinks is held against the first run.
 */
import { TyphoonError } from '../../index.ts'
import type { LoadedTopology } from '../../run/index.ts'
import { checkComparable, checkSeen } from '../comparable.ts'
import { drawFaults, FAULT_KINDS, type FaultKind, possible } from '../faults.ts'
import { deviationOf, type Oracle } from '../oracle.ts'
import { type DisturbedRun, type Verdict, verdictOf } from '../verdict.ts'
import { sinksOf, watchable } from '../witnessed.ts'
import { type RealRun, runDisturbed } from './disturbed-run.ts'

/** What is asked for. */
export interface ChaosOptions {
  readonly seed: number
  /** How long it is disturbed in all, milliseconds. */
  readonly forMs: number
  /** How far apart faults are, milliseconds. */
  readonly everyMs: number
  readonly faults: readonly FaultKind[]
  /** The bolts whose input is compared; its sinks unless given. */
  readonly watch?: readonly string[] | undefined
  readonly verify?: Oracle | undefined
  readonly signal?: AbortSignal | undefined
  /** Told of each run before it begins, and when it is over. */
  onRun(run: 'control' | FaultKind | 'all', outcome?: ChaosProgress): void
}

/** What came of a run. */
export interface ChaosProgress {
  readonly rows: number
  readonly seconds: number
}

/** What it has come to. */
export interface ChaosReport extends Verdict {
  readonly seed: number
  readonly topology: string
  readonly guarantee: string
  /** The bolts whose input was compared. */
  readonly watched: readonly string[]
  /** Kinds that cannot happen to this topology: between workers nothing happens where there is one. */
  readonly leftOut: readonly FaultKind[]
}

/** A kind has the same faults whichever others are asked for. */
const TURNS: readonly string[] = [...Object.keys(FAULT_KINDS), 'all']
const LONGEST_MS = 5000
/** A disturbed run may take so much longer than it is disturbed. */
const GRACE_MS = 120_000
/** The least that a control may take. */
const PATIENCE_MS = 60_000

/** @throws NOT_COMPARABLE, UNKNOWN_COMPONENT, why it never ran, or why the signal was aborted (rejects) */
export async function chaosOf(loaded: LoadedTopology, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, forMs, everyMs, watch, verify, signal } = options
  const { 'topology.workers': workers, 'topology.guarantee': guarantee } = loaded.config
  const sinks = watchable(loaded.definition, watch ?? sinksOf(loaded.definition))
  const kinds = possible(options.faults, workers)
  const control = await undisturbed(loaded, sinks, {}, options)
  checkSeen(control.rows)
  const turns: readonly (FaultKind | 'all')[] = kinds.length > 1 ? [...kinds, 'all'] : kinds
  const ms = forMs / Math.max(1, turns.length)
  const paces = pacesOf(control, loaded, ms)
  if (verify === undefined) checkComparable(control.rows, (await undisturbed(loaded, sinks, paces, options)).rows)
  const runs: DisturbedRun[] = []
  for (const kind of turns) {
    signal?.throwIfAborted()
    options.onRun(kind)
    const count = Math.max(1, Math.floor(ms / everyMs))
    const longestMs = Math.min(LONGEST_MS, ms / 2)
    const drawing = { kinds: kind === 'all' ? kinds : [kind], workers, ms, count, longestMs }
    const faults = drawFaults(seed + TURNS.indexOf(kind), drawing)
    const done = await runDisturbed({ loaded, sinks, paces, faults, limitMs: ms + GRACE_MS, signal })
    signal?.throwIfAborted()
    options.onRun(kind, progressOf(done))
    const deviation = await deviationOf(control.rows, done.rows, verify)
    const { times, deaths, recoveredMs, unended } = done
    const missed = faults.length - times
    const what = { faults: kind, seed, times, missed, deaths, recoveredMs, deviation }
    runs.push(unended === undefined ? what : { ...what, unended })
  }
  const leftOut = options.faults.filter((kind) => !kinds.includes(kind))
  const about = { seed, topology: loaded.name, guarantee, watched: sinks, leftOut }
  return { ...about, ...verdictOf(control.promised, runs) }
}

async function undisturbed(
  loaded: LoadedTopology,
  sinks: readonly string[],
  paces: Readonly<Record<string, number>>,
  { forMs, signal, onRun }: ChaosOptions,
): Promise<RealRun> {
  onRun('control')
  const limitMs = Math.max(PATIENCE_MS, 2 * forMs)
  const done = await runDisturbed({ loaded, sinks, paces, faults: [], limitMs, signal })
  signal?.throwIfAborted()
  if (done.unended !== undefined) throw notEnded(done.unended)
  onRun('control', progressOf(done))
  return done
}

function notEnded(why: string): TyphoonError {
  const message = `the run that nothing happens to does not come to its end: ${why}`
  const hint = 'give its sources an input that ends (a count, files); a longer --for waits longer'
  return new TyphoonError('NOT_COMPARABLE', message, { hint })
}

function progressOf({ rows, report }: RealRun): ChaosProgress {
  return { rows: rows.length, seconds: report.seconds }
}

/** Each spout emits what it has in the time in which it is disturbed, unless that takes longer anyway. */
function pacesOf({ report }: RealRun, { definition }: LoadedTopology, ms: number): Record<string, number> {
  const secs = ms / 1000
  if (report.seconds >= secs) return {}
  const spouts = Object.entries(report.components).filter(
    ([id]) => definition.topology.components[id]?.kind === 'spout',
  )
  return Object.fromEntries(spouts.map(([id, { emitted, tasks }]) => [id, emitted / tasks / secs]))
}
