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

export class Outage {
  readonly #ports: OutagePorts
  #since: number | undefined
  #failures = 0

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
    const times = ++this.#failures
    if ((times & (times - 1)) === 0) report(problem)
    if (now() - this.#since < limitMs) return
    const secs = Math.round(limitMs / 1000)
    fail({ ...problem, message: `no snapshot could be taken for ${secs} s, and the run stops: ${problem.message}` })
  }

  /** One is complete. */
  over(): void {
    this.#since = undefined
    this.#failures = 0
  }
}
