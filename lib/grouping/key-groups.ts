/**
 * Key groups: between a key and the task that has it. A key belongs to a group by its hash, and a task has a range of
 * groups, so that what is kept by key can move between tasks when there are more or fewer of them. The number of groups
 * (`topology.key.groups`) is fixed as long as there is state; that of the tasks is not.
 *
 * The law: whatever the number of tasks, each group is in the range of just one of them. Rule: apache/flink
 * `KeyGroupRangeAssignment`.
 */
import { hashFields, slotOf } from '../values/hash.ts'

/** The group of a tuple that is grouped by the fields at these indexes. @throws CANNOT_ENCODE */
export function keyGroupOf(values: readonly unknown[], indexes: readonly number[], groups: number): number {
  return slotOf(hashFields(values, indexes), groups)
}

/** The number, from 0 up, of the task among `tasks` that has a group. */
export function ownerOf(group: number, groups: number, tasks: number): number {
  return Math.floor((group * tasks) / groups)
}

/** The groups of a task: from the first one up to, and without, the second one. */
export function groupsOf(index: number, groups: number, tasks: number): readonly [from: number, to: number] {
  return [Math.ceil((index * groups) / tasks), Math.ceil(((index + 1) * groups) / tasks)]
}

/** Whether two ranges have a group in common. */
export function overlap([from, to]: readonly [number, number], [start, end]: readonly [number, number]): boolean {
  return from < end && start < to
}
