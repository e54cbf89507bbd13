/**
 * Aggregates that take one tuple after the other, and can be put together: one for each key and pane of time is all
 * that is kept of a window.
 *
 * The law: `merge` is associative, and adding tuples to two aggregates and merging them is adding all to one. An
 * aggregate is a value that can be kept in a state.
 */
import { Fields, type Tuple, TyphoonError } from '../../index.ts'
import { Max, Min, Sum } from '../../trident/builtin/combiners.ts'
import type { CombinerAggregator } from '../../trident/model/operation.ts'
import { TridentTuple } from '../../trident/model/tuple.ts'

/** Aggregates tuples: `A` is what is kept, `R` what comes of it. */
export interface Aggregate<A = any, R = any, In = any> {
  /** What it is, as `sum(amount)`: what one was kept by is not taken for what another one would have kept. */
  readonly name?: string
  /** The fields that it reads, where that is known before anything runs. */
  readonly reads?: readonly string[]
  /** Of nothing. */
  init(): A
  /** May change what it gets in place, and returns it. */
  add(accumulated: A, tuple: Tuple<In>): A
  /** The same. Where windows slide, and for sessions, parts are merged; `a` is the earlier one. */
  merge(a: A, b: A): A
  /** Left out: what is kept is what comes of it. */
  result?(accumulated: A): R
}

/** How many tuples. */
export function counting(): Aggregate<number, number> {
  return { name: 'count', init: () => 0, add: (count) => count + 1, merge: (a, b) => a + b }
}

/** The sum of a field: numbers, or big integers. */
export function summing(field: string): Aggregate<number, number> {
  return { ...combining(Sum, field), name: `sum(${field})` }
}

/** The least value of a field; null where there is none. */
export function least(field: string): Aggregate {
  return { ...combining(Min, field), name: `min(${field})` }
}

/** The greatest value of a field; null where there is none. */
export function greatest(field: string): Aggregate {
  return { ...combining(Max, field), name: `max(${field})` }
}

/** The mean of a field of numbers; null where there is none. */
export function averaging(field: string): Aggregate<[sum: number, count: number], number | null> {
  const sum = summing(field)
  return {
    name: `mean(${field})`,
    reads: [field],
    init: () => [0, 0],
    add: ([total, count], tuple) => [sum.add(total, tuple), count + 1],
    merge: ([a, n], [b, m]) => [a + b, n + m],
    result: ([total, count]) => (count === 0 ? null : total / count),
  }
}

/** All values of a field, in the order in which they came; they are kept, so mind how many there are. */
export function listing(field: string): Aggregate<unknown[], unknown[]> {
  return {
    name: `list(${field})`,
    reads: [field],
    init: () => [],
    add(list, tuple) {
      list.push(tuple.get(field))
      return list
    },
    merge: (a, b) => [...a, ...b],
  }
}

/** One of Trident's combiners, over some fields. */
export function combining<T>(combiner: CombinerAggregator<T>, ...fields: readonly string[]): Aggregate<T, T> {
  const names = new Fields(fields)
  return {
    reads: fields,
    init: () => combiner.zero(),
    add(accumulated, tuple) {
      const view = new TridentTuple(
        fields.map((field) => tuple.get(field)),
        names,
      )
      return combiner.combine(accumulated, combiner.init(view))
    },
    merge: (a, b) => combiner.combine(a, b),
  }
}

/** Several aggregates by the field that each goes to. */
export type AggregatesOf<R> = { readonly [K in keyof R]: Aggregate<any, R[K]> | AggregateWords }

/** What stands for an aggregate in a file. */
export type AggregateWords =
  | 'count'
  | { readonly sum: string }
  | { readonly min: string }
  | { readonly max: string }
  | { readonly mean: string }
  | { readonly list: string }

const BY_WORD = { sum: summing, min: least, max: greatest, mean: averaging, list: listing } as const

/** An aggregate, or the words that stand for it. @throws BAD_WINDOW */
export function checkAggregate(name: string, given: Aggregate | AggregateWords): Aggregate {
  if (given === 'count') return counting()
  const { init, add, merge } = Object(given) as Partial<Aggregate>
  if (typeof init === 'function' && typeof add === 'function' && typeof merge === 'function') return given as Aggregate
  const [[word, field] = [], ...others] = Object.entries(Object(given))
  const make = BY_WORD[word as keyof typeof BY_WORD]
  if (make !== undefined && typeof field === 'string' && others.length === 0) return make(field)
  throw new TyphoonError('BAD_WINDOW', `"${name}" is not an aggregate: ${JSON.stringify(given)}`, {
    hint: 'count, { sum: field }, { min: field }, { max: field }, { mean: field }, { list: field }, or { init, add, merge, result }',
  })
}

/** Several aggregates as one, whose result is a list. */
export function together(aggregates: readonly Aggregate[]): Aggregate<any, unknown[]> {
  const results = aggregates.map(
    (one) => (accumulated: unknown) => (one.result === undefined ? accumulated : one.result(accumulated)),
  )
  const [only] = aggregates
  if (only !== undefined && aggregates.length === 1)
    return {
      init: only.init.bind(only),
      add: only.add.bind(only),
      merge: only.merge.bind(only),
      result: (accumulated) => [results[0]!(accumulated)],
    }
  return {
    init: () => aggregates.map((one) => one.init()),
    add: (all: unknown[], tuple) => aggregates.map((one, index) => one.add(all[index], tuple)),
    merge: (a: unknown[], b: unknown[]) => aggregates.map((one, index) => one.merge(a[index], b[index])),
    result: (all: unknown[]) => results.map((resultOf, index) => resultOf(all[index])),
  }
}
