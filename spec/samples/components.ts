/** The components of the samples. What was made with them shows in their configuration, and so in the expected plan. */
import {
  BasicBolt,
  type BasicOutputCollector,
  type Component,
  type ConfigMap,
  type CustomStreamGrouping,
  direct,
  fields,
  Spout,
  type Streams,
  type Topology,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
  type WorkerHook,
} from 'typhoon'
import type { TupleWindow } from 'typhoon/windows'

interface Word {
  word: string
}

/** Declares a word, emits nothing. */
export class WordSpout extends Spout<Word> {
  override readonly outputs = fields<Word>('word')
  override nextTuple(): void {}
}

/** A timestamp that no field holds: how long a word is. */
export function lengthOf(tuple: Tuple<Word>): number {
  return tuple.get('word').length
}

/** Several streams, one of them direct. */
export class ManyStreamsSpout extends Spout<
  Streams<{ words: Word; numbers: { n: number }; replies: { answer: string } }>
> {
  override readonly outputs = {
    words: fields<Word>('word'),
    numbers: fields<{ n: number }>('n'),
    replies: direct(fields<{ answer: string }>('answer')),
  }
  override nextTuple(): void {}
}

export class CountBolt extends BasicBolt<Word, { word: string; count: number }> {
  override readonly outputs = fields<{ word: string; count: number }>('word', 'count')
  override execute(_tuple: Tuple<Word>, _collector: BasicOutputCollector): void {}
}

export class LogBolt extends BasicBolt {
  override execute(): void {}
}

/** Shows what it was made with. */
export class ProbeBolt extends BasicBolt {
  readonly #args: readonly unknown[]
  #calls: unknown[] = []
  label = ''
  #size = 0

  constructor(...args: readonly unknown[]) {
    super()
    this.#args = args
  }

  setSize(size: number): void {
    this.#size = size
  }

  withFoo(foo: string): void {
    this.#calls.push({ foo })
  }

  withFooBar(foo: string, bar: string): void {
    this.#calls.push({ fooBar: foo + bar })
  }

  withAny(...values: readonly unknown[]): void {
    this.#calls.push({ any: values })
  }

  override execute(): void {}

  override getComponentConfiguration(): ConfigMap {
    return { args: this.#args, calls: this.#calls, label: this.label, size: this.#size }
  }
}

/** A bean that others refer to. */
export class Part {
  readonly name: string
  readonly parts: readonly Part[]

  constructor(name: string, parts: readonly Part[] = []) {
    this.name = name
    this.parts = parts
  }

  static newInstance(name = 'nameless'): Part {
    return new Part(name)
  }
}

/** Two parts that are one instance or not. */
export class SameBolt extends BasicBolt {
  readonly #same: boolean

  constructor(first: Part, second: Part) {
    super()
    this.#same = first === second
  }

  override execute(): void {}

  override getComponentConfiguration(): ConfigMap {
    return { same: this.#same }
  }
}

/** A function that makes a component. */
export function makeLogBolt(): Component {
  return new LogBolt()
}

export class ThrowingBolt extends BasicBolt {
  constructor(message: string) {
    super()
    throw new Error(message)
  }

  override execute(): void {}
}

/** The first n tasks. */
export class FirstTasks implements CustomStreamGrouping {
  readonly #count: number
  #targets: readonly number[] = []

  constructor(count: number) {
    this.#count = count
  }

  prepare({ targets }: { targets: readonly number[] }): void {
    this.#targets = targets
  }

  chooseTasks(): readonly number[] {
    return this.#targets.slice(0, this.#count)
  }
}

export class Hook implements WorkerHook {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  start(): void {}
}

/** Makes a topology in code; `config` shows in the number of its bolts. */
export class Source {
  readonly #spout: string

  constructor(spout = 'words') {
    this.#spout = spout
  }

  getTopology(config: ConfigMap): TopologyDefinition {
    const builder = new TopologyBuilder('from-code', { 'topology.debug': true })
    const words = builder.setSpout(this.#spout, () => new WordSpout())
    builder.setBolt('count', () => new CountBolt(), Number(config['bolts'] ?? 1)).shuffleGrouping(words)
    return builder.createTopology()
  }

  other(): TopologyDefinition {
    return this.getTopology({ bolts: 3 })
  }

  /** The plain data alone are no definition. */
  plainData(): Topology {
    return this.getTopology({}).topology
  }
}

export const notAClass = 42

/** What a windowed bolt calls: the longest word of a window. */
export function longestWord() {
  return (window: TupleWindow, collector: BasicOutputCollector): void => {
    const words = window.get().map((tuple) => String(tuple.values[0]))
    collector.emit([words.sort((a, b) => b.length - a.length)[0]])
  }
}

const ONE = new WordSpout()

/** Gives the same spout to each task. */
export function sameSpout(): WordSpout {
  return ONE
}

/** Returns no component. */
export function nothing(): void {}

/** What a WindowedBolt calls for each window. */
export function sumOfWindow(): () => void {
  return () => {}
}
