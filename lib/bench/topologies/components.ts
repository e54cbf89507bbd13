/** The spouts and bolts of the benchmark, as in Storm's storm-perf and storm-loadgen (examples of apache/storm). */
import { SENTENCES } from '../../components/spouts/random-sentence-spout.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  DataBolt,
  fields,
  type OutputCollector,
  type Positions,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  type Tuple,
} from '../../index.ts'
import { Histogram } from '../../stats/histogram.ts'

/** Storm's five sentences. */
export { SENTENCES }

/** Row of a sentence. */
export type Sentence = { sentence: string }
/** Row of a word. */
export type Word = { word: string }
/** Row of the constant item. */
export type Item = { str: string }

/** Emits the given lines in turn, for ever, each with a message id; it knows where it stands. */
export class LinesSpout extends Spout<Sentence, number> {
  override readonly outputs = fields<Sentence>('sentence')
  readonly #lineAt: (index: number) => string
  #context!: TaskContext
  #collector!: SpoutOutputCollector<Sentence, number>
  #next = 0

  /** @param lines a list, or what the lines are by their number */
  constructor(lines: readonly string[] | ((index: number) => string) = SENTENCES) {
    super()
    this.#lineAt = typeof lines === 'function' ? lines : (index) => lines[index % lines.length]!
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Sentence, number>): void {
    this.#context = context
    this.#collector = collector
  }

  nextTuple(): void {
    const id = this.#next++
    this.#collector.emit([this.#lineAt(id)], id)
  }

  override position(): Positions {
    return { [this.#context.taskIndex]: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = (positions[this.#context.taskIndex] as number | undefined) ?? 0
  }
}

/** Storm-perf's ConstSpout. */
export class ConstSpout extends Spout<Item, number> {
  override readonly outputs = fields<Item>('str')
  #collector!: SpoutOutputCollector<Item, number>
  #next = 0

  override open(_context: TaskContext, collector: SpoutOutputCollector<Item, number>): void {
    this.#collector = collector
  }

  nextTuple(): void {
    this.#collector.emit(['some data'], this.#next++)
  }
}

/** Splits at single spaces. */
export class SplitSentence extends BasicBolt<Sentence, Word> {
  override readonly outputs = fields<Word>('word')

  execute(tuple: Tuple<Sentence>, collector: BasicOutputCollector<Word>): void {
    for (const word of tuple.values[0]!.split(' ')) collector.emit([word])
  }
}

/** Counts words and emits nothing. */
export class CountWords extends BasicBolt<Word> {
  readonly #counts = new Map<string, number>()

  execute(tuple: Tuple<Word>): void {
    const word = tuple.values[0]!
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }
}

/** Emits what it gets. */
export class IdBolt extends BasicBolt<Item, Item> {
  override readonly outputs = fields<Item>('str')

  execute(tuple: Tuple<Item>, collector: BasicOutputCollector<Item>): void {
    collector.emit(tuple.values)
  }
}

/** Acks what it gets. */
export class DevNullBolt extends BasicBolt<any> {
  execute(): void {}
}

/** Keeps the processor busy for this long with each tuple. */
export class SlowBolt extends BasicBolt<any> {
  readonly #ms: number

  constructor(ms: number) {
    super()
    this.#ms = ms
  }

  execute(): void {
    const end = performance.now() + this.#ms
    while (performance.now() < end);
  }
}

/** What an open-loop spout says when it is closed, as its last log line. */
export interface LatencyLog {
  readonly latencyMs: ReturnType<Histogram['percentilesMs']>
  readonly count: number
  readonly failed: number
}

/**
 * Emits at a fixed rate, whatever comes back (open loop). Latency counts from the moment at which a tuple should have
 * been emitted, so that a stall is not hidden by the tuples that were not emitted meanwhile. With a rate of 0 it never
 * emits.
 */
export class PacedSpout extends Spout<Sentence, number> {
  override readonly outputs = fields<Sentence>('sentence')
  readonly #periodMs: number
  readonly #warmUpMs: number
  readonly #latency = new Histogram()
  #collector!: SpoutOutputCollector<Sentence, number>
  #context!: TaskContext
  #startedAt = 0
  #next = 0
  #failed = 0

  constructor(perSecond: number, warmUpMs: number) {
    super()
    this.#periodMs = 1000 / perSecond
    this.#warmUpMs = warmUpMs
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Sentence, number>): void {
    this.#context = context
    this.#collector = collector
  }

  override activate(): void {
    this.#startedAt = performance.now()
  }

  nextTuple(): void {
    if (performance.now() < this.#dueAt(this.#next)) return
    const id = this.#next++
    this.#collector.emit([SENTENCES[Math.floor(this.#context.random() * 5)]!], id)
  }

  override ack(id: number): void {
    const due = this.#dueAt(id)
    if (due > this.#startedAt + this.#warmUpMs) this.#latency.record(Math.round((performance.now() - due) * 1000))
  }

  override fail(): void {
    this.#failed++
  }

  override close(): void {
    const log: LatencyLog = {
      latencyMs: this.#latency.percentilesMs(),
      count: this.#latency.total,
      failed: this.#failed,
    }
    this.#context.log('info', JSON.stringify(log))
  }

  #dueAt(id: number): number {
    return this.#startedAt + (id + 1) * this.#periodMs
  }
}

/** Never acks; says how much memory the process has taken when the first and when the last tuple has come. */
export class HoldingBolt extends DataBolt<Item> {
  readonly #last: number
  #context!: TaskContext
  #count = 0

  constructor(last: number) {
    super()
    this.#last = last
  }

  override prepare(context: TaskContext, _collector: OutputCollector): void {
    this.#context = context
  }

  execute(): void {
    this.#count++
    if (this.#count === 1 || this.#count === this.#last)
      this.#context.log('info', JSON.stringify({ tuples: this.#count, bytes: bytesInUse() }))
  }
}

function bytesInUse(): number {
  const collect = (globalThis as { gc?: () => void }).gc
  collect?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
