/**
 * The least or the greatest of all tuples, whole. If several are equal, the first one stays; where no tuple came, none
 * is emitted.
 */

import type { Aggregator } from '../model/operation.ts'
import type { TridentTuple } from '../model/tuple.ts'
import { compareValues, isAbsent } from './compare.ts'

/** Which of the two. */
export type Extreme = 'min' | 'max'

/** Negative where `a` comes before `b`, positive where it comes behind it. */
export type Comparator<T = any> = (a: T, b: T) => number

/** The tuple until now. */
interface Best {
  tuple: TridentTuple | undefined
}

/**
 * The tuple with the least or the greatest value of a field; its output fields are those of its input.
 * @param comparator of values of the field; left out: numbers, texts (by code units), dates and booleans in their
 * natural order. Null and NaN lose against everything.
 */
export function extremeBy<Row = any, Name extends keyof Row & string = keyof Row & string>(
  which: Extreme,
  field: Name,
  comparator: Comparator<Row[Name]> = compareValues,
): Aggregator<Row, Row> {
  return keeping(which, (a, b) => {
    const first = a.get(field)
    const second = b.get(field)
    if (isAbsent(first) || isAbsent(second)) return beats(which) * (Number(isAbsent(first)) - Number(isAbsent(second)))
    return comparator(first as Row[Name], second as Row[Name])
  })
}

/** The least or the greatest tuple, as `comparator` compares them; its output fields are those of its input. */
export function extreme<Row = any>(which: Extreme, comparator: Comparator<TridentTuple<Row>>): Aggregator<Row, Row> {
  return keeping(which, comparator)
}

/** What the sign of a comparison is multiplied with, so that the one that wins has the lesser number. */
function beats(which: Extreme): 1 | -1 {
  return which === 'min' ? 1 : -1
}

function keeping<Row>(which: Extreme, comparator: Comparator<TridentTuple<Row>>): Aggregator<Row, Row, Best> {
  const sign = beats(which)
  return {
    init: () => ({ tuple: undefined }),
    aggregate(best, tuple) {
      if (best.tuple === undefined || sign * comparator(tuple, best.tuple) < 0) best.tuple = tuple
    },
    complete(best, collector) {
      if (best.tuple !== undefined) collector.emit(best.tuple.values as never)
    },
  }
}
