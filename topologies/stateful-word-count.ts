/**
 * Counts words exactly once, in a bolt whose state is given to it, as Storm's stateful bolts have theirs (apache/storm
 * `examples/storm-starter/.../StatefulTopology.java`). Stop it, kill it, run it again: the counts go on.
 * `stateful-word-count.yaml` is the same topology in YAML.
 *
 *     typhoon run topologies/stateful-word-count.ts --for 10s
 */
import {
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  number,
  StatefulBolt,
  string,
  TopologyBuilder,
  type Tuple,
} from 'typhoon'
import { NullBolt, RandomSentenceSpout, SplitBolt } from 'typhoon/components'

interface Word {
  word: string
}
interface WordCount extends Word {
  count: number
}

/** Counts words in its state. */
export class StatefulWordCounter extends StatefulBolt<Word, WordCount, string, number> {
  override readonly outputs = fields({ word: string, count: number })
  #counts!: KeyValueState<string, number>

  override initState(state: KeyValueState<string, number>): void {
    this.#counts = state
  }

  override execute(tuple: Tuple<Word>, collector: BasicOutputCollector<WordCount>): void {
    const word = tuple.get('word')
    const count = this.#counts.get(word, 0) + 1
    this.#counts.put(word, count)
    collector.emit({ word, count })
  }
}

const builder = new TopologyBuilder('stateful-word-count', { 'topology.guarantee': 'exactly-once' })
const sentences = builder.setSpout('sentences', () => new RandomSentenceSpout())
const words = builder.setBolt('split', () => new SplitBolt()).shuffleGrouping(sentences)
const counts = builder.setBolt('count', () => new StatefulWordCounter(), 2).fieldsGrouping(words, ['word'])
builder.setBolt('sink', () => new NullBolt()).shuffleGrouping(counts)

export default builder.createTopology()
