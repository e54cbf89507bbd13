/** What the samples of Trident name: functions, aggregators, states, spouts, each a few lines. */
import { type ConfigMap, fields } from 'typhoon'
import { Count, FixedBatchSpout, memoryMap, type Stream, TridentTopology } from 'typhoon/trident'

interface Tuple {
  readonly values: readonly unknown[]
  get(field: string): any
}
interface Collector {
  emit(values: readonly unknown[]): void
}

export const split = (tuple: Tuple): string[][] =>
  String(tuple.values[0])
    .split(' ')
    .map((word) => [word])

export const shout = (tuple: Tuple): unknown[] => [`${tuple.values[0]}!`]

/** For `each` with fields. */
export function lengthOf(tuple: Tuple, collector: Collector): void {
  collector.emit([String(tuple.values[0]).length])
}

export const isLong = (tuple: Tuple): boolean => String(tuple.values[0]).length > 3

export const look = (_tuple: Tuple): void => {}

export const byLength = (a: unknown, b: unknown): number => String(a).length - String(b).length

/** A function that makes a function: named with arguments, as a bean. */
export function splitAt(separator: string): (tuple: Tuple) => string[][] {
  return (tuple) =>
    String(tuple.values[0])
      .split(separator)
      .map((word) => [word])
}

/** A function that makes a filter. */
export function isWord(word: string): (tuple: Tuple) => boolean {
  return (tuple) => tuple.values[0] === word
}

/** An aggregator as an object. */
export const Longest = {
  init: (): string => '',
  reduce: (longest: string, tuple: Tuple): string =>
    String(tuple.values[0]).length > longest.length ? String(tuple.values[0]) : longest,
}

/** An aggregator as a class. */
export class Bits {
  init(): { all: number } {
    return { all: 0 }
  }
  aggregate(state: { all: number }, tuple: Tuple): void {
    state.all |= Number(tuple.values[0])
  }
  complete(state: { all: number }, collector: Collector): void {
    collector.emit([state.all])
  }
}

/** A query that a function makes. */
export const ask = () => ({
  batchRetrieve: (_state: unknown, tuples: readonly Tuple[]): unknown[] => tuples.map(() => null),
  execute: (_tuple: Tuple, result: unknown, collector: Collector): void => collector.emit([result]),
})

export const update = (_state: unknown, _tuples: readonly Tuple[]): void => {}

export class FirstTask {
  chooseTasks(): readonly number[] {
    return []
  }
}

export const pairUp = {
  init: (): unknown[] => [],
  execute: (state: unknown[], stream: number): void => {
    state.push(stream)
  },
  complete: (state: unknown[], collector: Collector): void => collector.emit([state.length]),
}

/** A state of the user's own; made with a label. */
export function customers(label = 'customers'): object {
  return {
    label,
    kind: 'own',
    survives: true,
    makeState: () => ({ beginCommit() {}, commit() {} }),
  }
}

/** A spout of Trident in a few lines. */
export class Numbers {
  readonly kind = 'opaque'
  readonly outputs = fields<{ n: number; word: string }>('n', 'word')
  getCoordinator() {
    return { getPartitionsForBatch: () => ['all'] }
  }
  getEmitter() {
    return { emitPartitionBatchNew: () => undefined }
  }
}

export const notAFunction = 42

/** Makes a topology of Trident in code. */
export class Source {
  getTopology(config: ConfigMap): TridentTopology {
    const topology = new TridentTopology('from-code', config)
    this.#stream(topology).persistentAggregate('count', memoryMap(), Count, fields<{ count: number }>('count'))
    return topology
  }

  /** Forgets that a stream is no topology. */
  stream(): Stream {
    return this.#stream(new TridentTopology('stream'))
  }

  /** What the stream says of itself. */
  wrong(): Stream {
    return this.stream().project(['wrod'])
  }

  #stream(topology: TridentTopology): Stream<{ word: string }> {
    return topology.newStream('words', () => new FixedBatchSpout(fields<{ word: string }>('word'), 2, ['a'], ['b']))
  }
}
