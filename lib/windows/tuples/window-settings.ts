/** What can be said of a windowed bolt, checked and put together when it is made into a bolt. */
import type { Wording } from '../../errors/wording.ts'
import { DEFAULT_STREAM, type Tuple, TyphoonError } from '../../index.ts'
import { checkFromZero, checkPositive } from '../model/window.ts'
import { Count, Duration, type Extent, type TupleWindowShape } from './extent.ts'

/** As Storm has it. */
const INTERVAL_MS = 1000
const MAX_TUPLES = 1_000_000

/** Of a windowed bolt that is complete. */
export interface WindowSettings {
  /** Of the class of the bolt, for messages. */
  readonly name: string
  readonly shape: TupleWindowShape
  /** Undefined: windows go by the clock. */
  readonly time: EventTime | undefined
  readonly lateStream: string | undefined
  readonly maxTuples: number
}

/** Where the times of tuples come from. */
export interface EventTime {
  readonly field?: string
  readonly extractor?: (tuple: Tuple) => number | undefined
  /** Undefined: the watermarks are those of the sources. */
  readonly lagMs: number | undefined
  readonly intervalMs: number
}

const TIMESTAMPS: Wording = {
  code: 'withTimestampField or withTimestampExtractor',
  yaml: 'configMethods: [{ name: withTimestampField, args: [time] }]',
}

/** Collects what is said; `complete` says what is wrong. */
export class SettingsDraft {
  shape: TupleWindowShape | undefined
  source: { readonly field: string } | { readonly extractor: (tuple: Tuple) => number | undefined } | undefined
  lagMs = 0
  intervalMs = INTERVAL_MS
  usesWatermarksOfSources = false
  lateStream: string | undefined
  maxTuples = MAX_TUPLES

  /** @param name of the bolt's class @throws BAD_WINDOW */
  complete(name: string): WindowSettings {
    const { shape, source, lateStream, lagMs, intervalMs, maxTuples } = this
    if (shape === undefined)
      throw bad(`"${name}" needs a window`, {
        code: 'withWindow(length, slide) or withTumblingWindow(length)',
        yaml: 'configMethods: [{ name: withWindow, args: [{ count: 100 }, { count: 10 }] }], or withTumblingWindow',
      })
    if (source === undefined && lateStream !== undefined)
      throw bad(`"${name}" has a stream for late tuples and no timestamps: by the clock nothing is late`, TIMESTAMPS)
    if (source === undefined && this.usesWatermarksOfSources)
      throw bad(`"${name}" follows watermarks and needs timestamps`, TIMESTAMPS)
    if (lateStream === DEFAULT_STREAM)
      throw bad(`late tuples of "${name}" would go to the default stream`, 'give them a stream of their own')
    const own = this.usesWatermarksOfSources ? undefined : lagMs
    const time = source === undefined ? undefined : { ...source, lagMs: own, intervalMs }
    return { name, shape, time, lateStream, maxTuples }
  }
}

/** A length or a slide: Storm's Count or Duration. @throws BAD_WINDOW */
export function checkExtent(what: string, given: unknown): Extent {
  if (given instanceof Count || given instanceof Duration) return given
  const words = Object(given) as { readonly count?: number; readonly ms?: number }
  if (typeof words.count === 'number') return new Count(words.count)
  if (typeof words.ms === 'number') return new Duration(words.ms)
  throw bad(`${what} is neither a count nor a duration: ${JSON.stringify(given)}`, {
    code: 'new Count(100), new Duration(10, "seconds")',
    yaml: '{ count: 100 }, { ms: 10000 }',
  })
}

/** A time that may be given as a Duration, or in milliseconds. @throws BAD_WINDOW */
export function checkTime(what: string, given: Duration | number, least: 0 | 1): number {
  const ms = given instanceof Duration ? given.ms : ((Object(given) as { ms?: number }).ms ?? given)
  return least === 0 ? checkFromZero(what, ms) : checkPositive(what, ms)
}

function bad(message: string, hint: Wording): TyphoonError {
  return new TyphoonError('BAD_WINDOW', message, { hint })
}
