/**
 * What a child prints beside the protocol and what it logs by it, on its way to the log: of either, and of each level,
 * so many lines in an interval, and then how many were left out, so that one that chatters does not drown the rest.
 */

import type { LogLevel, TaskContext } from '../../index.ts'
import { Throttle } from '../../util/time/throttle.ts'
import { plural } from '../../words/plural.ts'

/** Lines of a kind in each interval of `topology.error.throttle.interval.secs`. */
const MOST_LINES = 500

/** What is said of lines that were left out: of all levels, and of what was printed. */
type Kind = 'printed' | `logged as ${LogLevel}`

export class Chat {
  readonly #context: TaskContext
  readonly #throttle: Throttle<Kind>

  constructor(context: TaskContext) {
    const intervalMs = context.config['topology.error.throttle.interval.secs'] * 1000
    this.#context = context
    this.#throttle = new Throttle({ most: MOST_LINES, intervalMs, mostKinds: Number.POSITIVE_INFINITY })
  }

  printed(line: string): void {
    this.#say('printed', 'info', line)
  }

  logged(level: LogLevel, text: string): void {
    this.#say(`logged as ${level}`, level, text)
  }

  /** How many lines were left out and not reported yet. */
  tellRest(): void {
    for (const { latest, times } of this.#throttle.rest()) this.#tellLeftOut(latest, times)
  }

  #say(kind: Kind, level: LogLevel, text: string): void {
    const told = this.#throttle.add(kind, kind, this.#context.now())
    if (told === undefined) return
    if (told.times > 1) this.#tellLeftOut(kind, told.times - 1)
    this.#context.log(level, text)
  }

  #tellLeftOut(kind: Kind, count: number): void {
    const does = kind === 'printed' ? 'prints' : 'logs'
    const were = count === 1 ? 'was' : 'were'
    this.#context.log('warn', `${plural(count, 'line')} that the child ${kind} ${were} left out: it ${does} too many`)
  }
}
