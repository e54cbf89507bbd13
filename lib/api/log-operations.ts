/** What a topology has said, and at which level it says something. */
import type { LogFilter } from '../nimbus/logs/log-entry.ts'
import type { LogLevel } from '../util/log-levels.ts'
import type { Asked } from './asked.ts'
import type { Operations } from './operations.ts'
import type { Seen, SeenTopology } from './seen.ts'

const FEW_LINES = 100

/** `LogLevelWanted` of the schemas. */
interface LevelBody {
  readonly component?: string
  readonly level?: LogLevel
  readonly seconds?: number
}

function levelsOf({ logLevels }: SeenTopology): object {
  const levels = logLevels.map(({ until, ...level }) => ({
    ...level,
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  }))
  return { levels }
}

/** @param named the topology that is asked about */
export function logOperations(
  seen: Seen,
  named: (asked: Asked) => SeenTopology,
): Pick<Operations, 'logLevels' | 'setLogLevel' | 'errors' | 'logs'> {
  return {
    logLevels: (asked) => levelsOf(named(asked)),
    async setLogLevel(asked) {
      const topology = named(asked)
      const { component, level, seconds } = asked.body as LevelBody
      const forMs = seconds === undefined ? undefined : seconds * 1000
      await topology.setLogLevels([{ component, level, forMs }], asked.request)
      return levelsOf(topology)
    },
    errors: (asked) => ({ errors: named(asked).errors }),
    async logs(asked) {
      const logs = await seen.logsOf(asked.path['name'] ?? '')
      const { lines = FEW_LINES, follow, ...filter } = asked.query
      const entries = await logs.newest(Number(lines), filter as LogFilter)
      // One that was killed says nothing any more.
      return follow === 'true' && seen.has(asked.path['name'] ?? '')
        ? { entries, follow: (onEntry, onEnd) => logs.follow(onEntry, filter as LogFilter, onEnd) }
        : { entries }
    },
  }
}
