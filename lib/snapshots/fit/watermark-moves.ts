/**
 * How far event time has come for a task when the tasks of its component become more or fewer. Pure.
 *
 * The law: a task goes on from where all tasks had come, for none of them may be overtaken; but for an entry that it
 * takes over, event time is where it was for the task that had it. What was closed for a key group stays closed.
 */
import { groupsOf, overlap } from '../../grouping/key-groups.ts'
import { type Group, type GroupWatermark, OF_ALL, OF_TASK } from '../../state/group.ts'
import type { TaskPart } from '../manifest.ts'
import { goesTo, type Resize } from './state-moves.ts'

/** Where the event time of a task stands. */
export interface Reached {
  /** Undefined: nowhere. */
  readonly watermark?: number
  /** Where it stands for some groups, if that is further. */
  readonly floors: readonly GroupWatermark[]
}

/**
 * @param parts of all tasks of the component
 * @param index number of the task, from 0 up
 */
export function reachedOf(
  parts: readonly Pick<TaskPart, 'index' | 'watermark' | 'floors'>[],
  index: number,
  resize: Resize,
): Reached {
  const least = Math.min(...parts.map(({ watermark }) => watermark ?? Number.NEGATIVE_INFINITY))
  const mine = groupsOf(index, resize.keyGroups, resize.now)
  const floors = parts
    .flatMap(({ index: from, watermark, floors = [] }) => [
      ...floors,
      ...(watermark === undefined ? [] : rangesOf(from, index, resize).map((range) => ({ ...range, watermark }))),
    ])
    .filter(({ from, to, watermark }) => watermark > least && (from < 0 || overlap([from, to], mine)))
  return Number.isFinite(least) ? { watermark: least, floors } : { floors }
}

/** The groups of task `from` of which something may go to task `to`. */
function rangesOf(from: number, to: number, resize: Resize): Pick<GroupWatermark, 'from' | 'to'>[] {
  const [first, end] = groupsOf(from, resize.keyGroups, resize.before)
  const others = [OF_TASK, OF_ALL].filter((group) => goesTo(group, from, to, resize))
  return [{ from: first, to: end }, ...others.map((group: Group) => ({ from: group, to: group + 1 }))]
}
