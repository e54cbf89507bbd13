/** The tasks of a worker as snapshots see them. */
import { ExactBoltExecutor } from '../../executor/exact/exact-bolt-executor.ts'
import { SpoutExecutor } from '../../executor/spout/spout-executor.ts'
import type { Executor } from '../../executor/task/executor.ts'
import type { TaskId } from '../../tuple/ids.ts'
import type { Executors } from '../tasks/build-executors.ts'
import type { CapturedTask } from './captured-task.ts'

export function capturedTasks({ all, contexts }: Pick<Executors, 'all' | 'contexts'>): CapturedTask[] {
  return all.flatMap((executor) => capturedTask(executor, contexts) ?? [])
}

function capturedTask(executor: Executor, contexts: Executors['contexts']): CapturedTask | undefined {
  const { task, component } = executor
  const { taskIndex: index, states } = contexts.get(task as TaskId)!
  const abandon = (): void => states.abandon()
  if (executor instanceof SpoutExecutor)
    return {
      task,
      component,
      index,
      capture(_snapshot, wantsWhole) {
        const positions = executor.capture()
        return { states: states.capture(wantsWhole), inFlight: [], ...(positions === undefined ? {} : { positions }) }
      },
      complete: () => executor.handedOver(),
      abandon,
    }
  if (executor instanceof ExactBoltExecutor)
    return {
      task,
      component,
      index,
      capture(snapshot, wantsWhole) {
        const kept = executor.prepareCommit(snapshot)
        return { states: states.capture(wantsWhole), inFlight: [...executor.inFlight()], kept }
      },
      complete: (snapshot) => executor.commit(snapshot),
      abandon,
    }
  return undefined
}
