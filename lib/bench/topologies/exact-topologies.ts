/** The topologies with which exactly once is held against at least once, by name; the guarantee is in the config. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../index.ts'
import { Histogram } from '../../stats/histogram.ts'
import { Prng } from '../../util/prng.ts'
import { LinesSpout, SENTENCES, SplitSentence, type Word } from './components.ts'

/** Words of a state that is large. */
export const MANY_WORDS = 1_000_000
const WORDS_PER_SENTENCE = 10
const SENTENCES_OF_MANY = 50_000
const CHANGES_PER_MS = 100
const BURST = 64

/** Counts words in a state. */
class CountInState extends BasicBolt<Word> {
  #counts!: KeyValueState<string, number>

  override prepare(context: TaskContext): void {
    this.#counts = context.state('counts')
  }

  execute(tuple: Tuple<Word>): void {
    const word = tuple.values[0]!
    this.#counts.put(word, (this.#counts.get(word) ?? 0) + 1)
  }
}

/**
 * Each word of many in its turn, and then sentences out of them, whose frequencies fall as those of a language: the
 * i-th comes about as often as 1 / i.
 */
function manyWords(words: number): (index: number) => string {
  const random = new Prng(1)
  const draw = (): string => `w${Math.floor(words ** random.next())}`
  const sentences = Array.from({ length: SENTENCES_OF_MANY }, () =>
    Array.from({ length: WORDS_PER_SENTENCE }, draw).join(' '),
  )
  return (index) => {
    const first = index * WORDS_PER_SENTENCE
    if (first >= words) return sentences[index % SENTENCES_OF_MANY]!
    return Array.from({ length: WORDS_PER_SENTENCE }, (_, word) => `w${first + word}`).join(' ')
  }
}

/** Emits 100 words each millisecond, out of a tenth of many. */
class SomeWords extends Spout<Word> {
  override readonly outputs = fields<Word>('word')
  #collector!: SpoutOutputCollector<Word>
  #next = 0
  #startedAt = 0

  override open(_context: TaskContext, collector: SpoutOutputCollector<Word>): void {
    this.#collector = collector
  }

  override activate(): void {
    this.#startedAt = performance.now()
  }

  nextTuple(): void {
    const due = (performance.now() - this.#startedAt) * CHANGES_PER_MS
    for (let burst = 0; burst < BURST && this.#next < due; burst++)
      this.#collector.emit([`w${10 * (this.#next++ % (MANY_WORDS / 10))}`])
  }

  override position() {
    return {}
  }

  override seek(): void {}
}

/** Has counted many words, and says in the end how long its event loop stood still at most since more came. */
class CountWatched extends CountInState {
  readonly #delay = monitorEventLoopDelay({ resolution: 1 })
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    super.prepare(context)
    this.#context = context
    const counts = context.state<string, number>('counts')
    if (counts.size === 0) for (let word = 0; word < MANY_WORDS; word++) counts.put(`w${word}`, 1)
  }

  override execute(tuple: Tuple<Word>): void {
    this.#delay.enable()
    super.execute(tuple)
  }

  override cleanup(): void {
    const { max } = this.#delay
    this.#context.log('info', String(max / 1e6))
  }
}

type Dated = { sentence: string; due: number }
type DatedWord = { word: string; due: number }

/** Milliseconds since 1970, with their fractions: the same in all processes. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

/** Emits at a fixed rate, whatever comes of it (open loop); each sentence says when it was due. */
class DatedSpout extends Spout<Dated> {
  override readonly outputs = fields<Dated>('sentence', 'due')
  readonly #periodMs: number
  #collector!: SpoutOutputCollector<Dated>
  #context!: TaskContext
  #startedAt = 0
  #next = 0

  constructor(perSecond: number) {
    super()
    this.#periodMs = 1000 / perSecond
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Dated>): void {
    this.#context = context
    this.#collector = collector
  }

  override activate(): void {
    this.#startedAt = now()
  }

  nextTuple(): void {
    const due = this.#startedAt + (this.#next + 1) * this.#periodMs
    if (now() < due) return
    this.#collector.emit([SENTENCES[Math.floor(this.#context.random() * 5)]!, due], this.#next++)
  }

  override position() {
    return {}
  }

  override seek(): void {}
}

class SplitDated extends BasicBolt<Dated, DatedWord> {
  override readonly outputs = fields<DatedWord>('word', 'due')

  execute(tuple: Tuple<Dated>, collector: BasicOutputCollector<DatedWord>): void {
    for (const word of tuple.values[0]!.split(' ')) collector.emit([word, tuple.values[1]!])
  }
}

/** Says, as its last log line, how long after they were due words were counted. */
class CountDated extends BasicBolt<DatedWord> {
  readonly #warmUpMs: number
  readonly #latency = new Histogram()
  #context!: TaskContext
  #counts!: KeyValueState<string, number>
  #from = Number.POSITIVE_INFINITY

  constructor(warmUpMs: number) {
    super()
    this.#warmUpMs = warmUpMs
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#counts = context.state('counts')
  }

  execute(tuple: Tuple<DatedWord>): void {
    const [word, due] = tuple.values
    this.#counts.put(word!, (this.#counts.get(word!) ?? 0) + 1)
    if (this.#from === Number.POSITIVE_INFINITY) this.#from = due! + this.#warmUpMs
    if (due! >= this.#from) this.#latency.record(Math.round((now() - due!) * 1000))
  }

  override cleanup(): void {
    this.#context.log('info', JSON.stringify(this.#latency.percentilesMs()))
  }
}

/** A topology of the benchmark for states; undefined where none has this name. */
export function exactTopology(
  name: string,
  variables: Readonly<Record<string, string>>,
): TopologyDefinition | undefined {
  if (!name.startsWith('exact-')) return undefined
  const builder = new TopologyBuilder(name)
  if (name === 'exact-stall') {
    const words = builder.setSpout('words', () => new SomeWords())
    builder.setBolt('count', () => new CountWatched()).fieldsGrouping(words, ['word'])
  } else if (name === 'exact-latency') {
    const { rate, warmUpMs } = variables
    const lines = builder.setSpout('lines', () => new DatedSpout(Number(rate)))
    const split = builder.setBolt('split', () => new SplitDated()).shuffleGrouping(lines)
    builder.setBolt('count', () => new CountDated(Number(warmUpMs))).fieldsGrouping(split, ['word'])
  } else {
    const lines = builder.setSpout(
      'lines',
      () => new LinesSpout(variables['words'] === undefined ? SENTENCES : manyWords(Number(variables['words']))),
      2,
    )
    const split = builder.setBolt('split', () => new SplitSentence(), 2).localOrShuffleGrouping(lines)
    builder.setBolt('count', () => new CountInState(), 2).fieldsGrouping(split, ['word'])
  }
  return builder.createTopology()
}
