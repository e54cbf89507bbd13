/**
 * How long a run that is over waits for those who take what its workers have written.
 *
 * The promise: a run ends though a listener never does. One that ends by itself waits for its reader, which may be a
 * pager; one that was asked to end waits as long as a drain may take, and one that was asked to end at once not at all.
 */
import type { Clock } from '../util/time/clock.ts'

export class Patience {
  readonly #clock: Clock
  #end!: () => void
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve
  })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** From now on nothing is waited for. */
  end(): void {
    this.#end()
  }

  /** Settles when `taken` does, or the patience ends. @param mostMs how long that is at most */
  async until(taken: Promise<void> | undefined, mostMs: number): Promise<void> {
    const cancel = mostMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.after(mostMs, () => this.end())
    await Promise.race([taken, this.#ended])
    cancel?.()
  }
}
