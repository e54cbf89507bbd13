/**
 * When something that dies is started again, a worker or a child process: at once after the first death, later and
 * later after further ones in a row. One that lived a minute begins with a clean record.
 */
import { backOff } from './back-off.ts'

const FIRST_DELAY_MS = 100
const HEALTHY_MS = 60_000

/** The record of one of them. */
export class Deaths {
  #inARow = 0

  get inARow(): number {
    return this.#inARow
  }

  /** It has died, after so long a life. @returns ms until it is to be started again */
  add(livedMs: number, longestDelayMs: number): number {
    this.#inARow = livedMs >= HEALTHY_MS ? 1 : this.#inARow + 1
    return backOff(this.#inARow - 1, FIRST_DELAY_MS, longestDelayMs)
  }

  /** Those up to now do not count. */
  forgive(): void {
    this.#inARow = 0
  }
}
