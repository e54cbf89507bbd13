/**
 * Holds the components of a worker back while nobody reads what they have written to stdout and stderr, so that it does
 * not gather in memory. The promise: what is acked is written. Acks that were made meanwhile leave when the output has;
 * all else leaves meanwhile.
 */
import type { Holdable } from '../executor/task/backpressure.ts'

export class OutputHold {
  readonly #components: readonly Holdable[]
  readonly #written: () => Promise<void> | undefined
  readonly #wake: () => void
  #isHeld = false

  /**
   * @param written settles when all output has left the process; undefined where it has
   * @param wake a turn may be taken again
   */
  constructor(components: readonly Holdable[], written: () => Promise<void> | undefined, wake: () => void) {
    this.#components = components
    this.#written = written
    this.#wake = wake
  }

  /** Looks after each turn: whether they are held, and acks must wait. */
  holds(): boolean {
    if (this.#isHeld) return true
    const written = this.#written()
    if (written === undefined) return false
    this.#set(true)
    const over = (): void => {
      this.#set(false)
      this.#wake()
    }
    // Also where it rejects: whether something is left to be written is asked again after the next turn.
    written.then(over, over)
    return true
  }

  #set(held: boolean): void {
    this.#isHeld = held
    for (const component of this.#components) component.heldBy += held ? 1 : -1
  }
}
