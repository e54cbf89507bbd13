/**
 * Where a tuple goes that was on its way when a snapshot was taken, in a topology that may have changed since. Pure.
 *
 * The law: by key to the task that has the key now; to every task what was for every task; anything else to the task of
 * the same number, or to one that is there.
 */
import { keyGroupOf, ownerOf } from '../../grouping/key-groups.ts'
import type { ComponentId, StreamId } from '../../tuple/ids.ts'
import type { TopologyShape } from '../topology-shape.ts'

/** A tuple on its way, as a record of a snapshot; tasks are numbered among those of their component, from 0 up. */
export type InFlightRecord = readonly [
  to: ComponentId,
  toIndex: number,
  from: ComponentId,
  fromIndex: number,
  stream: StreamId,
  values: readonly unknown[],
]

/** Where it goes, and what it is there. */
export interface Rerouted {
  readonly to: ComponentId
  readonly indexes: readonly number[]
  readonly from: ComponentId
  readonly fromIndex: number
  readonly stream: StreamId
  readonly values: readonly unknown[]
}

/** Undefined where its way is no more: a component, a stream, a subscription or a field is gone. */
export function reroute(
  [to, toIndex, from, fromIndex, stream, values]: InFlightRecord,
  before: TopologyShape,
  now: TopologyShape,
): Rerouted | undefined {
  const target = own(now.components, to)
  const source = own(now.components, from)
  const input = target?.inputs.find((one) => one.component === from && one.stream === stream)
  const fields = source?.outputs[stream]
  const fieldsBefore = own(before.components, from)?.outputs[stream]
  if (target === undefined || source === undefined || input === undefined) return undefined
  const known = fields === undefined ? undefined : inOrder(values, fieldsBefore ?? [], fields)
  if (known === undefined) return undefined
  const way = { to, from, fromIndex: fromIndex % source.tasks, stream, values: known }
  const { type, fields: by = [] } = input.grouping
  const tasksBefore = own(before.components, to)?.tasks ?? target.tasks
  if (type === 'fields') {
    const at = by.map((field) => fields!.indexOf(field))
    const group = keyGroupOf(known, at, now.keyGroups)
    return { ...way, indexes: [ownerOf(group, now.keyGroups, target.tasks)] }
  }
  if (type !== 'all') return { ...way, indexes: [toIndex % target.tasks] }
  if (toIndex >= target.tasks) return { ...way, indexes: [] }
  return { ...way, indexes: toIndex === 0 ? [0, ...rangeFrom(tasksBefore, target.tasks)] : [toIndex] }
}

/** The values in the order of other fields; undefined where one of these was not there. */
function inOrder(
  values: readonly unknown[],
  before: readonly string[],
  now: readonly string[],
): readonly unknown[] | undefined {
  if (before.length === now.length && before.every((name, index) => name === now[index])) return values
  return now.every((name) => before.includes(name)) ? now.map((name) => values[before.indexOf(name)]) : undefined
}

function rangeFrom(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}

/** A component may be called `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
