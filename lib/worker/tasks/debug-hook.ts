/** `topology.debug`: logs every tuple that is emitted. */
import type { TaskContext, TaskHook } from '../../topology/component/task-context.ts'
import { show } from '../../values/show.ts'

export function debugHook(context: TaskContext): TaskHook {
  return {
    emit({ stream, values, tasks }) {
      context.log('debug', `emits on ${stream} to ${tasks.join(', ') || 'no task'}: ${show(values)}`)
    },
  }
}
