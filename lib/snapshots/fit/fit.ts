/**
 * What of a snapshot fits a topology that may have changed since it was taken. Components are matched by name and kind,
 * their states by name. Pure.
 *
 * The law: what a component takes over is whole and in the right tasks, or it is a loss and the component begins with
 * nothing. A run begins with losses only where its user says so.
 */

import type { Subscription } from '../../topology/topology.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import { plural } from '../../words/plural.ts'
import type { Manifest, TaskPart } from '../manifest.ts'
import type { ComponentShape, TopologyShape } from '../topology-shape.ts'

/** What becomes of what a snapshot holds. */
export interface Fit {
  /** The components that take over what the snapshot has of them. */
  readonly taken: ReadonlySet<ComponentId>
  /** What is new, gone or of another size, in words. */
  readonly changes: readonly string[]
  /** What is taken over by none, in words. */
  readonly losses: readonly string[]
}

/** @param now the topology that is to go on from the snapshot */
export function fitOf({ shape, tasks }: Pick<Manifest, 'shape' | 'tasks'>, now: TopologyShape): Fit {
  const taken = new Set<ComponentId>()
  const changes: string[] = []
  const losses: string[] = []
  for (const [id, before] of Object.entries(shape.components)) {
    const after = Object.hasOwn(now.components, id) ? now.components[id] : undefined
    const parts = tasks.filter(({ component }) => component === id)
    const what = holdings(parts)
    const why = whyNot(before, after, shape.keyGroups, now.keyGroups, hasStates(parts)) ?? fixed(before, after, parts)
    if (after === undefined) changes.push(`"${id}" is gone`)
    else if (before.tasks !== after.tasks)
      changes.push(`"${id}" has ${plural(after.tasks, 'task')} instead of ${before.tasks}`)
    if (why === undefined) taken.add(id)
    else if (what !== '') losses.push(`${what} of "${id}", ${why}`)
    if (why === undefined && after !== undefined) losses.push(...keptBeyond(id, parts, after.tasks))
  }
  for (const id of Object.keys(now.components)) if (!Object.hasOwn(shape.components, id)) changes.push(`"${id}" is new`)
  return { taken, changes, losses }
}

/** Why a component cannot take over what it had; undefined: it can. */
function whyNot(
  before: ComponentShape,
  after: ComponentShape | undefined,
  groupsBefore: number,
  groupsNow: number,
  hasState: boolean,
): string | undefined {
  if (after === undefined) return 'which is gone'
  if (before.kind !== after.kind) return `which was a ${before.kind} and is a ${after.kind}`
  if (!hasState) return undefined
  if (groupsBefore !== groupsNow && before.inputs.some(isKeyed))
    return `which was written with topology.key.groups: ${groupsBefore}, and it is ${groupsNow} now`
  for (const input of after.inputs) {
    const was = before.inputs.find((one) => one.component === input.component && one.stream === input.stream)
    if (was !== undefined && nameOf(was) !== nameOf(input))
      return `which gets "${input.component}" by ${nameOf(input)} now, and got it by ${nameOf(was)}`
  }
  return undefined
}

/** What belongs to all that came to a task is in the right one only where there are as many as before. */
function fixed(
  before: ComponentShape,
  after: ComponentShape | undefined,
  parts: readonly TaskPart[],
): string | undefined {
  const isFixed = parts.some(({ states, formats = {} }) =>
    Object.entries(states).some(([name, chain]) => chain.length > 0 && formats[name]?.fixesTasks === true),
  )
  if (!isFixed || before.tasks === after?.tasks) return undefined
  return `which belongs to tasks as a whole and not to keys: there were ${before.tasks}, and are ${after?.tasks} now`
}

/** What bolts have prepared is theirs alone: no other task knows what to do with it. */
function keptBeyond(id: ComponentId, parts: readonly TaskPart[], tasks: number): string[] {
  return parts
    .filter(({ index, kept }) => kept !== undefined && index >= tasks)
    .map(({ index }) => `what task ${index + 1} of "${id}" has prepared, for there are ${tasks} now`)
}

function hasStates(parts: readonly TaskPart[]): boolean {
  return parts.some(({ states }) => Object.values(states).some((chain) => chain.length > 0))
}

/** What there is of a component, in words. */
function holdings(parts: readonly TaskPart[]): string {
  const states = new Set(
    parts.flatMap((part) => Object.keys(part.states).filter((name) => part.states[name]!.length > 0)),
  )
  const words = [...states].map((name) => `the state "${name}"`)
  if (parts.some(({ positions }) => positions !== undefined)) words.push('the positions')
  if (parts.some(({ kept }) => kept !== undefined)) words.push('what was prepared')
  return words.join(', ')
}

/** Whether an input leads to tasks by key. */
function isKeyed({ grouping }: Subscription): boolean {
  return grouping.type === 'fields'
}

function nameOf({ grouping: { type, fields } }: Subscription): string {
  return fields === undefined ? type : `${type} (${fields.join(', ')})`
}
