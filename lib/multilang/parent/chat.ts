/**
 * What a child prints beside the protocol, on its way to the log: so many lines in an interval, and then how many were
 * left out, so that one that chatters does not drown the rest.
 */
import type { TaskContext } from '../../index.ts'

/** Lines in each interval of `topology.error.throttle.interval.secs`. */
const MOST_LINES = 500

export class Chat {
  readonly #context: TaskContext
  #lines = 0
  #leftOut = 0
  #endsAt = 0

  constructor(context: TaskContext) {
    this.#context = context
  }

  say(line: string): void {
    const now = this.#context.now()
    if (now >= this.#endsAt) {
      this.tellRest()
      this.#lines = 0
      this.#endsAt = now + this.#context.config['topology.error.throttle.interval.secs'] * 1000
    }
    if (this.#lines++ < MOST_LINES) this.#context.log('info', line)
    else this.#leftOut++
  }

  /** How many lines were left out, where some were and it has not been told. */
  tellRest(): void {
    if (this.#leftOut > 0)
      this.#context.log('warn', `${this.#leftOut} lines that the child printed were left out: it prints too many`)
    this.#leftOut = 0
  }
}
