/**
 * The smallest example: ten words, counted by a spout and three bolts.
 *
 *     typhoon run topologies/ten-words.ts
 *
 *     word      count
 *     ────────  ─────
 *     be            2
 *     to            2
 *     is            1
 *     not           1
 *     or            1
 *     question      1
 *     that          1
 *     the           1
 *
 * trident-ten-words.ts does the same in batches.
 */
import { fields, string, TopologyBuilder } from 'typhoon'
import { CountBolt, ReliableSpout, SplitBolt, TopBolt } from 'typhoon/components'

/** Emits one sentence; ReliableSpout replays it should it fail. */
class SentenceSpout extends ReliableSpout<{ sentence: string }, number> {
  override readonly outputs = fields({ sentence: string })
  #isDone = false

  protected override produce(): void {
    this.#isDone = true
    this.emit({ sentence: 'to be or not to be that is the question' }, 1)
  }

  protected override isInputExhausted(): boolean {
    return this.#isDone
  }
}

const builder = new TopologyBuilder('ten-words')
const sentences = builder.setSpout('sentences', () => new SentenceSpout())
const words = builder.setBolt('split', () => new SplitBolt()).shuffleGrouping(sentences)
const counts = builder.setBolt('count', () => new CountBolt({ emit: 'end' }), 2).fieldsGrouping(words, ['word'])
builder.setBolt('top', () => new TopBolt(10)).globalGrouping(counts)

export default builder.createTopology()
