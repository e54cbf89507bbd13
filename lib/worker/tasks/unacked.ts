/**
 * What bolts hold that ack by themselves, where a tuple is atomic: there no root is in flight that would say so. At the
 * end of the input it is waited for, since a bolt may emit and ack later; but only as long as something happens within
 * a message timeout, for one that forgets to ack would let no run end.
 */
import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { Clock } from '../../util/time/clock.ts'
import { plural } from '../../words/plural.ts'
import type { Executors } from './build/build-executors.ts'

export class Unacked {
  readonly #all: Executors['all']
  readonly #timeoutSecs: number
  readonly #clock: Clock
  readonly #report: (problem: Problem) => void
  #activity = -1
  #sinceMs = 0
  #isTold = false

  constructor({ all }: Executors, config: ResolvedConfig, clock: Clock, report: (problem: Problem) => void) {
    this.#all = all
    this.#timeoutSecs = config['topology.message.timeout.secs']
    this.#clock = clock
    this.#report = report
  }

  /**
   * Whether the input has not ended yet because of them.
   * @param activity a number that grows with all that the tasks do
   * @param held how many of them wait for the end of the input
   */
  keepOpen(activity: number, held: number): boolean {
    if (this.#all.reduce((sum, { unacked = 0 }) => sum + unacked, 0) <= held) return false
    const now = this.#clock.now()
    if (activity !== this.#activity) {
      this.#activity = activity
      this.#sinceMs = now
      this.#isTold = false
    }
    if (now - this.#sinceMs < this.#timeoutSecs * 1000) return true
    if (!this.#isTold) this.#tell()
    this.#isTold = true
    return false
  }

  #tell(): void {
    for (const { component, task, unacked = 0 } of this.#all) {
      if (unacked === 0) continue
      const message = `"${component}" has neither acked nor failed ${plural(unacked, 'tuple')} within ${this.#timeoutSecs} s, and the input ends without them`
      const hint = 'ack or fail each tuple, also those that are of no use; what is kept for later belongs into a state'
      this.#report(toProblem(new TyphoonError('TUPLES_NOT_ACKED', message, { where: { component, task }, hint })))
    }
  }
}
