/** How long the event loop of this process was blocked, at most: whoever asks it waits for so long. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

const LOOK_MS = 20
const NS_PER_MS = 1e6

export class Stalls {
  readonly #delays: IntervalHistogram

  constructor() {
    this.#delays = monitorEventLoopDelay({ resolution: LOOK_MS })
    this.#delays.enable()
  }

  /** The longest since this was asked last, milliseconds. */
  takeLongest(): number {
    // From one look to the next, so the time between two is in it.
    const longest = this.#delays.max / NS_PER_MS - LOOK_MS
    this.#delays.reset()
    return Math.max(0, longest)
  }
}
