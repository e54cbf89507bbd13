/**
 * The components of Storm's examples, with the streams, the fields and the pace that they have there, so that files
 * which name them run as they are. Rules: apache/storm `storm-client/.../storm/testing/TestWordSpout.java` and
 * `TestWordCounter.java`, `examples/storm-starter/.../RandomSentenceSpout.java`,
 * `flux/flux-examples/.../StatefulWordCounter.java`.
 */
import {
  type BasicOutputCollector,
  type ConfigMap,
  fields,
  type KeyValueState,
  Spout,
  type SpoutOutputCollector,
  StatefulBolt,
  type TaskContext,
  type Tuple,
} from '../index.ts'
import { CountBolt } from './bolts/count-bolt.ts'
import { SENTENCES } from './spouts/random-sentence-spout.ts'

const PACE_MS = 100
const NAMES = ['nathan', 'mike', 'jackson', 'golda', 'bertels']

type Word = { word: string }
type WordCount = { word: string; count: number }

/** Emits one of some texts, at random, ten times a second, without an end. */
abstract class RandomTextSpout extends Spout<Word, number> {
  override readonly outputs = fields<Word>('word')
  protected abstract readonly texts: readonly string[]
  #context!: TaskContext
  #collector!: SpoutOutputCollector<Word, number>

  override open(context: TaskContext, collector: SpoutOutputCollector<Word, number>): void {
    this.#context = context
    this.#collector = collector
  }

  override nextTuple(): Promise<void> {
    return new Promise((resolve) => {
      this.#context.after(PACE_MS, () => {
        this.emitOne(this.texts[Math.floor(this.#context.random() * this.texts.length)]!, this.#collector)
        resolve()
      })
    })
  }

  protected abstract emitOne(text: string, collector: SpoutOutputCollector<Word, number>): void
}

/** Storm's `org.apache.storm.testing.TestWordSpout`: names in the field `word`, in no tree. */
export class TestWordSpout extends RandomTextSpout {
  protected override readonly texts = NAMES
  readonly #isDistributed: boolean

  /** @param isDistributed false: it has one task, whatever its parallelism */
  constructor(isDistributed = true) {
    super()
    this.#isDistributed = isDistributed
  }

  override getComponentConfiguration(): ConfigMap {
    return this.#isDistributed ? {} : { 'topology.max.task.parallelism': 1 }
  }

  protected override emitOne(text: string, collector: SpoutOutputCollector<Word, number>): void {
    collector.emit([text])
  }
}

/**
 * Storm's `org.apache.storm.starter.spout.RandomSentenceSpout`: sentences in the field `word`; as there, one that fails
 * is not emitted again.
 */
export class RandomSentenceSpout extends RandomTextSpout {
  protected override readonly texts = SENTENCES
  #last = 0

  protected override emitOne(text: string, collector: SpoutOutputCollector<Word, number>): void {
    collector.emit([text], ++this.#last)
  }
}

/** Storm's `org.apache.storm.testing.TestWordCounter`: the fields `word` and `count`. */
export class TestWordCounter extends CountBolt {}

/** Storm's `org.apache.storm.flux.examples.WordCounter`: the same. */
export class WordCounter extends CountBolt {}

/** Storm's `org.apache.storm.flux.examples.StatefulWordCounter`: the fields `word` and `count`, kept in its state. */
export class StatefulWordCounter extends StatefulBolt<Word, WordCount, string, number> {
  override readonly outputs = fields<WordCount>('word', 'count')
  #counts!: KeyValueState<string, number>

  override initState(state: KeyValueState<string, number>): void {
    this.#counts = state
  }

  override execute(tuple: Tuple<Word>, collector: BasicOutputCollector<WordCount>): void {
    const word = tuple.values[0]!
    collector.emit([word, this.#counts.update(word, (count = 0) => count + 1)])
  }
}
