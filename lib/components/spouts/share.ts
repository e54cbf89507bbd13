/**
 * The input of a spout as shares: one for each task that there was when it began, where thing i belongs to share
 * i % tasks. When there are more or fewer tasks, later, the shares stay what they are, and are dealt out anew.
 */
import type { Positions, TaskContext } from '../../index.ts'

/** How many of `count` things are in the share of this task; Infinity where `count` is. */
export function shareOf(count: number, context: TaskContext): number {
  return Math.max(0, Math.ceil((count - context.taskIndex) / context.tasksOf().length))
}

/** The name of the share of this task, as long as there are so many of them. */
export function partOf(context: TaskContext): string {
  return `${context.taskIndex + 1} of ${context.tasksOf().length}`
}

/** The shares of a snapshot that are for this task, by name. */
export function dealtTo<Position>(context: TaskContext, positions: Positions): Map<string, Position> {
  const tasks = context.tasksOf().length
  const names = Object.keys(positions).sort()
  const mine = names.filter((_, index) => index % tasks === context.taskIndex)
  return new Map(mine.map((name) => [name, positions[name] as Position]))
}
