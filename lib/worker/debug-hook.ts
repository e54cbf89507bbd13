/** `topology.debug`: logs every tuple that is emitted. */
import { inspect } from 'node:util'
import type { TaskHook } from '../topology/hooks.ts'
import type { TaskContext } from '../topology/task-context.ts'

export function debugHook(context: TaskContext): TaskHook {
  return {
    emit({ stream, values, tasks }) {
      const shown = inspect(values, {
        breakLength: Number.POSITIVE_INFINITY,
        maxStringLength: 200,
        maxArrayLength: 20,
        depth: 3,
      })
      context.log('debug', `emits on ${stream} to ${tasks.join(', ') || 'nobody'}: ${shown}`)
    },
  }
}
