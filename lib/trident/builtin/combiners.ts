/**
 * Combiners that come with Trident: Count, Sum, Min, Max. They are associative, so each partition combines its own
 * tuples before anything is sent, and `persistentAggregate` adds the result of a batch to what is stored.
 */

import { TyphoonError } from '../../index.ts'
import { quoted } from '../../shape/quoted.ts'
import { compareValues, isAbsent } from '../aggregate/compare.ts'
import type { CombinerAggregator } from '../model/operation.ts'

/** How many tuples; it looks at none of their fields. */
export const Count: CombinerAggregator<number> = {
  init: () => 1,
  combine: (a, b) => a + b,
  zero: () => 0,
}

/**
 * The sum of the first input field; of nothing, 0. The field holds numbers, or big integers (then it is a
 * `CombinerAggregator<bigint>`); anything else fails the batch, for a text that looks like a number would be appended
 * and not added.
 */
export const Sum: CombinerAggregator<number> = {
  init(tuple) {
    const [value] = tuple.values
    if (typeof value === 'number' || typeof value === 'bigint') return value as number
    throw new TyphoonError(
      'OPERATION_FAILED',
      `Sum adds numbers, but the field "${tuple.fields.get(0)}" is ${quoted(value)}`,
      {
        hint: 'drop tuples without a value with FilterNull, and make numbers of texts with Number(…) before',
      },
    )
  },
  combine: (a, b) => (typeof a === typeof b ? a + b : mixedSum(a, b)),
  zero: () => 0,
}

/**
 * The least value of the first input field, in its natural order; null and NaN are left out, and of nothing it is null.
 */
export const Min: CombinerAggregator<any> = extremeValue(1)

/** The greatest value of the first input field; as `Min`. */
export const Max: CombinerAggregator<any> = extremeValue(-1)

function extremeValue(sign: 1 | -1): CombinerAggregator<any> {
  return {
    init: ({ values: [value] }) => (isAbsent(value) ? null : value),
    combine(a, b) {
      if (a === null || b === null) return a ?? b
      return sign * compareValues(b, a) < 0 ? b : a
    },
    zero: () => null,
  }
}

/** Big integers among numbers: exact, or not at all. */
function mixedSum(a: number | bigint, b: number | bigint): number {
  for (const value of [a, b])
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new TyphoonError('OPERATION_FAILED', `Sum cannot add ${quoted(value)} to a big integer`, {
        hint: 'make all values of the field numbers, or all of them big integers',
      })
  return (BigInt(a) + BigInt(b)) as unknown as number
}
