/** The Trident topologies of the benchmark, by name. */

import { type ConfigMap, fields, type TopologyDefinition } from '../../index.ts'
import {
  Count,
  embeddedMap,
  FilterNull,
  generatedBatches,
  MapGet,
  memoryMap,
  Sum,
  TridentTopology,
} from '../../trident/index.ts'
import { Prng } from '../../util/prng.ts'
import { SENTENCES, type Sentence, type Word } from './components.ts'

/** Words of a sentence of the word count over 60,000 words. */
export const WORDS_PER_SENTENCE = 10
const DISTINCT_WORDS = 60_000
const SENTENCES_OF_MANY = 50_000

const word = fields<Word>('word')
const count = fields<{ count: number }>('count')

/** A topology of the benchmark with Trident; undefined where none has this name. */
export function tridentTopology(
  name: string,
  config: ConfigMap,
  variables: Readonly<Record<string, string>>,
): TopologyDefinition | undefined {
  if (!name.startsWith('trident-')) return undefined
  const topology = new TridentTopology(name, config)
  const rate = variables['rate'] === undefined ? {} : { rowsPerSecond: Number(variables['rate']) }
  const options = { fields: fields<Sentence>('sentence'), seed: 1, partitions: 2, ...rate }
  const sentenceOf = variables['words'] === 'many' ? manyWords() : fiveSentences
  const counts = topology
    .newStream('sentences', () => generatedBatches(options, sentenceOf))
    .flatMap((tuple) => tuple.values[0]!.split(' ').map((part) => [part]), word)
    .parallelismHint(2)
    .groupBy(['word'])
    .persistentAggregate(
      'counts',
      variables['store'] === 'embedded' ? embeddedMap<number>() : memoryMap<number>(),
      Count,
      count,
    )
    .parallelismHint(2)
  if (variables['drpc'] === 'yes')
    topology
      .newDRPCStream('words')
      .flatMap((tuple) => tuple.values[0]!.split(' ').map((part) => [part]), word)
      .groupBy(['word'])
      .stateQuery(counts, MapGet, count)
      .each(['count'], FilterNull)
      .aggregate(['count'], Sum, fields<{ sum: number }>('sum'))
  return topology.build()
}

function fiveSentences(_: unknown, index: number): [string] {
  return [SENTENCES[index % SENTENCES.length]!]
}

/**
 * Sentences of ten words out of 60,000, whose frequencies fall as those of a language; every word stands in one of
 * them.
 */
function manyWords(): (_: unknown, index: number) => [string] {
  const random = new Prng(1)
  const words = Array.from({ length: DISTINCT_WORDS }, (_, index) => `w${index}`)
  // Drawn so that the logarithm of the rank is uniform: the i-th word comes about as often as 1 / i.
  const draw = (): string => words[Math.floor(DISTINCT_WORDS ** random.next())]!
  const textOf = (index: number): string => {
    // Each word stands at the beginning of one sentence at least.
    const drawn = Array.from({ length: WORDS_PER_SENTENCE }, draw)
    const [one, other] = [words[index], words[index + SENTENCES_OF_MANY]]
    return [one ?? drawn[0], other ?? drawn[1], ...drawn.slice(2)].join(' ')
  }
  const sentences = Array.from({ length: SENTENCES_OF_MANY }, (_, index) => textOf(index))
  return (_, index) => [sentences[index % SENTENCES_OF_MANY]!]
}
