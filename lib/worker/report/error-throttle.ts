/**
 * Shows the first few kinds of errors of each component in an interval, each kind once, and counts the rest, so that
 * one bad input does not drown the log. Errors are of one kind where their code and their place are the same, or,
 * without a place, their message.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { ResolvedConfig } from '../../topology/config.ts'
import type { Clock } from '../../util/clock.ts'

/** @param times how often it has come */
type Send = (problem: Problem, stack: string | undefined, times: number) => void

/** Errors of one kind: the latest that was not sent, and how many were not. */
interface Kind {
  times: number
  last: Problem
}

interface Interval {
  readonly kinds: Map<string, Kind>
  hidden: number
  last?: Problem
}

export class ErrorThrottle {
  readonly #limit: number
  readonly #intervalMs: number
  readonly #clock: Clock
  readonly #send: Send
  readonly #byComponent = new Map<string, Interval>()

  constructor(config: ResolvedConfig, clock: Clock, send: Send) {
    this.#limit = config['topology.max.error.report.per.interval']
    this.#intervalMs = config['topology.error.throttle.interval.secs'] * 1000
    this.#clock = clock
    this.#send = send
  }

  report(problem: Problem, stack?: string): void {
    const component = problem.where.component ?? ''
    let interval = this.#byComponent.get(component)
    if (interval === undefined) {
      interval = { kinds: new Map(), hidden: 0 }
      this.#byComponent.set(component, interval)
      this.#clock.after(this.#intervalMs, () => this.#endInterval(component))
    }
    const { code, message, where } = problem
    const key = `${code} ${where.file === undefined ? message : `${where.file}:${where.line}:${where.column}`}`
    const kind = interval.kinds.get(key)
    if (kind !== undefined) {
      kind.times++
      kind.last = problem
    } else if (interval.kinds.size < this.#limit) {
      interval.kinds.set(key, { times: 0, last: problem })
      this.#send(problem, stack, 1)
    } else {
      interval.hidden++
      interval.last = problem
    }
  }

  /** Tells of all that was left out, before its interval has ended: nothing is to come any more. */
  flush(): void {
    for (const component of [...this.#byComponent.keys()]) this.#endInterval(component)
  }

  #endInterval(component: string): void {
    const interval = this.#byComponent.get(component)
    this.#byComponent.delete(component)
    if (interval === undefined) return
    for (const { times, last } of interval.kinds.values()) if (times > 0) this.#send(last, undefined, times)
    const { hidden, last } = interval
    if (last !== undefined)
      this.#send({ ...last, message: `${hidden} further errors; the last one: ${last.message}` }, undefined, 1)
  }
}
