/** Whole numbers in ascending order. */

import { fields, type Positions, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { checkCount, wrongArgument } from '../../shape/check-argument.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'
import { dealtTo, partOf, shareOf } from './share.ts'

interface Numbered {
  n: number
}

/** Where a share stands. */
interface Share {
  next: number
  left: number
  /** How far apart its numbers are. */
  readonly step: number
}

/**
 * Field `n`; the message id is the number, too. Each number comes from one task: the i-th from task i % tasks. A task
 * whose worker was restarted begins anew, but with `topology.guarantee: exactly-once`.
 */
export class SequenceSpout extends ReliableSpout<Numbered, number> {
  override readonly outputs = fields<Numbered>('n')
  override readonly canRescale = true
  protected override readonly idsLast = true
  readonly #count: number
  readonly #start: number
  #shares = new Map<string, Share>()

  /** @param count how many, over all tasks; left out: without end */
  constructor(count = Number.POSITIVE_INFINITY, start = 0) {
    super()
    this.#count = checkCount('the count of a SequenceSpout', count, '[0]')
    if (!Number.isSafeInteger(start))
      throw wrongArgument('the start of a SequenceSpout', start, 'a whole number', { path: '[1]' })
    this.#start = start
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Numbered, KeptRoot<number>>): void {
    super.open(context, collector)
    const left = shareOf(this.#count, context)
    this.#shares.set(partOf(context), { next: this.#start + context.taskIndex, left, step: context.tasksOf().length })
  }

  override position(): Positions {
    return Object.fromEntries([...this.#shares].map(([name, share]) => [name, { ...share }]))
  }

  override seek(positions: Positions): void {
    this.#shares = dealtTo(this.context, positions)
  }

  protected override produce(): void {
    for (const share of this.#shares.values()) {
      if (share.left <= 0) continue
      const n = share.next
      share.left--
      share.next += share.step
      this.emit([n], n)
      return
    }
  }

  protected override isInputExhausted(): boolean {
    return [...this.#shares.values()].every(({ left }) => left <= 0)
  }
}
