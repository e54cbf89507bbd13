/**
 * ten-words.ts in batches: one sentence, ten words, counted into a state in memory. It prints the same table.
 *
 *     typhoon run topologies/trident-ten-words.ts
 *     typhoon plan topologies/trident-ten-words.ts
 */
import { fields, number, string } from 'typhoon'
import { type Aggregator, Count, FixedBatchSpout, memoryMap, TridentTopology } from 'typhoon/trident'

interface WordCount {
  word: string
  count: number
}

/** Prints what it got of a batch, the highest counts first. */
const table: Aggregator<any, WordCount, WordCount[]> = {
  init: () => [],
  aggregate: (rows, tuple) => void rows.push(tuple.toObject()),
  complete(rows) {
    rows.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))
    const lines = rows.map(({ word, count }) => `${word.padEnd(8)}  ${String(count).padStart(5)}`)
    if (rows.length > 0) console.log(['word      count', '────────  ─────', ...lines].join('\n'))
  },
}

const topology = new TridentTopology('trident-ten-words')
topology
  .newStream(
    'sentences',
    () => new FixedBatchSpout(fields({ sentence: string }), 1, ['to be or not to be that is the question']),
  )
  .flatMap(
    (tuple) =>
      tuple
        .get('sentence')
        .split(' ')
        .map((word) => ({ word })),
    fields({ word: string }),
  )
  .groupBy(['word'])
  .persistentAggregate('counts', memoryMap<number>(), Count, fields({ count: number }))
  .parallelismHint(2)
  .newValuesStream()
  .aggregate(table, fields<never>())

export default topology.build()
