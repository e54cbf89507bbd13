/**
 * Shows how a run goes on: on a terminal a live table, drawn again in its place, elsewhere a plain line now and then.
 */
import type { Nimbus } from '../daemon/nimbus.ts'
import { type RunView, type Sample, takeSample, viewOf } from '../daemon/run-view.ts'
import { plain } from './render/line.ts'
import { liveFrame } from './render/live.ts'
import { nextLineAt, progressLine } from './render/progress-line.ts'
import type { Terminal } from './terminal.ts'

const LOOK_MS = 500
/** Looks that the rates of the live table span: workers report at their own times, and a longer span evens that out. */
const LIVE_SPAN = 6

export class Progress {
  readonly #terminal: Terminal
  readonly #nimbus: Nimbus
  /** The latest last. */
  readonly #samples: Sample[]
  readonly #timer: NodeJS.Timeout
  #nextLineAt: number

  constructor(terminal: Terminal, nimbus: Nimbus) {
    this.#terminal = terminal
    this.#nimbus = nimbus
    this.#samples = [this.#sample()]
    this.#nextLineAt = nextLineAt(nimbus.seconds)
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    if (terminal.isLive) this.refresh()
  }

  /** Draws the live table now. */
  refresh(): void {
    if (this.#terminal.isLive)
      this.#terminal.draw(liveFrame(this.#view(this.#samples[0], this.#sample()), this.#terminal.size))
  }

  /** Ends, and takes the live table away. */
  stop(): void {
    clearInterval(this.#timer)
    this.#terminal.clear()
  }

  #look(): void {
    if (this.#terminal.isLive) {
      this.refresh()
      this.#samples.push(this.#sample())
      if (this.#samples.length > LIVE_SPAN) this.#samples.shift()
    } else if (this.#nimbus.seconds >= this.#nextLineAt) {
      const now = this.#sample()
      this.#terminal.say([plain(progressLine(this.#view(this.#samples[0], now)))])
      this.#samples[0] = now
      this.#nextLineAt = nextLineAt(this.#nimbus.seconds)
    }
  }

  #sample(): Sample {
    return takeSample(this.#nimbus.tally, performance.now())
  }

  #view(before: Sample, now: Sample): RunView {
    return viewOf(this.#nimbus.plan, this.#nimbus, before, now)
  }
}
