/**
 * What disturbed runs have come to, in a table, and whether that is what the topology promises.
 *
 * The law: a promise is broken by what it excludes, and by a run that does not come to its end; by nothing else. Rows
 * that an undisturbed run did not have are no loss, but where tuples have their effect exactly once there must be none.
 * Where nothing is tracked, no tuple is emitted again because it has failed; but a source whose worker was started
 * again goes on from its last checkpoint, or from its beginning, so what comes twice is held against a run only if none
 * of its workers has ended.
 */
import type { HowOften, Promised } from '../scheduler/promises.ts'
import type { FaultKind } from './faults.ts'
import type { Difference } from './tally.ts'

/** What may be wrong with what came out; with some of the rows, where they were compared. */
export type Deviation = Pick<Difference, 'lost' | 'doubled' | 'strange'> & Partial<Pick<Difference, 'examples'>>

/** One disturbed run. */
export interface DisturbedRun {
  /** Its kind of fault; several at once are `all`. */
  readonly faults: FaultKind | 'all'
  readonly seed: number
  /** How many faults have happened. */
  readonly times: number
  /** How many could not: their worker was not there, or the run was over. */
  readonly missed: number
  /** How long it took from each fault until tuples came out again, milliseconds; of those that came out again. */
  readonly recoveredMs: readonly number[]
  /** How many workers have ended. */
  readonly deaths: number
  readonly deviation: Deviation
  /** Why the run did not come to its end; undefined where it did. */
  readonly unended?: string
}

/** What came of one kind of fault. */
export interface ChaosLine extends Omit<Deviation, 'examples'> {
  readonly faults: FaultKind | 'all'
  readonly runs: number
  readonly times: number
  readonly missed: number
  readonly recovered?: { readonly medianMs: number; readonly longestMs: number }
  /** Runs that did not come to their end. */
  readonly unended: number
}

/** What it has come to, as plain JSON. */
export interface Verdict extends Promised {
  readonly isKept: boolean
  /** By kind of fault, in the order of the runs. */
  readonly lines: readonly ChaosLine[]
  /** The seeds of the runs that broke the promise, and how. */
  readonly broken: readonly DisturbedRun[]
}

/** What each promise excludes. */
const EXCLUDES: Readonly<Record<HowOften, readonly ('lost' | 'doubled' | 'strange')[]>> = {
  'exactly once': ['lost', 'doubled', 'strange'],
  'at least once': ['lost'],
  'at most once': ['doubled'],
  'no promise': [],
}

/** From the weakest on. */
const STRENGTH: readonly HowOften[] = ['no promise', 'at most once', 'at least once', 'exactly once']

/** The weakest of them: what holds for all. */
export function weakest(promises: readonly Promised[]): Promised {
  const [first] = [...promises].sort((a, b) => STRENGTH.indexOf(a.promise) - STRENGTH.indexOf(b.promise))
  return first ?? { promise: 'no promise', why: 'nothing comes out' }
}

/** Judges runs by what was promised. */
export function verdictOf({ promise, why }: Promised, runs: readonly DisturbedRun[]): Verdict {
  const kinds = [...new Set(runs.map(({ faults }) => faults))]
  const breaks = ({ deviation, unended, deaths }: DisturbedRun): boolean => {
    if (unended !== undefined) return true
    const mayBeginAgain = promise === 'at most once' && deaths > 0
    return !mayBeginAgain && EXCLUDES[promise].some((what) => deviation[what] > 0)
  }
  const broken = runs.filter(breaks)
  const lines = kinds.map((kind) =>
    lineOf(
      kind,
      runs.filter(({ faults }) => faults === kind),
    ),
  )
  return { promise, why, isKept: broken.length === 0, lines, broken }
}

function lineOf(faults: ChaosLine['faults'], runs: readonly DisturbedRun[]): ChaosLine {
  const sum = (of: (run: DisturbedRun) => number): number => runs.reduce((total, run) => total + of(run), 0)
  const recovered = runs.flatMap(({ recoveredMs }) => recoveredMs).sort((a, b) => a - b)
  const medianMs = recovered[Math.floor((recovered.length - 1) / 2)]
  return {
    faults,
    runs: runs.length,
    times: sum(({ times }) => times),
    missed: sum(({ missed }) => missed),
    ...(medianMs === undefined ? {} : { recovered: { medianMs, longestMs: recovered.at(-1)! } }),
    lost: sum(({ deviation }) => deviation.lost),
    doubled: sum(({ deviation }) => deviation.doubled),
    strange: sum(({ deviation }) => deviation.strange),
    unended: sum(({ unended }) => (unended === undefined ? 0 : 1)),
  }
}
