/**
 * When a window fires. A trigger is plain data; what a window has to remember for it is `Progress`, plain data too, so
 * that both can stand in a file and in a state. The words are those of Beam (`AfterWatermark`, early and late firings).
 *
 * The laws: a window that has got nothing since it fired does not fire again, but once when the watermark passes its
 * end. `anyOf` fires where one of its triggers would, `allOf` where all would.
 */
import { TyphoonError } from '../../index.ts'
import { checkPositive } from './window.ts'

/** When a window fires. Made by `afterWatermark`, `afterCount`, `afterProcessingTime`, `anyOf`, `allOf`. */
export type Trigger =
  | { readonly kind: 'watermark'; readonly early?: Trigger; readonly late?: Trigger }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'processing-time'; readonly ms: number }
  | { readonly kind: 'any'; readonly of: readonly Trigger[] }
  | { readonly kind: 'all'; readonly of: readonly Trigger[] }

/** What a trigger knows of a window. */
export interface Progress {
  /** Tuples since it has fired. */
  readonly count: number
  /** When the first of them came, by the clock; undefined where there is none. */
  readonly since: number | undefined
  /** Whether it has fired since the watermark has passed its end. */
  readonly isOnTimeDone: boolean
}

/** Where time stands for a window. */
export interface Now {
  /** By the clock. */
  readonly ms: number
  /** Whether the watermark has passed its end. */
  readonly isPast: boolean
}

/** A window that has got nothing. */
export const NO_PROGRESS: Progress = { count: 0, since: undefined, isOnTimeDone: false }

/**
 * When the watermark passes the end of the window. `early`: also before; `late`: for what comes later, each tuple
 * unless it is given.
 */
export function afterWatermark(more: { readonly early?: Trigger; readonly late?: Trigger } = {}): Trigger {
  return { kind: 'watermark', ...more }
}

/** When so many tuples have come since it fired. @throws BAD_WINDOW */
export function afterCount(count: number): Trigger {
  return { kind: 'count', count: checkPositive('the count of a trigger', count, 'tuples') }
}

/** So long after the first tuple since it fired, by the clock. @throws BAD_WINDOW */
export function afterProcessingTime(ms: number): Trigger {
  return { kind: 'processing-time', ms: checkPositive('the time of a trigger', ms) }
}

/** When one of them would. */
export function anyOf(...of: readonly Trigger[]): Trigger {
  return { kind: 'any', of }
}

/** When all of them would. */
export function allOf(...of: readonly Trigger[]): Trigger {
  return { kind: 'all', of }
}

/** Whether nothing but the watermark lets a window fire, and each late tuple: then nothing needs to be remembered. */
export function isPlain(trigger: Trigger): boolean {
  return trigger.kind === 'watermark' && trigger.early === undefined && trigger.late === undefined
}

/** Whether a window fires now. */
export function isDue(trigger: Trigger, progress: Progress, now: Now): boolean {
  switch (trigger.kind) {
    case 'watermark':
      if (!now.isPast) return trigger.early !== undefined && isDue(trigger.early, progress, now)
      if (!progress.isOnTimeDone) return true
      return isDue(trigger.late ?? EACH, progress, now)
    case 'count':
      return progress.count >= trigger.count
    case 'processing-time':
      return progress.since !== undefined && now.ms >= progress.since + trigger.ms
    case 'any':
      return trigger.of.some((one) => isDue(one, progress, now))
    case 'all':
      return trigger.of.every((one) => isDue(one, progress, now))
  }
}

const EACH = afterCount(1)

/** How long after the first tuple it may have something to say, by the clock: at these times it is asked. */
export function delaysOf(trigger: Trigger): number[] {
  switch (trigger.kind) {
    case 'watermark':
      return [trigger.early, trigger.late].flatMap((part) => (part === undefined ? [] : delaysOf(part)))
    case 'count':
      return []
    case 'processing-time':
      return [trigger.ms]
    case 'any':
    case 'all':
      return trigger.of.flatMap(delaysOf)
  }
}

/** A tuple has come. */
export function counted(progress: Progress, ms: number): Progress {
  return { ...progress, count: progress.count + 1, since: progress.since ?? ms }
}

/** It has fired. */
export function fired(progress: Progress, { isPast }: Now): Progress {
  return { count: 0, since: undefined, isOnTimeDone: progress.isOnTimeDone || isPast }
}

/** Two windows have become one, which ends later than each of them. */
export function together(a: Progress, b: Progress): Progress {
  const since = a.since === undefined || b.since === undefined ? (a.since ?? b.since) : Math.min(a.since, b.since)
  return { count: a.count + b.count, since, isOnTimeDone: false }
}

const WORDS = '{ watermark: { early, late } }, { count: n }, { processingTime: ms }, { any: [...] } or { all: [...] }'

/** What stands for a trigger in a file: see `checkTrigger`. */
export type TriggerWords =
  | { readonly watermark: { readonly early?: TriggerWords; readonly late?: TriggerWords } | true }
  | { readonly count: number }
  | { readonly processingTime: number }
  | { readonly any: readonly TriggerWords[] }
  | { readonly all: readonly TriggerWords[] }

/** A trigger, or the words that stand for one in a file. @throws BAD_WINDOW */
export function checkTrigger(given: Trigger | TriggerWords): Trigger {
  const words = Object(given) as Readonly<Record<string, unknown>>
  if (typeof words['kind'] === 'string') return checkMade(given as Trigger)
  const [[kind, value] = [], ...others] = Object.entries(words)
  if (others.length === 0) {
    if (kind === 'watermark') return watermarkTrigger(value)
    if (kind === 'count') return afterCount(value as number)
    if (kind === 'processingTime') return afterProcessingTime(value as number)
    if ((kind === 'any' || kind === 'all') && Array.isArray(value) && value.length > 0)
      return { kind, of: value.map(checkTrigger) }
  }
  throw noTrigger(given)
}

function checkMade(trigger: Trigger): Trigger {
  switch (trigger.kind) {
    case 'watermark':
      return watermarkTrigger(trigger)
    case 'count':
      return afterCount(trigger.count)
    case 'processing-time':
      return afterProcessingTime(trigger.ms)
    case 'any':
    case 'all':
      if (Array.isArray(trigger.of) && trigger.of.length > 0)
        return { kind: trigger.kind, of: trigger.of.map(checkTrigger) }
  }
  throw noTrigger(trigger)
}

function watermarkTrigger(given: unknown): Trigger {
  const { early, late } = Object(given) as { early?: TriggerWords; late?: TriggerWords }
  return afterWatermark({
    ...(early === undefined ? {} : { early: checkTrigger(early) }),
    ...(late === undefined ? {} : { late: checkTrigger(late) }),
  })
}

function noTrigger(given: unknown): TyphoonError {
  return new TyphoonError('BAD_WINDOW', `this is not a trigger: ${JSON.stringify(given)}`, { hint: WORDS })
}
