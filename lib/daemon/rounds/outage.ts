/**
 * Snapshots that come to nothing, one after the other: what is said of them, and when it is enough. A run goes on
 * meanwhile, for nothing is lost; but the longer it lasts, the more has to be done again after a failure.
 */
import type { Problem } from '../../errors/typhoon-error.ts'

export interface OutagePorts {
  now(): number
  /** `topology.state.unavailable.limit.secs`, in milliseconds. */
  readonly limitMs: number
  report(problem: Problem): void
  /** It has lasted too long. */
  fail(problem: Problem): void
}

/** What has not succeeded for a while. */
export interface Lasting {
  /** Milliseconds of the clock. */
  readonly since: number
  /** How often it has failed, one time after the other. */
  readonly failures: number
  readonly problem: Problem
}

export class Outage {
  readonly #ports: OutagePorts
  #since: number | undefined
  #failures = 0
  #last: Problem | undefined

  constructor(ports: OutagePorts) {
    this.#ports = ports
  }

  /**
   * A snapshot has come to nothing: the first, second, fourth, eighth … in a row is reported.
   * @param since when it was begun, milliseconds of `now`
   */
  failed(problem: Problem, since: number): void {
    const { now, limitMs, report, fail } = this.#ports
    this.#since ??= since
    this.#last = problem
    const times = ++this.#failures
    if ((times & (times - 1)) === 0) report(problem)
    if (now() - this.#since < limitMs) return
    const secs = Math.round(limitMs / 1000)
    fail({ ...problem, message: `no snapshot could be taken for ${secs} s, and the run stops: ${problem.message}` })
  }

  /** Undefined where the last one was complete. */
  get lasting(): Lasting | undefined {
    if (this.#since === undefined || this.#last === undefined) return undefined
    return { since: this.#since, failures: this.#failures, problem: this.#last }
  }

  /** One is complete. */
  over(): void {
    this.#since = undefined
    this.#failures = 0
  }
}
