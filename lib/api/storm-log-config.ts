/**
 * The levels at which a topology logs, in Storm's words: `ROOT` stands for all components, other names of loggers are
 * those of components. Source: apache/storm `docs/STORM-UI-REST-API.md`, `UIHelpers.putTopologyLogLevel`.
 */
import type { LevelChange } from '../nimbus/record/log-levels.ts'
import { isMap } from '../shape/guards.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { LogLevel } from '../util/log-levels.ts'
import { shorten } from '../words/suggest.ts'
import { Refused } from './refusals.ts'
import type { SeenTopology } from './seen.ts'

const ROOT = 'ROOT'
/** Those of log4j that there are not here are the nearest ones; with OFF something would be said all the same. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  ALL: 'debug',
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'error',
}
const LONGEST_SECS = 86_400

/** `{"namedLoggerLevels": {"ROOT": {"target_level": "DEBUG", "reset_level": "INFO", "timeout": 30, …}}}` */
export function logConfigOf({ logLevels, examined }: SeenTopology, now: Date): object {
  const levels = logLevels.map(({ component, level, until }) => {
    const config = examined?.topology.config ?? {}
    const own = component === undefined ? undefined : examined?.topology.components[component]?.config
    return [
      component ?? ROOT,
      {
        target_level: level.toUpperCase(),
        reset_level: String(resolveConfig(config, own)['topology.log.level']).toUpperCase(),
        // For good: no time is set.
        timeout: until === undefined ? 0 : Math.ceil((until - now.getTime()) / 1000),
        timeout_epoch: until ?? 0,
      },
    ] as const
  })
  return { namedLoggerLevels: Object.fromEntries(levels) }
}

/** What is asked for: a logger without a level logs as its configuration says. @throws Refused */
export function levelChangesIn(body: unknown): readonly LevelChange[] {
  const named = isMap(body) ? body['namedLoggerLevels'] : undefined
  if (!isMap(named)) throw bad('namedLoggerLevels names loggers, each with target_level and timeout')
  return Object.entries(named).map(([name, wanted]) => {
    if (!isMap(wanted)) throw bad(`what is wanted of "${shorten(name)}" is not an object`)
    const { target_level: level = null, timeout = null } = wanted
    const component = name === ROOT ? undefined : name
    if (level === null) return { component }
    return { component, level: levelIn(level), forMs: msIn(timeout) }
  })
}

function levelIn(given: unknown): LogLevel {
  const name = typeof given === 'string' ? given.toUpperCase() : ''
  if (Object.hasOwn(LEVELS, name)) return LEVELS[name]!
  throw bad(`target_level is one of ${Object.keys(LEVELS).join(', ')}, or null`)
}

/** Storm's 0 is for good. */
function msIn(timeout: unknown): number | undefined {
  if (timeout === null || timeout === 0) return undefined
  if (Number.isSafeInteger(timeout) && (timeout as number) > 0 && (timeout as number) <= LONGEST_SECS)
    return (timeout as number) * 1000
  throw bad(`timeout is a whole number of seconds, at most ${LONGEST_SECS}`)
}

function bad(why: string): Refused {
  return new Refused('SERVICE_BAD_REQUEST', why, 400)
}
