/** What a topology has said, and at which level it says something. */
import type { LogFilter } from '../nimbus/logs/log-entry.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { LogLevel } from '../util/log-levels.ts'
import { suggest } from '../words/suggest.ts'
import type { Asked } from './asked.ts'
import type { Operations } from './operations.ts'
import { Refused } from './refusals.ts'
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

/**
 * What nothing was logged by may be misspelt. What is no part of the topology any more, and has logged, is not refused.
 * @throws UNKNOWN_COMPONENT, SERVICE_BAD_REQUEST for a worker that there is not
 */
function checkNamed({ record: { name }, examined }: SeenTopology, { component, worker }: LogFilter): void {
  if (examined === undefined) return
  const { components, config } = examined.topology
  const workers = resolveConfig(config)['topology.workers']
  if (worker !== undefined && Number(worker) > workers)
    throw new Refused('SERVICE_BAD_REQUEST', `"${name}" has no worker ${worker}, and none of it has logged`, 404, {
      hint: `its workers are 1 to ${workers}; 0 is the service`,
    })
  if (component !== undefined && !Object.hasOwn(components, component))
    throw new Refused('UNKNOWN_COMPONENT', `"${name}" has no component "${component}", and none has logged`, 404, {
      hint: suggest(component, Object.keys(components)),
    })
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
      if (entries.length === 0 && seen.has(asked.path['name'] ?? '')) checkNamed(named(asked), filter as LogFilter)
      // One that was killed says nothing any more.
      return follow === 'true' && seen.has(asked.path['name'] ?? '')
        ? { entries, follow: (onEntry, onEnd) => logs.follow(onEntry, filter as LogFilter, onEnd) }
        : { entries }
    },
  }
}
