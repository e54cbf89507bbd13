import { BasicBolt, type BasicOutputCollector, fields, type RowOf, string, TopologyBuilder, type Tuple } from 'typhoon'
import { CountBolt, FileSpout, TopBolt } from 'typhoon/components'

const WORD = fields({ word: string })

/** Splits lines into words. An error fails the tuple, and its source emits it again. */
export class Split extends BasicBolt<{ line: string }, RowOf<typeof WORD>> {
  readonly outputs = WORD

  execute(tuple: Tuple<{ line: string }>, collector: BasicOutputCollector<RowOf<typeof WORD>>): void {
    for (const word of tuple
      .get('line')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [])
      collector.emit({ word })
  }
}

const builder = new TopologyBuilder('words', { 'topology.workers': 2 })
const lines = builder.setSpout('lines', () => new FileSpout('lines.txt'))
const split = builder.setBolt('split', () => new Split(), 2).shuffleGrouping(lines)
const count = builder.setBolt('count', () => new CountBolt({ emit: 'end' }), 2).fieldsGrouping(split, ['word'])
builder.setBolt('top', () => new TopBolt(5)).globalGrouping(count)

export default builder.createTopology()
