/** Whole numbers in ascending order. */

import { checkCount, wrongArgument } from '../../errors/arguments.ts'
import { fields, type Positions, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'
import { partOf, shareOf } from './share.ts'

interface Numbered {
  n: number
}

/**
 * Field `n`; the message id is the number, too. Each number comes from one task: the i-th from task i % tasks. A task
 * whose worker was restarted begins anew, but with `topology.guarantee: exactly-once`.
 */
export class SequenceSpout extends ReliableSpout<Numbered, number> {
  readonly outputs = fields<Numbered>('n')
  protected override readonly idsLast = true
  readonly #count: number
  readonly #start: number
  #left = 0
  #next = 0
  #step = 1

  /** @param count how many, over all tasks; left out: without end */
  constructor(count = Number.POSITIVE_INFINITY, start = 0) {
    super()
    this.#count = checkCount('the count of a SequenceSpout', count)
    if (!Number.isSafeInteger(start)) throw wrongArgument('the start of a SequenceSpout', start, 'a whole number')
    this.#start = start
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Numbered, KeptRoot<number>>): void {
    super.open(context, collector)
    this.#left = shareOf(this.#count, context)
    this.#next = this.#start + context.taskIndex
    this.#step = context.tasksOf().length
  }

  override position(): Positions {
    return { [partOf(this.context)]: [this.#next, this.#left] }
  }

  override seek(positions: Positions): void {
    const position = positions[partOf(this.context)]
    if (position !== undefined) [this.#next, this.#left] = position as [number, number]
  }

  protected override produce(): void {
    if (this.#left <= 0) return
    const n = this.#next
    this.#left--
    this.#next += this.#step
    this.emit([n], n)
  }

  protected override isInputExhausted(): boolean {
    return this.#left <= 0
  }
}
