/**
 * How much to do at a time: more under load, little when there is little to do (additive increase, multiplicative
 * decrease). It starts at 1. A full batch adds 1, up to the maximum; a partial one halves it; an empty one changes
 * nothing. Never below 1. Rule: the dynamic batches of apache/storm `storm-client/.../utils/JCQueue.java`.
 */
export class BatchSize {
  readonly max: number
  #current = 1

  /** `max`: a whole number from 1 up. */
  constructor(max: number) {
    this.max = max
  }

  /** The size of the next batch, 1 to `max`. */
  get current(): number {
    return this.#current
  }

  /** A batch of `current` items was worked off: there may be more. */
  onFull(): void {
    if (this.#current < this.max) this.#current++
  }

  /** A batch of fewer than `current` items was worked off; `size` says how many. */
  onPartial(size: number): void {
    if (size > 0 && this.#current > 1) this.#current >>= 1
  }
}
