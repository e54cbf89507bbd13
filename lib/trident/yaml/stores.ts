/** Spouts, states and windows that YAML names by a word, with options that are plain data. */
import { Fields, TyphoonError } from '../../index.ts'
import type { MapState, StateFactory } from '../model/state.ts'
import { FixedBatchSpout } from '../spout/fixed-batch-spout.ts'
import { embeddedMap, memoryMap, redisMap } from '../state/factories.ts'
import {
  slidingCount,
  slidingDuration,
  tumblingCount,
  tumblingDuration,
  type WindowConfig,
} from '../window/window-config.ts'
import { embeddedWindows, memoryWindows, type WindowStore } from '../window/window-store.ts'
import type { STATES, WINDOW_STORES } from './vocabulary.ts'

/** `FixedBatchSpout` as YAML calls it: its fields, the size of a batch, and the rows. */
export function fixedBatchSpout(fields: readonly string[], maxBatchSize: number, ...rows: readonly unknown[][]) {
  return new FixedBatchSpout(new Fields(fields), maxBatchSize, ...rows)
}

/** A state by its name, with its options. */
export function stateNamed(name: (typeof STATES)[number], options: object): StateFactory<MapState> {
  if (name === 'embedded') return embeddedMap(options)
  return name === 'memory' ? memoryMap(options) : redisMap(options)
}

/** Where windows are kept. @throws BAD_ARGUMENT */
export function windowStoreNamed(name: (typeof WINDOW_STORES)[number], options: object): WindowStore {
  return name === 'embedded' ? embeddedWindows(options) : memoryWindows(options)
}

/** How long a window is, as its four keys say it. */
export interface WindowKeys {
  readonly tumblingCount?: number
  readonly slidingCount?: readonly number[]
  readonly tumblingDuration?: string | number
  readonly slidingDuration?: readonly (string | number)[]
}

/** @throws BAD_WINDOW where not just one is given, or it is not possible */
export function windowOf(keys: WindowKeys): WindowConfig {
  const given = Object.entries({
    tumblingCount: keys.tumblingCount && (() => tumblingCount(keys.tumblingCount!)),
    slidingCount: keys.slidingCount && (() => slidingCount(...pair(keys.slidingCount!))),
    tumblingDuration: keys.tumblingDuration && (() => tumblingDuration(milliseconds(keys.tumblingDuration!))),
    slidingDuration: keys.slidingDuration && (() => slidingDuration(...pair(keys.slidingDuration!.map(milliseconds)))),
  }).flatMap(([name, make]) => (typeof make === 'function' ? [{ name, make }] : []))
  if (given.length === 1) return given[0]!.make()
  const found = given.length === 0 ? 'none' : given.map(({ name }) => name).join(' and ')
  throw new TyphoonError('BAD_WINDOW', `a window has one length, and this one has ${found}`, {
    hint: 'tumblingCount: 100, slidingCount: [100, 10], tumblingDuration: 1m, or slidingDuration: [1m, 10s]',
  })
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `10s` → 10000; a number is milliseconds. @throws BAD_ARGUMENT */
export function milliseconds(time: string | number): number {
  if (typeof time === 'number') return time
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(time.trim()) ?? []
  if (unit !== undefined) return Math.round(Number(number) * UNITS[unit]!)
  throw new TyphoonError('BAD_ARGUMENT', `"${time}" is not a time`, {
    hint: 'a number and a unit: 500ms, 30s, 5m, 1.5h, 1d; or a number of milliseconds',
  })
}

function pair(values: readonly number[]): [length: number, slide: number] {
  if (values.length === 2) return values as unknown as [number, number]
  throw new TyphoonError(
    'BAD_WINDOW',
    `a sliding window has a length and a slide, and ${values.length === 1 ? 'one is' : `${values.length} numbers are`} given`,
    {
      hint: '[length, slide]',
    },
  )
}
