/**
 * The levels at which a topology of a service logs, where somebody has said others than its configuration: what lasts
 * of them, and what its runs are told.
 */
import type { TimedLevel } from '../daemon/log-levels.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Topology } from '../topology/topology.ts'
import type { LogLevel } from '../util/log-levels.ts'
import { suggest } from '../words/suggest.ts'
import type { LevelSet } from './record.ts'

/** Those that still hold. @param now milliseconds since 1970 */
export function holding(levels: readonly LevelSet[] | undefined, now: number): readonly LevelSet[] {
  return (levels ?? []).filter(({ until = Number.POSITIVE_INFINITY }) => until > now)
}

/** With another one for a component, or for all where none is named; or with none for that. */
export function changed(
  levels: readonly LevelSet[],
  component: string | undefined,
  level: LogLevel | undefined,
  until: number | undefined,
): readonly LevelSet[] {
  const others = levels.filter((other) => other.component !== component)
  if (level === undefined) return others
  const about = component === undefined ? {} : { component }
  return [...others, { level, ...about, ...(until === undefined ? {} : { until }) }]
}

/** What a run is told of those that hold now. */
export function toldToRun(levels: readonly LevelSet[] | undefined, now: number): readonly TimedLevel[] {
  return holding(levels, now).map(({ until, ...wanted }) => ({
    ...wanted,
    ...(until === undefined ? {} : { forMs: until - now }),
  }))
}

/** @throws UNKNOWN_COMPONENT */
export function checkComponent(component: string, topology: Topology | undefined): void {
  const known = Object.keys(topology?.components ?? {})
  if (topology === undefined || known.includes(component)) return
  throw new TyphoonError('UNKNOWN_COMPONENT', `the topology has no component "${component}"`, {
    where: { component },
    hint: suggest(component, known),
  })
}
