/**
 * Which entries of a state go to which task when the tasks of a component become more or fewer. Pure.
 *
 * The law: each entry goes to just one task: one with a key group to the task that has the group now, one of a task to
 * the task of the same number; what is of all tasks stays where it is, and a further task begins with what the first
 * one has.
 */
import { groupsOf, overlap, ownerOf } from '../../grouping/key-groups.ts'
import { type Group, OF_ALL, OF_TASK } from '../../state/group.ts'

/** The tasks of a component before and now. */
export interface Resize {
  readonly keyGroups: number
  readonly before: number
  readonly now: number
}

/** Whether an entry of task `from` goes to task `to`; both by their numbers, from 0 up. */
export function goesTo(group: Group, from: number, to: number, { keyGroups, before, now }: Resize): boolean {
  if (group === OF_TASK) return from === to
  if (group === OF_ALL) return from === (to < before ? to : 0)
  return ownerOf(group, keyGroups, now) === to
}

/** Whether anything of task `from` can go to task `to`. */
export function canGoTo(from: number, to: number, { keyGroups, before, now }: Resize): boolean {
  return (
    from === to ||
    (from === 0 && to >= before) ||
    overlap(groupsOf(from, keyGroups, before), groupsOf(to, keyGroups, now))
  )
}
