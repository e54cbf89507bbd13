/**
 * The word count that real Storm daemons run: each word of each line is a row, which says of which line it is. A row
 * that is written twice, since a line was replayed, is one row; so what Storm does at least once is counted once.
 *
 * Beside the word goes a map with a list in it, from one worker of Storm's to the other.
 */
import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  BasicBolt,
  type BasicOutputCollector,
  Fields,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
  type Tuple,
} from 'typhoon'
import { FileSpout } from 'typhoon/components'

/** A line → each of its words, how often it stands there, and a map. */
class WordsOfLine extends BasicBolt {
  override readonly outputs = new Fields(['line', 'word', 'count', 'about'])

  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const [text] = tuple.values as [string]
    const line = createHash('sha1').update(text).digest('hex').slice(0, 16)
    const counts = new Map<string, number>()
    for (const word of text.split(/\s+/).filter(Boolean)) counts.set(word, (counts.get(word) ?? 0) + 1)
    for (const [word, count] of counts) collector.emit([line, word, count, aboutWord(word)])
  }
}

/** Writes each row, and acks it when the file has it. */
class Rows extends BasicBolt {
  readonly #folder: string
  #file!: string

  constructor(folder: string) {
    super()
    this.#folder = folder
  }

  override prepare(context: TaskContext): void {
    this.#file = join(this.#folder, `${context.task}-${process.pid}.tsv`)
  }

  override execute(tuple: Tuple): void {
    const [line, word, count, about] = tuple.values as [string, string, number, unknown]
    if (!isDeepStrictEqual(about, aboutWord(word))) throw new Error(`what goes with "${word}" came as another value`)
    appendFileSync(this.#file, `${line}\t${word}\t${count}\n`)
  }
}

function aboutWord(word: string): object {
  return { length: word.length, first: [word.slice(0, 1), null, true], in: { none: {} } }
}

const wordCount: TopologyFunction = ({ variables }) => {
  const { input = '', rows = '' } = variables
  const builder = new TopologyBuilder('word-count', {
    'topology.workers': 2,
    // A line is a whole address, which makes some two thousand rows.
    'topology.max.spout.pending': 4,
    'topology.message.timeout.secs': 60,
  })
  const lines = builder.setSpout('lines', () => new FileSpout(input), 2)
  const words = builder.setBolt('words', () => new WordsOfLine(), 2).shuffleGrouping(lines)
  builder.setBolt('rows', () => new Rows(rows), 2).fieldsGrouping(words, ['word'])
  return builder.createTopology()
}

export default wordCount
