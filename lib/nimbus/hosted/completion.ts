/**
 * That the input of a topology has ended is kept, so that no service that comes later begins it again. Where the store
 * does not take it, it is told so again, until it does or there is another run.
 */
import type { Clock } from '../../util/time/clock.ts'

const AGAIN_MS = 5000

export class Completion {
  readonly #clock: Clock
  readonly #keep: (isStill: () => boolean) => Promise<void>
  readonly #onTrouble: (error: unknown) => void
  /** Which end it is. */
  #end: symbol | undefined

  /** @param keep keeps it, unless it is so no longer when its turn comes; rejects with why it cannot */
  constructor(clock: Clock, keep: (isStill: () => boolean) => Promise<void>, onTrouble: (error: unknown) => void) {
    this.#clock = clock
    this.#keep = keep
    this.#onTrouble = onTrouble
  }

  /** The input of its run has ended. */
  ended(): void {
    const end = Symbol('the end of a run')
    this.#end = end
    this.#try(() => this.#end === end)
  }

  /** There is another run, or there will be none. */
  cancel(): void {
    this.#end = undefined
  }

  #try(isStill: () => boolean): void {
    if (!isStill()) return
    this.#keep(isStill).catch((error: unknown) => {
      this.#onTrouble(error)
      this.#clock.after(AGAIN_MS, () => this.#try(isStill))
    })
  }
}
