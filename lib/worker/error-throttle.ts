/** Shows the first few errors of each component in an interval and counts the rest, so that one bad input does not drown the log. */
import type { Problem } from '../errors/typhoon-error.ts'
import type { ResolvedConfig } from '../topology/config.ts'
import type { Clock } from '../util/clock.ts'

type Send = (problem: Problem, stack: string | undefined) => void

export class ErrorThrottle {
  readonly #limit: number
  readonly #intervalMs: number
  readonly #clock: Clock
  readonly #send: Send
  /** By component: what was shown in this interval, what was not, and the latest of those. */
  readonly #shown = new Map<string, { shown: number; hidden: number; last?: Problem }>()

  constructor(config: ResolvedConfig, clock: Clock, send: Send) {
    this.#limit = config['topology.max.error.report.per.interval']
    this.#intervalMs = config['topology.error.throttle.interval.secs'] * 1000
    this.#clock = clock
    this.#send = send
  }

  report(problem: Problem, stack?: string): void {
    const component = problem.where.component ?? ''
    let entry = this.#shown.get(component)
    if (entry === undefined) {
      entry = { shown: 0, hidden: 0 }
      this.#shown.set(component, entry)
      this.#clock.after(this.#intervalMs, () => this.#endInterval(component))
    }
    if (entry.shown < this.#limit) {
      entry.shown++
      this.#send(problem, stack)
    } else {
      entry.hidden++
      entry.last = problem
    }
  }

  /** Tells of all that was left out, before its interval has ended: nothing is to come any more. */
  flush(): void {
    for (const component of [...this.#shown.keys()]) this.#endInterval(component)
  }

  #endInterval(component: string): void {
    const entry = this.#shown.get(component)
    this.#shown.delete(component)
    if (entry?.last === undefined) return
    this.#send(
      { ...entry.last, message: `${entry.hidden} further errors; the last one: ${entry.last.message}` },
      undefined,
    )
  }
}
