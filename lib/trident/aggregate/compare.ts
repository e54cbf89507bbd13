/** The natural order of values, for what picks or sorts by a field. */

import { TyphoonError } from '../../index.ts'
import { quoted } from '../../shape/quoted.ts'

/** Null, undefined and NaN: they stand in no order. */
export function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value)
}

/**
 * Negative where `a` is less than `b`, positive where it is greater: numbers and big integers, texts by code units,
 * dates, booleans (false first).
 * @throws OPERATION_FAILED where the two are not of one kind, or of none of these
 */
export function compareValues(a: unknown, b: unknown): number {
  const kind = kindOf(a)
  if (kind === undefined || kind !== kindOf(b))
    throw new TyphoonError('OPERATION_FAILED', `${quoted(a)} and ${quoted(b)} cannot be compared`, {
      hint: 'give a comparator of your own, or filter such tuples before',
    })
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

function kindOf(value: unknown): string | undefined {
  if (value instanceof Date) return 'date'
  const type = typeof value
  if (type === 'number' || type === 'bigint') return 'number'
  return type === 'string' || type === 'boolean' ? type : undefined
}
