/** Waits until a topology runs, over the runs that fail meanwhile. */
import type { Run } from '../../run/index.ts'

export class Begun {
  #waiting: (() => void)[] = []

  /** Another run has begun. */
  now(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
  }

  /** @param present the run that there is now; a run that fails has another one after it */
  async untilRunning(present: () => Run | undefined): Promise<void> {
    for (;;) {
      const run = present()
      const runs = await run?.untilRunning().then(
        () => true,
        () => false,
      )
      if (runs === true) return
      if (present() === run) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}
