/**
 * The same value again and again; measures what a runtime costs (apache/storm
 * `examples/storm-perf/.../ConstSpout.java`).
 */

import { fields, type Positions, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { checkCount } from '../../shape/check-argument.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'
import { dealtTo, partOf, shareOf } from './share.ts'

interface Constant<Value> {
  value: Value
}

/**
 * Field `value`. A task whose worker was restarted begins anew, but with `topology.guarantee: exactly-once`; a later
 * run that has its positions goes on.
 */
export class ConstantSpout<Value = unknown> extends ReliableSpout<Constant<Value>, never> {
  override readonly outputs = fields<Constant<Value>>('value')
  override readonly canRescale = true
  readonly #values: readonly Value[]
  readonly #count: number
  #left = 0

  /** @param count how many, over all tasks; left out: without end */
  constructor(value: Value, count = Number.POSITIVE_INFINITY) {
    super()
    this.#values = [value]
    this.#count = checkCount('the count of a ConstantSpout', count, '[1]')
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Constant<Value>, KeptRoot<never>>): void {
    super.open(context, collector)
    this.#left = shareOf(this.#count, context)
  }

  /** How many are left: one is like another. */
  override position(): Positions {
    return { [partOf(this.context)]: this.#left }
  }

  override seek(positions: Positions): void {
    this.#left = [...dealtTo<number>(this.context, positions).values()].reduce((sum, left) => sum + left, 0)
  }

  protected override produce(): void {
    if (this.#left <= 0) return
    this.#left--
    this.emit(this.#values as never)
  }

  protected override isInputExhausted(): boolean {
    return this.#left <= 0
  }
}
