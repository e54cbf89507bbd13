/** The spouts and bolts of Storm's own tests, and what else the stories are told with. */
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  type CustomStreamGrouping,
  fields,
  type GroupingContext,
  type OutputCollector,
  Spout,
  type TaskContext,
  type TaskId,
  type Tuple,
} from '../../lib/index.ts'

export interface Word {
  word: string
}
export interface WordCount {
  word: string
  count: number
}
export interface Count {
  count: number
}

/** Emits nothing; to be mocked. */
export class TestWordSpout extends Spout<Word> {
  override readonly outputs = fields<Word>('word')
  nextTuple(): void {}
}

/** Each word with how often this task has seen it. */
export class TestWordCounter extends BasicBolt<Word, WordCount> {
  override readonly outputs = fields<WordCount>('word', 'count')
  readonly #counts = new Map<string, number>()

  execute(tuple: Tuple<Word>, collector: BasicOutputCollector<WordCount>): void {
    const word = tuple.get('word')
    const count = (this.#counts.get(word) ?? 0) + 1
    this.#counts.set(word, count)
    collector.emit([word, count])
  }
}

/** The number of tuples until now, for each one. */
export class TestGlobalCount extends Bolt<any, Count> {
  override readonly outputs = fields<Count>('count')
  #collector!: OutputCollector<Count>
  #count = 0

  override prepare(_context: TaskContext, collector: OutputCollector<Count>): void {
    this.#collector = collector
  }

  execute(tuple: Tuple): void {
    this.#collector.emit(tuple, [++this.#count])
    this.#collector.ack(tuple)
  }
}

/** The sum of the latest counts of all words. */
export class TestAggregatesCounter extends Bolt<WordCount, Count> {
  override readonly outputs = fields<Count>('count')
  readonly #counts = new Map<string, number>()
  #collector!: OutputCollector<Count>

  override prepare(_context: TaskContext, collector: OutputCollector<Count>): void {
    this.#collector = collector
  }

  execute(tuple: Tuple<WordCount>): void {
    this.#counts.set(tuple.get('word'), tuple.get('count'))
    const sum = [...this.#counts.values()].reduce((total, count) => total + count, 0)
    this.#collector.emit(tuple, [sum])
    this.#collector.ack(tuple)
  }
}

/** Chooses the first `n` tasks for every tuple. */
export class NGrouping implements CustomStreamGrouping {
  readonly #n: number
  #chosen: readonly TaskId[] = []

  constructor(n: number) {
    this.#n = n
  }

  prepare({ targets }: GroupingContext): void {
    this.#chosen = targets.slice(0, this.#n)
  }

  chooseTasks(): readonly TaskId[] {
    return this.#chosen
  }
}

/** Emits `n` tuples, 0 up to n - 1, each anchored to the input. */
export class BranchingBolt extends Bolt<any, { num: number }> {
  override readonly outputs = fields<{ num: number }>('num')
  readonly #n: number
  #collector!: OutputCollector<{ num: number }>

  constructor(n: number) {
    super()
    this.#n = n
  }

  override prepare(_context: TaskContext, collector: OutputCollector<{ num: number }>): void {
    this.#collector = collector
  }

  execute(tuple: Tuple): void {
    for (let i = 0; i < this.#n; i++) this.#collector.emit(tuple, [i])
    this.#collector.ack(tuple)
  }
}

/** Holds `n` inputs, then emits one tuple `(1)` anchored to all of them and acks them. */
export class AggBolt extends Bolt<any, { num: number }> {
  override readonly outputs = fields<{ num: number }>('num')
  readonly #n: number
  #held: Tuple[] = []
  #collector!: OutputCollector<{ num: number }>

  constructor(n: number) {
    super()
    this.#n = n
  }

  override prepare(_context: TaskContext, collector: OutputCollector<{ num: number }>): void {
    this.#collector = collector
  }

  execute(tuple: Tuple): void {
    this.#held.push(tuple)
    if (this.#held.length < this.#n) return
    this.#collector.emit(this.#held, [1])
    for (const held of this.#held) this.#collector.ack(held)
    this.#held = []
  }
}

/** Acks the first, third, fifth … tuple and forgets the others. */
export class AckEveryOtherBolt extends Bolt {
  #odd = false
  #collector!: OutputCollector

  override prepare(_context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
  }

  execute(tuple: Tuple): void {
    this.#odd = !this.#odd
    if (this.#odd) this.#collector.ack(tuple)
  }
}

type Execute = (tuple: Tuple, collector: OutputCollector, context: TaskContext) => void | Promise<void>

/** A bolt out of one function; it acks by itself. */
export class FunctionBolt extends Bolt {
  override readonly outputs
  readonly #execute: Execute
  #context!: TaskContext
  #collector!: OutputCollector

  constructor(outputs: readonly string[], execute: Execute) {
    super()
    this.outputs = fields(...outputs)
    this.#execute = execute
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#context = context
    this.#collector = collector
  }

  execute(tuple: Tuple): void | Promise<void> {
    return this.#execute(tuple, this.#collector, this.#context)
  }
}

/**
 * Emits the numbers from 0 up to n - 1 of its task, `(task index, number)`, with that as message id, and again what
 * fails, until all are acked.
 */
export class ReplayingSpout extends Spout<{ task: number; n: number }, number> {
  override readonly outputs = fields<{ task: number; n: number }>('task', 'n')
  readonly #count: number
  readonly #acked: Set<string> | undefined
  readonly #open = new Set<number>()
  #toEmit: number[] = []
  #index = 0
  #collector: any

  /** @param acked gets `task/n` of each root that was acked */
  constructor(count: number, acked?: Set<string>) {
    super()
    this.#count = count
    this.#acked = acked
  }

  override open(context: TaskContext, collector: unknown): void {
    this.#index = context.taskIndex
    this.#collector = collector
    this.#toEmit = Array.from({ length: this.#count }, (_, n) => this.#count - 1 - n)
    for (const n of this.#toEmit) this.#open.add(n)
  }

  nextTuple(): void {
    const n = this.#toEmit.pop()
    if (n !== undefined) this.#collector.emit([this.#index, n], n)
  }

  override ack(n: number): void {
    this.#open.delete(n)
    this.#acked?.add(`${this.#index}/${n}`)
  }

  override fail(n: number): void {
    this.#toEmit.push(n)
  }

  override isExhausted(): boolean {
    return this.#open.size === 0
  }
}

/** Notes down what it executes. */
export class NotingBolt extends BasicBolt {
  readonly #seen: unknown[][]

  constructor(seen: unknown[][]) {
    super()
    this.#seen = seen
  }

  execute(tuple: Tuple): void {
    this.#seen.push([...tuple.values])
  }
}
