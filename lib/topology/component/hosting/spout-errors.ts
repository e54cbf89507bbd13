/**
 * What becomes of errors of what a spout is asked again and again, `nextTuple` and `isExhausted`: it is asked again
 * after a delay that grows with each further one in a row, and given up after `topology.spout.error.limit` of them.
 */

import { spoutBackOff } from '../../../util/time/back-off.ts'
import { plural } from '../../../words/plural.ts'

/** The errors of one spout. */
export class SpoutErrors {
  /**
   * Errors in a row; set it to 0 when `nextTuple` has returned, and `isExhausted` where nothing came. A field, because
   * that is once per tuple.
   */
  inARow = 0
  readonly #limit: number
  #notBeforeMs = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** True for a while after an error. Hot: the clock is read only then. */
  waits(clock: { now(): number }): boolean {
    return this.inARow > 0 && clock.now() < this.#notBeforeMs
  }

  /** @param message of the error @param method that threw it @returns why the spout is given up, where it is */
  threw(message: string, nowMs: number, method = 'nextTuple'): string | undefined {
    this.inARow++
    this.#notBeforeMs = nowMs + spoutBackOff(this.inARow)
    if (this.inARow < this.#limit) return undefined
    return `${method} threw ${plural(this.inARow, 'time')} in a row; the last time: ${message}`
  }
}
