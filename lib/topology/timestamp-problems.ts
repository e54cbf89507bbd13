/** What can be wrong with the timestamps of a component before it runs. */

import type { Problem } from '../errors/typhoon-error.ts'
import { suggest } from '../words/suggest.ts'
import type { TimestampSpec, Topology } from './topology.ts'

/** @param unknown components whose streams are not known */
export function timestampProblems(component: string, topology: Topology, unknown: ReadonlySet<string>): Problem[] {
  const { timestamps } = topology.components[component]!
  if (timestamps === undefined) return []
  const known = timedFields(component, topology, unknown)
  return [
    ...settingProblems(component, timestamps, topology.components[component]!.kind === 'spout'),
    ...(known === undefined ? [] : fieldProblems(component, timestamps, known)),
  ]
}

function settingProblems(component: string, timestamps: TimestampSpec, isSpout: boolean): Problem[] {
  const { lagMs = 0, intervalMs = 1, idleMs = null, maxDriftMs = 0, field, extractor } = timestamps
  const wrong = [
    ...(isAtLeast(lagMs, 0) ? [] : [`lagMs must be a number from 0 up, not ${lagMs}`]),
    ...(isAtLeast(intervalMs, 1) ? [] : [`intervalMs must be a number from 1 up, not ${intervalMs}`]),
    ...(idleMs === null || isAtLeast(idleMs, 1) ? [] : [`idleMs must be null or a number from 1 up, not ${idleMs}`]),
    ...(isAtLeast(maxDriftMs, 0) ? [] : [`maxDriftMs must be a number from 0 up, not ${maxDriftMs}`]),
    ...(isSpout || timestamps.maxDriftMs === undefined ? [] : ['maxDriftMs is given, which is for spouts']),
    ...(field === undefined && extractor === undefined ? ['neither a field nor an extractor is given'] : []),
    ...(field !== undefined && extractor !== undefined ? ['both a field and an extractor are given'] : []),
  ]
  return wrong.map((what) => ({
    code: 'BAD_CONFIG',
    message: `in the timestamps of "${component}", ${what}`,
    where: { component },
  }))
}

function fieldProblems(component: string, { field, partition }: TimestampSpec, known: ReadonlySet<string>): Problem[] {
  return [field, partition].flatMap((name) =>
    name === undefined || known.has(name)
      ? []
      : [
          {
            code: 'UNKNOWN_FIELD' as const,
            message: `the timestamps of "${component}" are in the field "${name}", which none of its streams has`,
            where: { component, field: name },
            hint: suggest(name, known),
          },
        ],
  )
}

/** The fields of what a spout emits, or of what comes to a bolt; undefined where they are not known. */
function timedFields(
  component: string,
  { components }: Topology,
  unknown: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const { kind, outputs, inputs } = components[component]!
  if (kind === 'spout') {
    if (unknown.has(component)) return undefined
    return new Set(Object.values(outputs).flatMap(({ fields }) => fields))
  }
  const fields = inputs.map(({ component: from, stream }) => {
    if (unknown.has(from) || !Object.hasOwn(components, from)) return undefined
    const { outputs } = components[from]!
    return Object.hasOwn(outputs, stream) ? outputs[stream]!.fields : undefined
  })
  return fields.includes(undefined) ? undefined : new Set(fields.flatMap((names) => names ?? []))
}

function isAtLeast(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= least
}
