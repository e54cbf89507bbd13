/**
 * A window of time, and where windows lie on the axis of time. Rules: apache/flink
 * `flink-runtime/.../windowing/windows/TimeWindow.java`.
 *
 * The law: a window holds the times from `start` up to, and without, `end`. Windows of one length lie at
 * `offset + n · slide` for every whole n, so they are right for times before 1970, too.
 */
import { TyphoonError } from '../../index.ts'

/** Holds the times `start <= time < end`, in milliseconds since 1970. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** All of time. */
export const ALL_OF_TIME: Window = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }

/** The remainder that is never negative. Hot: for times, `%` is a call of a function and four times as slow. */
function floorMod(value: number, divisor: number): number {
  const rest = value - Math.floor(value / divisor) * divisor
  // The quotient may have been rounded up.
  return rest < 0 ? rest + divisor : rest
}

/** The last multiple of `step`, counted from `offset`, that is not after `time`. */
export function alignedBefore(time: number, step: number, offset = 0): number {
  return time - floorMod(time - offset, step)
}

/** The first multiple of `step` that is not before `time`. */
export function alignedAfter(time: number, step: number): number {
  return time + floorMod(-time, step)
}

/** The greatest whole number that both are multiples of. */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** A length, a slide or a delay that may come out of a file: a whole number from 1 up. @throws BAD_WINDOW */
export function checkPositive(what: string, value: unknown, unit = 'milliseconds'): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number
  throw new TyphoonError('BAD_WINDOW', `${what} must be a whole number of ${unit} from 1 up, not ${String(value)}`)
}

/** The same, from 0 up. @throws BAD_WINDOW */
export function checkFromZero(what: string, value: unknown, unit = 'milliseconds'): number {
  if (value === 0) return 0
  return checkPositive(what, value, unit)
}
