/**
 * Shows the first few kinds of errors of each component in an interval, each kind once, and counts the rest, so that
 * one bad input does not drown the log.
 */
import { kindOf, ofSeveralKinds, type Problem } from '../../errors/typhoon-error.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { Clock } from '../../util/time/clock.ts'
import { Throttle, type ThrottleLimits, type Told } from '../../util/time/throttle.ts'

/** @param times how often it has come */
type Send = (problem: Problem, stack: string | undefined, times: number) => void

export class ErrorThrottle {
  readonly #limits: ThrottleLimits
  readonly #clock: Clock
  readonly #send: Send
  readonly #byComponent = new Map<string, Throttle<Problem>>()

  constructor(config: ResolvedConfig, clock: Clock, send: Send) {
    this.#limits = {
      most: 1,
      mostKinds: config['topology.max.error.report.per.interval'],
      intervalMs: config['topology.error.throttle.interval.secs'] * 1000,
    }
    this.#clock = clock
    this.#send = send
  }

  report(problem: Problem, stack?: string): void {
    const component = problem.where.component ?? ''
    let throttle = this.#byComponent.get(component)
    if (throttle === undefined) {
      throttle = new Throttle(this.#limits)
      this.#byComponent.set(component, throttle)
      this.#clock.after(this.#limits.intervalMs, () => this.#endInterval(component))
    }
    const told = throttle.add(kindOf(problem), problem, this.#clock.now())
    if (told !== undefined) this.#tell(told, stack)
  }

  /** Tells of all that was left out, before its interval has ended: nothing is to come any more. */
  flush(): void {
    for (const component of [...this.#byComponent.keys()]) this.#endInterval(component)
  }

  #endInterval(component: string): void {
    const throttle = this.#byComponent.get(component)
    this.#byComponent.delete(component)
    for (const told of throttle?.rest() ?? []) this.#tell(told, undefined)
  }

  #tell({ latest, times, isMixed }: Told<Problem>, stack: string | undefined): void {
    if (isMixed) this.#send(ofSeveralKinds(latest, times), stack, 1)
    else this.#send(latest, stack, times)
  }
}
