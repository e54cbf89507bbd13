/**
 * What becomes of errors that nextTuple throws, as in the core: it is tried again after a while, and given up after so
 * many in a row.
 */

import { plural } from '../../errors/plural.ts'
import { messageOf, type TaskContext, TyphoonError } from '../../index.ts'
import { spoutBackOff } from '../../util/time/back-off.ts'
import type { BatchCollector } from '../model/spout.ts'

export class CoreSpoutErrors {
  readonly #context: TaskContext
  #inARow = 0
  #notBefore = 0

  constructor(context: TaskContext) {
    this.#context = context
  }

  /** False for a while after an error. Hot. */
  mayCall(): boolean {
    return this.#inARow === 0 || this.#context.now() >= this.#notBefore
  }

  /** nextTuple has returned. Hot. */
  came(): void {
    this.#inARow = 0
  }

  /** @throws COMPONENT_FAILED where it is given up */
  threw(cause: unknown, collector: BatchCollector): void {
    this.#inARow++
    if (this.#inARow >= this.#context.config['topology.spout.error.limit']) {
      const message = `nextTuple threw ${plural(this.#inARow, 'time')} in a row; the last time: ${messageOf(cause)}`
      throw new TyphoonError('COMPONENT_FAILED', message, { where: { component: this.#context.component }, cause })
    }
    collector.reportError(cause)
    this.#notBefore = this.#context.now() + spoutBackOff(this.#inARow)
  }
}
