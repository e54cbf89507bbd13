/** The last errors of a topology. */
import type { Problem } from '../../errors/typhoon-error.ts'

/** An error of a topology, and when it was. */
export interface TimedProblem {
  /** ISO 8601, in UTC. */
  readonly time: string
  readonly problem: Problem
  /** 0: none. */
  readonly worker: number
}

const MOST = 100

export class KeptProblems {
  readonly #now: () => Date
  readonly #all: TimedProblem[] = []

  constructor(now: () => Date) {
    this.#now = now
  }

  /** The oldest first. */
  get all(): readonly TimedProblem[] {
    return this.#all
  }

  /** @param worker whose it is; 0: of none */
  add(problem: Problem, worker: number): void {
    this.#all.push({ time: this.#now().toISOString(), problem, worker })
    if (this.#all.length > MOST) this.#all.shift()
  }
}
