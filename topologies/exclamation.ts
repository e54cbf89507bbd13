/**
 * A bolt of one's own, twice in a row: Storm's first example (apache/storm
 * `examples/storm-starter/.../ExclamationTopology.java`). Logs the words of twenty random sentences with six
 * exclamation marks each.
 *
 *     typhoon run topologies/exclamation.ts
 */
import { BasicBolt, type BasicOutputCollector, fields, string, TopologyBuilder, type Tuple } from 'typhoon'
import { LogBolt, RandomSentenceSpout, SplitBolt } from 'typhoon/components'

interface Word {
  word: string
}

/** Adds three exclamation marks. */
export class ExclamationBolt extends BasicBolt<Word, Word> {
  override readonly outputs = fields({ word: string })

  override execute(tuple: Tuple<Word>, collector: BasicOutputCollector<Word>): void {
    collector.emit({ word: `${tuple.get('word')}!!!` })
  }
}

const builder = new TopologyBuilder('exclamation')
const sentences = builder.setSpout('sentences', () => new RandomSentenceSpout(20))
const words = builder.setBolt('words', () => new SplitBolt()).shuffleGrouping(sentences)
const once = builder.setBolt('exclaim-once', () => new ExclamationBolt(), 3).shuffleGrouping(words)
const twice = builder.setBolt('exclaim-twice', () => new ExclamationBolt(), 2).shuffleGrouping(once)
builder.setBolt('log', () => new LogBolt()).globalGrouping(twice)

export default builder.createTopology()
