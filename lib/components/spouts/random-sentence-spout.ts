/**
 * Random sentences: the five of Storm's word count examples (apache/storm
 * `examples/storm-starter/.../RandomSentenceSpout.java`).
 */

import { fields, type Positions, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { checkCount } from '../../shape/check-argument.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'
import { dealtTo, partOf, shareOf } from './share.ts'

export const SENTENCES: readonly string[] = [
  'the cow jumped over the moon',
  'an apple a day keeps the doctor away',
  'four score and seven years ago',
  'snow white and the seven dwarfs',
  'i am at two with nature',
]

interface Sentence {
  sentence: string
}

/**
 * Field `sentence`. A task whose worker was restarted begins anew, but with `topology.guarantee: exactly-once`, where
 * as many follow as were left.
 */
export class RandomSentenceSpout extends ReliableSpout<Sentence, never> {
  override readonly outputs = fields<Sentence>('sentence')
  override readonly canRescale = true
  readonly #count: number
  /** Of each share. */
  #left = new Map<string, number>()

  /** @param count how many, over all tasks; left out: without end */
  constructor(count = Number.POSITIVE_INFINITY) {
    super()
    this.#count = checkCount('the count of a RandomSentenceSpout', count, '[0]')
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Sentence, KeptRoot<never>>): void {
    super.open(context, collector)
    this.#left.set(partOf(context), shareOf(this.#count, context))
  }

  override position(): Positions {
    return Object.fromEntries(this.#left)
  }

  override seek(positions: Positions): void {
    this.#left = dealtTo(this.context, positions)
  }

  protected override produce(): void {
    for (const [share, left] of this.#left) {
      if (left <= 0) continue
      this.#left.set(share, left - 1)
      this.emit([SENTENCES[Math.floor(this.context.random() * SENTENCES.length)] as string])
      return
    }
  }

  protected override isInputExhausted(): boolean {
    return [...this.#left.values()].every((left) => left <= 0)
  }
}
