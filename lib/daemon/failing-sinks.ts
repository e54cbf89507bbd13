/**
 * Sinks that cannot write: since when, and how often they have said so. A root that times out meanwhile is told of with
 * the sink that holds it, for there is nothing that a bolt has forgotten to ack.
 */
import type { Problem } from '../errors/typhoon-error.ts'
import type { ComponentId, WorkerId } from '../tuple/ids.ts'
import type { Clock } from '../util/time/clock.ts'
import { times } from '../words/plural.ts'
import type { Lasting } from './rounds/outage.ts'

/** A sink tries again within seconds, and what it says is told within `topology.error.throttle.interval.secs`. */
const LEAST_QUIET_MS = 15_000

interface Failing extends Lasting {
  readonly heardAt: number
}

export class FailingSinks {
  readonly #clock: Clock
  readonly #quietMs: number
  readonly #all = new Map<ComponentId, Failing>()

  /** @param throttleMs for so long at most it is not told what a worker reports */
  constructor(clock: Clock, throttleMs: number) {
    this.#clock = clock
    this.#quietMs = Math.max(LEAST_QUIET_MS, 3 * throttleMs)
  }

  /** Those that have failed of late. */
  get lasting(): readonly Lasting[] {
    this.#forget()
    return [...this.#all.values()]
  }

  /** Takes note of what a worker reports. @returns it, as it is to be told */
  told(problem: Problem, worker: WorkerId, number = 1): Problem {
    const { component, holder } = problem.where
    if (problem.code === 'OUTPUT_FAILED' && component !== undefined) this.#failed(component, problem, worker, number)
    if (problem.code !== 'ROOT_TIMED_OUT' || holder === undefined) return problem
    this.#forget()
    const failing = this.#all.get(holder)
    if (failing === undefined) return problem
    const since = new Date((this.#clock.date?.() ?? 0) - (this.#clock.now() - failing.since)).toISOString()
    const why = `"${holder}" holds it, and has failed ${times(failing.failures)} since ${since}`
    const { hint = 'see its own error' } = failing.problem
    return { ...problem, message: `${problem.message}: ${why}: ${failing.problem.message}`, hint }
  }

  #failed(component: ComponentId, problem: Problem, worker: WorkerId, number: number): void {
    this.#forget()
    const now = this.#clock.now()
    const { since = now, failures = 0 } = this.#all.get(component) ?? {}
    const where = { ...problem.where, worker }
    this.#all.set(component, { since, failures: failures + number, problem: { ...problem, where }, heardAt: now })
  }

  /** Those that say nothing any more can write again. */
  #forget(): void {
    const before = this.#clock.now() - this.#quietMs
    for (const [component, { heardAt }] of this.#all) if (heardAt < before) this.#all.delete(component)
  }
}
