/**
 * What may happen to a topology, and when: drawn from a seed and from nothing else, so that a seed repeats it.
 *
 * The law: faults come one after the other, each in a part of the time of its own; what a fault is, whom it meets, when
 * and for how long depends on the seed, the kinds, the number of workers and the time alone.
 */
import { Prng } from '../util/prng.ts'

/** What may happen to a worker. */
export type FaultKind = 'kill' | 'stop' | 'cut' | 'slow' | 'disk-full' | 'clock'

/** All kinds, each with what it does. */
export const FAULT_KINDS: Readonly<Record<FaultKind, string>> = {
  kill: 'the worker is killed, as by SIGKILL',
  stop: 'the worker stands still for a while, as after SIGSTOP',
  cut: 'what is on the links to the worker is lost, and nobody can connect to it for a while',
  slow: 'what goes to the worker is late for a while',
  'disk-full': 'nothing can be written for a while',
  clock: 'the date is set forward or back',
}

/** Those that happen on the way between two workers. */
const BETWEEN: readonly FaultKind[] = ['cut', 'slow']

/** Something that happens. */
export interface Fault {
  readonly kind: FaultKind
  /** When it begins, milliseconds after the topology has begun to run. */
  readonly atMs: number
  /** Whom it meets. */
  readonly worker: number
  /** How long it lasts, milliseconds; 0 for a kill, which is over at once. */
  readonly forMs: number
  /** By how much the date jumps, or how late it is what goes to the worker; 0 otherwise. */
  readonly byMs: number
}

/** What is to be drawn. */
export interface Drawing {
  readonly kinds: readonly FaultKind[]
  /** They are numbered from 1 up. */
  readonly workers: number
  /** How long it is disturbed. */
  readonly ms: number
  /** How many faults there are in that time. */
  readonly count: number
  /** The longest that a fault lasts. */
  readonly longestMs: number
}

/** The kinds that such a topology can meet: between workers nothing happens where there is one alone. */
export function possible(kinds: readonly FaultKind[], workers: number): FaultKind[] {
  return kinds.filter((kind) => workers > 1 || !BETWEEN.includes(kind))
}

const HOUR_MS = 3_600_000
const MOST_LATE_MS = 200

/** In the order of their beginnings; none where no kind is possible. */
export function drawFaults(seed: number, { kinds, workers, ms, count, longestMs }: Drawing): Fault[] {
  const random = new Prng(seed)
  const all = possible(kinds, workers)
  if (all.length === 0) return []
  const part = ms / count
  return Array.from({ length: count }, (_, index): Fault => {
    // The same draws for each, so that the kinds of the others do not change what one is.
    const [which, when, whom, howLong, byHowMuch] = [1, 2, 3, 4, 5].map(() => random.next()) as Draws
    const kind = all[Math.floor(which * all.length)]!
    return {
      kind,
      atMs: Math.round(part * (index + when)),
      worker: 1 + Math.floor(whom * workers),
      // As often short as long: what is short is noticed by other means, or by none.
      forMs: kind === 'kill' ? 0 : Math.max(1, Math.round(longestMs * howLong ** 3)),
      byMs: byMs(kind, byHowMuch),
    }
  })
}

type Draws = [number, number, number, number, number]

function byMs(kind: FaultKind, drawn: number): number {
  if (kind === 'clock') return Math.round((2 * drawn - 1) * HOUR_MS)
  return kind === 'slow' ? 1 + Math.floor(drawn * MOST_LATE_MS) : 0
}
