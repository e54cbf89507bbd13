/**
 * Shows how a run goes on: on a terminal a live table, drawn again in its place, elsewhere a plain line now and then.
 */
import { type Run, type RunMetrics, ratesBetween } from '../../run/index.ts'
import { plain } from '../render/line.ts'
import { liveFrame, type RunView } from '../render/live.ts'
import { nextLineAt, progressLine } from '../render/progress-line.ts'
import type { Terminal } from '../terminal/terminal.ts'

const LOOK_MS = 500
/** Looks that the rates of the live table span: workers report at their own times, and a longer span evens that out. */
const LIVE_SPAN = 6

export class Progress {
  readonly #terminal: Terminal
  readonly #run: Run
  /** The latest last. */
  readonly #seen: RunMetrics[] = []
  readonly #timer: NodeJS.Timeout
  #nextLineAt = nextLineAt(0)

  constructor(terminal: Terminal, run: Run) {
    this.#terminal = terminal
    this.#run = run
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** Draws the live table now. */
  refresh(): void {
    const now = this.#run.metrics()
    if (this.#terminal.isLive && now !== undefined) this.#draw(now)
  }

  /** Ends, and takes the live table away. */
  stop(): void {
    clearInterval(this.#timer)
    this.#terminal.clear()
  }

  #look(): void {
    const now = this.#run.metrics()
    if (now === undefined) return
    if (this.#seen.length === 0) this.#seen.push(now)
    if (this.#terminal.isLive) {
      this.#draw(now)
      this.#seen.push(now)
      if (this.#seen.length > LIVE_SPAN) this.#seen.shift()
    } else if (now.seconds >= this.#nextLineAt) {
      this.#terminal.say([plain(progressLine(this.#view(now)))])
      this.#seen[0] = now
      this.#nextLineAt = nextLineAt(now.seconds)
    }
  }

  #draw(now: RunMetrics): void {
    this.#terminal.draw(liveFrame(this.#view(now), this.#terminal.size))
  }

  /** Since the earliest that it still knows. */
  #view(now: RunMetrics): RunView {
    const { topology, status, seconds, workerCount, tracked } = now
    return { topology, status, seconds, workerCount, tracked, ...ratesBetween(this.#seen[0] ?? now, now) }
  }
}
