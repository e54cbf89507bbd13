/**
 * How long a window is, and how far it slides. One shape for all four: a tumbling window is one that slides by its
 * whole length.
 *
 * A window never slides by more than its length, so that each row lies in at least one window.
 */
import { TyphoonError } from '../../index.ts'

/** A window; made by `tumblingCount`, `slidingCount`, `tumblingDuration` and `slidingDuration`. */
export interface WindowConfig {
  /** What length and slide count: rows, or milliseconds of processing time. */
  readonly by: 'count' | 'duration'
  readonly length: number
  /** The distance from one window to the next. */
  readonly slide: number
}

/** Each `length` rows are a window. @throws BAD_WINDOW */
export function tumblingCount(length: number): WindowConfig {
  return checkWindow({ by: 'count', length, slide: length })
}

/** A window of the last `length` rows, after each `slide` rows; shorter at the beginning. @throws BAD_WINDOW */
export function slidingCount(length: number, slide: number): WindowConfig {
  return checkWindow({ by: 'count', length, slide })
}

/** The rows of each `ms` milliseconds, counted from 1970. @throws BAD_WINDOW */
export function tumblingDuration(ms: number): WindowConfig {
  return checkWindow({ by: 'duration', length: ms, slide: ms })
}

/** A window of the last `lengthMs` milliseconds, at each multiple of `slideMs`. @throws BAD_WINDOW */
export function slidingDuration(lengthMs: number, slideMs: number): WindowConfig {
  return checkWindow({ by: 'duration', length: lengthMs, slide: slideMs })
}

/** A window that may come out of a file. @throws BAD_WINDOW */
export function checkWindow(config: WindowConfig): WindowConfig {
  const unit = config.by === 'count' ? 'rows' : 'milliseconds'
  if (config.by !== 'count' && config.by !== 'duration')
    throw bad(`a window goes by "count" or by "duration", not by "${String(config.by)}"`)
  for (const [what, value] of [
    ['the length', config.length],
    ['the slide', config.slide],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= 1) continue
    throw bad(`${what} of a window must be a whole number of ${unit} from 1 up, not ${String(value)}`)
  }
  if (config.slide > config.length)
    throw bad(
      `a window of ${config.length} ${unit} that slides by ${config.slide} would leave rows out`,
      `let it slide by ${config.length} at most, or filter the stream before it`,
    )
  return config
}

/** A description for plans and errors: `the last 100 rows, every 10`. */
export function describeWindow({ by, length, slide }: WindowConfig): string {
  const unit = by === 'count' ? ' rows' : ' ms'
  return slide === length ? `each ${length}${unit}` : `the last ${length}${unit}, every ${slide}`
}

function bad(message: string, hint?: string): TyphoonError {
  return new TyphoonError('BAD_WINDOW', message, hint === undefined ? {} : { hint })
}
