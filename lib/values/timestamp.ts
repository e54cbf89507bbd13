/**
 * What is a timestamp. It enters in many ways, and becomes one here alone: a whole number in the unit of its source, as
 * a rule milliseconds since 1970, that a Date can hold. So one less or more is another one, and to add the length of
 * any window to it is exact.
 */

/** The greatest time that a Date holds, in milliseconds before and after 1970. */
const MOST_MS = 8_640_000_000_000_000

/** What a timestamp can be, for messages. */
export const TIMESTAMP_HINT =
  'a timestamp is a date, or a number from -8.64e15 to 8.64e15, as a rule milliseconds since 1970; give it an extractor where it is neither'

/** The timestamp that a value stands for, a fraction rounded down; undefined where it is none. Hot. */
export function timestampIn(value: unknown): number | undefined {
  const time = typeof value === 'number' ? Math.floor(value) : value instanceof Date ? value.getTime() : Number.NaN
  return time >= -MOST_MS && time <= MOST_MS ? time : undefined
}
