/** What an executor of either kind is made with, beside its component. */
import type { TaskContext } from '../../topology/component/task-context.ts'
import type { Emitter } from './emitter.ts'
import type { TaskInput } from './inbox.ts'
import type { ExecutorPorts } from './ports.ts'

/** The parts of one task. */
export interface TaskParts {
  readonly context: TaskContext
  readonly inbox: TaskInput
  /** Has the task's counters and hooks. */
  readonly emitter: Emitter
  readonly ports: ExecutorPorts
}
