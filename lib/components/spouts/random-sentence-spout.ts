/**
 * Random sentences: the five of Storm's word count examples (apache/storm
 * `examples/storm-starter/.../RandomSentenceSpout.java`).
 */

import { checkCount } from '../../errors/arguments.ts'
import { fields, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'
import { shareOf } from './share.ts'

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

/** Field `sentence`. A task whose worker was restarted begins anew. */
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

  protected override produce(): void {
    if (this.#left <= 0) return
    this.#left--
    this.emit([SENTENCES[Math.floor(this.context.random() * SENTENCES.length)] as string])
  }

  protected override isInputExhausted(): boolean {
    return this.#left <= 0
  }
}
