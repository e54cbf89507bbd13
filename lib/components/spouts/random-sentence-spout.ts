/**
 * Random sentences: the five of Storm's word count examples (apache/storm
 * `examples/storm-starter/.../RandomSentenceSpout.java`).
 */

import { checkCount } from '../../errors/arguments.ts'
import { fields, type Positions, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'
import { partOf, shareOf } from './share.ts'

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
  readonly outputs = fields<Sentence>('sentence')
  readonly #count: number
  #left = 0

  /** @param count how many, over all tasks; left out: without end */
  constructor(count = Number.POSITIVE_INFINITY) {
    super()
    this.#count = checkCount('the count of a RandomSentenceSpout', count)
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Sentence, KeptRoot<never>>): void {
    super.open(context, collector)
    this.#left = shareOf(this.#count, context)
  }

  override position(): Positions {
    return { [partOf(this.context)]: this.#left }
  }

  override seek(positions: Positions): void {
    this.#left = (positions[partOf(this.context)] as number | undefined) ?? this.#left
  }

  protected override produce(): void {
    if (this.#left <= 0) return
    this.#left--
    this.emit([SENTENCES[Math.floor(this.context.random() * SENTENCES.length)] as string])
  }

  protected override isInputExhausted(): boolean {
    return this.#left <= 0
  }
}
