/**
 * The first tuples of a batch, and the tuple with the least or greatest value. Done in each partition and then once
 * more where their results come together, they give those of the whole batch.
 */
import { TyphoonError } from '../../index.ts'
import { compareValues, isAbsent } from '../aggregate/compare.ts'
import { type Comparator, extremeBy } from '../aggregate/extreme.ts'
import type { Aggregator } from '../model/operation.ts'
import type { TridentTuple } from '../model/tuple.ts'

/**
 * The first `n` tuples, whole: those that came first, or those with the least values of `sortField`, in this order;
 * with the greatest ones where `reverse` is true. Equal ones stay in the order in which they came, and those without a
 * value (null, NaN) stand last.
 * @throws BAD_ARGUMENT unless `n` is a whole number from 1 up
 */
export function firstN<Row = any>(
  n: number,
  sortField?: keyof Row & string,
  reverse = false,
): Aggregator<Row, Row, TridentTuple<Row>[]> {
  if (!Number.isInteger(n) || n < 1)
    throw new TyphoonError('BAD_ARGUMENT', `FirstN takes a whole number from 1 up, not ${n}`)
  return {
    init: () => [],
    aggregate(kept, tuple) {
      if (sortField === undefined) {
        if (kept.length < n) kept.push(tuple)
        return
      }
      const place = placeOf(tuple.get(sortField), kept, sortField, reverse ? -1 : 1)
      if (place >= n) return
      kept.splice(place, 0, tuple)
      if (kept.length > n) kept.pop()
    },
    complete(kept, collector) {
      for (const tuple of kept) collector.emit(tuple.values as never)
    },
  }
}

/**
 * The tuple with the least value of a field, whole; the first of several.
 * @param comparator of values of the field, instead of their natural order
 */
export function minBy<Row = any>(field: keyof Row & string, comparator?: Comparator): Aggregator<Row, Row> {
  return extremeBy<Row>('min', field, comparator)
}

/**
 * The tuple with the greatest value of a field, whole; the first of several.
 * @param comparator of values of the field, instead of their natural order
 */
export function maxBy<Row = any>(field: keyof Row & string, comparator?: Comparator): Aggregator<Row, Row> {
  return extremeBy<Row>('max', field, comparator)
}

/** How many of the sorted tuples stand before a value, by halving. */
function placeOf<Row>(
  value: unknown,
  sorted: readonly TridentTuple<Row>[],
  field: keyof Row & string,
  sign: 1 | -1,
): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBehind(sorted[middle]!.get(field), value, sign)) high = middle
    else low = middle + 1
  }
  return low
}

function isBehind(a: unknown, b: unknown, sign: 1 | -1): boolean {
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && !isAbsent(b)
  return sign * compareValues(a, b) > 0
}
