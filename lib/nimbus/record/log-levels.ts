/**
 * The levels at which a topology of a service logs, where somebody has said others than its configuration: what lasts
 * of them, and what its runs are told.
 */
import type { TimedLevel } from '../../daemon/log-levels.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Topology } from '../../topology/topology.ts'
import type { LogLevel } from '../../util/log-levels.ts'
import { suggest } from '../../words/suggest.ts'
import type { LevelSet } from './record.ts'

/** Those that still hold. @param now milliseconds since 1970 */
export function holding(levels: readonly LevelSet[] | undefined, now: number): readonly LevelSet[] {
  return (levels ?? []).filter(({ until = Number.POSITIVE_INFINITY }) => until > now)
}

/** What is wanted of one component, or of all that no other one is about. */
export interface LevelChange {
  readonly component?: string | undefined
  /** That of the configuration unless given. */
  readonly level?: LogLevel | undefined
  /** For good unless given. */
  readonly forMs?: number | undefined
}

/**
 * With other ones.
 * @param topology as far as it is known
 * @param now milliseconds since 1970
 * @throws UNKNOWN_COMPONENT
 */
export function changed(
  levels: readonly LevelSet[],
  changes: readonly LevelChange[],
  topology: Topology | undefined,
  now: number,
): readonly LevelSet[] {
  let result = levels
  for (const { component, level, forMs } of changes) {
    if (component !== undefined) checkComponent(component, topology)
    const others = result.filter((other) => other.component !== component)
    const about = component === undefined ? {} : { component }
    const until = forMs === undefined ? {} : { until: now + forMs }
    result = level === undefined ? others : [...others, { level, ...about, ...until }]
  }
  return result
}

/** What a run is told of those that hold now. */
export function toldToRun(levels: readonly LevelSet[] | undefined, now: number): readonly TimedLevel[] {
  return holding(levels, now).map(({ until, ...wanted }) => ({
    ...wanted,
    ...(until === undefined ? {} : { forMs: until - now }),
  }))
}

/** @throws UNKNOWN_COMPONENT */
function checkComponent(component: string, topology: Topology | undefined): void {
  const known = Object.keys(topology?.components ?? {})
  if (topology === undefined || known.includes(component)) return
  throw new TyphoonError('UNKNOWN_COMPONENT', `the topology has no component "${component}"`, {
    where: { component },
    hint: suggest(component, known),
  })
}
