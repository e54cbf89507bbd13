/**
 * In which form a state keeps its values, and how those of another form become such. Values of a state that has a time
 * to live are kept with the time at which that began: pairs of a time, in milliseconds since 1970, and a value.
 */
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import type { Settings, StateOptions } from '../topology/component/state.ts'
import { show } from '../values/show.ts'

/** Of all values of a state. */
export interface StateFormat {
  readonly version: number
  /** Whether they are pairs. */
  readonly expires: boolean
  /** Left out where they move with key groups. */
  readonly fixesTasks?: boolean
  /** The settings that say what they mean, by name, each as JSON; left out where there are none. */
  readonly settings?: Readonly<Record<string, string>>
}

/** That of a state of which nothing is said. */
export const PLAIN: StateFormat = { version: 1, expires: false }

/** Whether nothing is said of a state. */
export function isPlain({ version, expires, fixesTasks = false, settings }: StateFormat): boolean {
  return version === PLAIN.version && expires === PLAIN.expires && !fixesTasks && settings === undefined
}

/** A value, and when it began to live. */
export type Lived = readonly [at: number, value: unknown]

/** That of a state of which this is said. */
export function formatOf({ version = 1, ttlMs, fixesTasks = false, settings }: StateOptions): StateFormat {
  return {
    version,
    expires: ttlMs !== undefined,
    ...(fixesTasks ? { fixesTasks } : {}),
    ...(settings === undefined ? {} : { settings: written(settings) }),
  }
}

function written(settings: Settings): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, JSON.stringify(value) ?? 'null']))
}

/** In what the settings of two formats differ, in words; empty: in nothing. */
export function differenceOf(before: StateFormat, now: StateFormat): string {
  const [was, is] = [before.settings ?? {}, now.settings ?? {}]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => was[name] !== is[name])
    .map((name) => `${name} ${is[name] ?? 'left out'} instead of ${was[name] ?? 'left out'}`)
    .join(', ')
}

/**
 * What makes of a value in one form one in that of a state; undefined where both are the same. It returns undefined for
 * a value that is to be removed.
 * @param what the state is, for messages
 * @param date milliseconds since 1970
 * @throws STATE_VERSION where the state cannot read that form
 */
export function converterTo(
  options: StateOptions,
  from: StateFormat,
  what: string,
  date: () => number,
): ((key: unknown, value: unknown) => unknown) | undefined {
  const to = formatOf(options)
  const { migrate } = options
  if (from.version === to.version && from.expires === to.expires) return undefined
  if (from.version > to.version)
    throw refused(
      `${what} was written by version ${from.version} of its component, which has version ${to.version} now`,
    )
  if (from.version < to.version && migrate === undefined)
    throw refused(
      `${what} was written by version ${from.version} of its component, and version ${to.version} migrates none`,
    )
  return (key, stored) => {
    const [at, old] = from.expires ? (stored as Lived) : [date(), stored]
    let value = old
    try {
      if (from.version < to.version) value = migrate!(old, from.version)
    } catch (cause) {
      throw refused(`the value of ${show(key)} in ${what} cannot be migrated: ${messageOf(cause)}`, cause)
    }
    return to.expires && value !== undefined ? [at, value] : value
  }
}

function refused(message: string, cause?: unknown): TyphoonError {
  return new TyphoonError('STATE_VERSION', message, {
    hint: 'give context.state a version and a function migrate(value, from), or run the code that wrote it',
    cause,
  })
}
