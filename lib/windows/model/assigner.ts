/**
 * Which windows a time lies in. An assigner is plain data, so that it can stand in a file.
 *
 * The laws: each time lies in every window that is assigned to it, and in no other one of that assigner. A tumbling
 * window is one that slides by its whole length. The panes of a window lie side by side and make it up, and all times
 * of a pane lie in the same windows: so one aggregate per pane is enough for all of them.
 */
import { TyphoonError } from '../../index.ts'
import {
  ALL_OF_TIME,
  alignedBefore,
  checkFromZero,
  checkPositive,
  greatestCommonDivisor,
  type Window,
} from './window.ts'

/** Windows of one length, one beginning at each multiple of the slide. */
export interface AlignedWindows {
  readonly kind: 'aligned'
  readonly lengthMs: number
  readonly slideMs: number
  readonly offsetMs: number
}

/** Windows that last as long as no gap is longer; two that an element joins become one. */
export interface SessionWindows {
  readonly kind: 'session'
  readonly gapMs: number
}

/** One window for all of time, which only a trigger closes. */
export interface GlobalWindow {
  readonly kind: 'global'
}

/** Which windows there are. Made by `tumbling`, `sliding`, `session`, `global`. */
export type WindowAssigner = AlignedWindows | SessionWindows | GlobalWindow

/** Windows side by side. @param offsetMs where one begins, from 1970 @throws BAD_WINDOW */
export function tumbling(lengthMs: number, offsetMs = 0): AlignedWindows {
  return sliding(lengthMs, lengthMs, offsetMs)
}

/**
 * Windows of one length, one beginning every `slideMs`.
 * @param slideMs no longer than the length, so that each tuple lies in a window
 * @throws BAD_WINDOW
 */
export function sliding(lengthMs: number, slideMs: number, offsetMs = 0): AlignedWindows {
  checkPositive('the length of a window', lengthMs)
  checkPositive('the slide of a window', slideMs)
  if (!Number.isSafeInteger(offsetMs))
    throw new TyphoonError('BAD_WINDOW', `the offset of a window must be a whole number, not ${String(offsetMs)}`)
  if (slideMs > lengthMs)
    throw new TyphoonError(
      'BAD_WINDOW',
      `a window of ${lengthMs} milliseconds that slides by ${slideMs} would leave tuples out`,
      { hint: `let it slide by ${lengthMs} at most` },
    )
  return { kind: 'aligned', lengthMs, slideMs, offsetMs }
}

/** Windows that end where nothing has come for `gapMs`. @throws BAD_WINDOW */
export function session(gapMs: number): SessionWindows {
  return { kind: 'session', gapMs: checkPositive('the gap of a session', gapMs) }
}

/** One window for everything. Without a trigger it fires at the end of the input. */
export function global(): GlobalWindow {
  return { kind: 'global' }
}

/** The windows that a time lies in, the earliest first. Of a session: the window of this element alone. */
export function windowsOf(assigner: WindowAssigner, time: number): Window[] {
  if (assigner.kind === 'global') return [ALL_OF_TIME]
  if (assigner.kind === 'session') return [{ start: time, end: time + assigner.gapMs }]
  const { lengthMs, slideMs, offsetMs } = assigner
  const windows: Window[] = []
  for (let start = alignedBefore(time, slideMs, offsetMs); start > time - lengthMs; start -= slideMs)
    windows.push({ start, end: start + lengthMs })
  return windows.reverse()
}

/** How long the panes of such windows are. */
export function paneMs({ lengthMs, slideMs }: AlignedWindows): number {
  return greatestCommonDivisor(lengthMs, slideMs)
}

/** Where the pane begins that a time lies in. */
export function paneOf(windows: AlignedWindows, time: number): number {
  return alignedBefore(time, paneMs(windows), windows.offsetMs)
}

/** Where the last of the windows ends that a time, or a pane, lies in. */
export function lastEndOf({ lengthMs, slideMs, offsetMs }: AlignedWindows, time: number): number {
  return alignedBefore(time, slideMs, offsetMs) + lengthMs
}

/** Where the first of the windows ends that a time lies in and that end after `after`; it may be none of them. */
export function firstEndAfter({ lengthMs, slideMs, offsetMs }: AlignedWindows, time: number, after: number): number {
  const earliest = Math.max(time, after)
  return alignedBefore(earliest - lengthMs, slideMs, offsetMs) + slideMs + lengthMs
}

const SHAPES = '{ tumbling: ms }, { sliding: [lengthMs, slideMs] }, { session: gapMs } or { global: true }'

/** What stands for an assigner in a file: see `checkAssigner`. */
export type WindowWords =
  | { readonly tumbling: number; readonly offset?: number }
  | { readonly sliding: readonly [lengthMs: number, slideMs: number]; readonly offset?: number }
  | { readonly session: number }
  | { readonly global: true }

/** An assigner, or the words that stand for one in a file. @throws BAD_WINDOW */
export function checkAssigner(given: WindowAssigner | WindowWords): WindowAssigner {
  const words = Object(given) as Readonly<Record<string, unknown>>
  switch (words['kind']) {
    case 'aligned':
      return sliding(words['lengthMs'] as number, words['slideMs'] as number, words['offsetMs'] as number)
    case 'session':
      return session(words['gapMs'] as number)
    case 'global':
      return global()
  }
  const { offset, ...kinds } = words
  const [[kind, value] = [], ...others] = Object.entries(kinds)
  if (others.length === 0) {
    if (kind === 'tumbling') return tumbling(value as number, (offset as number | undefined) ?? 0)
    if (kind === 'sliding' && Array.isArray(value))
      return sliding(value[0], value[1], (offset as number | undefined) ?? 0)
    if (kind === 'session' && offset === undefined) return session(value as number)
    if (kind === 'global' && offset === undefined) return global()
  }
  throw new TyphoonError('BAD_WINDOW', `this is not a window: ${JSON.stringify(given)}`, { hint: SHAPES })
}

/** How late an element may be for a window to take it in, in milliseconds. @throws BAD_WINDOW */
export function checkLateness(latenessMs: number): number {
  return checkFromZero('the allowed lateness of a window', latenessMs)
}
