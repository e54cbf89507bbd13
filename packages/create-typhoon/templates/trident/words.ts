import { fields, number, string } from 'typhoon'
import { Count, FixedBatchSpout, memoryMap, TridentTopology } from 'typhoon/trident'

const LINES = ['to be or not to be', 'that is the question', 'to be']

/** @param lines where the lines come from; a test gives its own */
export function words(lines: readonly string[] = LINES) {
  const topology = new TridentTopology('words')
  topology
    .newStream('lines', () => new FixedBatchSpout(fields({ line: string }), 2, ...lines.map((line) => [line])))
    .flatMap(
      (tuple) =>
        tuple
          .get('line')
          .split(' ')
          .map((word) => ({ word })),
      fields({ word: string }),
    )
    .groupBy(['word'])
    .persistentAggregate('counts', memoryMap<number>(), Count, fields({ count: number }))
    .newValuesStream()
    .peek((tuple) => console.log(tuple.get('word'), tuple.get('count')))
  return topology.build()
}

export default words()
