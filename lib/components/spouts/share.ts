/** How many of `count` things belong to one of several tasks, where thing i belongs to task i % tasks. */
import type { TaskContext } from '../../index.ts'

/** Infinity where `count` is. */
export function shareOf(count: number, context: TaskContext): number {
  return Math.max(0, Math.ceil((count - context.taskIndex) / context.tasksOf().length))
}

/** The name of the part of a spout's input that is this task's: it is the same as long as there are so many tasks. */
export function partOf(context: TaskContext): string {
  return `${context.taskIndex + 1} of ${context.tasksOf().length}`
}
