/**
 * The last errors of a topology. The law: equal ones are one entry, however often they come, so that what fails a
 * thousand times in one way pushes nothing else out.
 */
import type { Problem } from '../../errors/typhoon-error.ts'

/** An error of a topology, and when it was. */
export interface TimedProblem {
  /** When it came last: ISO 8601, in UTC. */
  readonly time: string
  /** When it came first. */
  readonly since: string
  /** How often it has come. */
  readonly times: number
  /** As it was the last time. */
  readonly problem: Problem
  /** 0: none. */
  readonly worker: number
}

const MOST = 100

export class KeptProblems {
  readonly #now: () => Date
  /** In the order in which each has come last. */
  readonly #all = new Map<string, TimedProblem>()

  constructor(now: () => Date) {
    this.#now = now
  }

  /** The one that has come last is the last one. */
  get all(): readonly TimedProblem[] {
    return [...this.#all.values()]
  }

  /** @param worker whose it is; 0: of none @param times how often it has come */
  add(problem: Problem, worker: number, times = 1): void {
    const key = keyOf(problem)
    const before = this.#all.get(key)
    const time = this.#now().toISOString()
    this.#all.delete(key)
    const since = before?.since ?? time
    this.#all.set(key, { time, since, times: (before?.times ?? 0) + times, problem, worker })
    if (this.#all.size > MOST) this.#all.delete(this.#all.keys().next().value!)
  }
}

/**
 * Errors are equal where code, component and place are: in which task, worker or batch each was makes no difference,
 * nor does its message, which often names the value that it is about.
 */
function keyOf({ code, where }: Problem): string {
  const { task: _task, worker: _worker, batch: _batch, offset: _offset, source: _source, ...place } = where
  return JSON.stringify([code, ...Object.entries(place).sort()])
}
