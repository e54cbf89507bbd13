/** What is kept of a window whose trigger is more than the watermark, and how it fires. */
import { counted, delaysOf, fired, isDue, NO_PROGRESS, type Now, type Progress } from '../model/trigger.ts'
import type { Window } from '../model/window.ts'
import type { Emit, WindowParts } from './windows.ts'

/** What a window has said last, where it is to take that back. */
export interface Said {
  readonly window: Window
  readonly results: readonly unknown[]
}

/** Of one window of one key. Plain data. */
export interface WindowRecord {
  readonly progress: Progress
  /** Of a session: also what those had said that have become a part of it. */
  readonly said: readonly Said[]
}

/** A window that has got nothing. */
export const NEW_RECORD: WindowRecord = { progress: NO_PROGRESS, said: [] }

/** Where time stands for a window. */
export function nowOf(window: Window, { fire, now }: WindowParts): Now {
  return { ms: now(), isPast: fire.watermark >= window.end }
}

/** A tuple has come to the window. */
export function withTuple<R extends WindowRecord>(record: R, now: Now): R {
  return { ...record, progress: counted(record.progress, now.ms) }
}

/** Asks the trigger again when it may have something to say, by the clock. */
export function setDelays(timerKey: unknown, { progress }: WindowRecord, { trigger, delay }: WindowParts): void {
  const { since } = progress
  if (since !== undefined) for (const ms of delaysOf(trigger)) delay.atProcessingTime(timerKey, since + ms)
}

/**
 * Lets a window fire, if its trigger says so.
 * @param accumulated of all its tuples, or those since it has fired; undefined: of none
 * @returns the record after it; undefined where it did not fire
 */
export function fireIfDue<R extends WindowRecord>(
  key: unknown,
  window: Window,
  record: R,
  parts: WindowParts,
  accumulated: () => unknown,
  emit: Emit,
): R | undefined {
  const now = nowOf(window, parts)
  if (!isDue(parts.trigger, record.progress, now)) return undefined
  const progress = fired(record.progress, now)
  const all = accumulated()
  if (all === undefined) return { ...record, progress }
  for (const { window: before, results } of record.said) emit(key, results, before, true)
  const results = parts.aggregate.result!(all)
  emit(key, results, window, false)
  return { ...record, progress, said: parts.accumulation === 'retracting' ? [{ window, results }] : [] }
}
