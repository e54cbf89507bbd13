/** The tasks of a worker as snapshots see them. */
import { ExactBoltExecutor } from '../../executor/exact/exact-bolt-executor.ts'
import { SpoutExecutor } from '../../executor/spout/spout-executor.ts'
import type { Executor } from '../../executor/task/executor.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { rejected } from '../../util/thenable.ts'
import type { Executors } from '../tasks/build/build-executors.ts'
import type { CapturedTask, TaskCapture } from './captured-task.ts'

type Tasks = Pick<Executors, 'all' | 'contexts' | 'times'>

export function capturedTasks(tasks: Tasks): CapturedTask[] {
  return tasks.all.flatMap((executor) => capturedTask(executor, tasks) ?? [])
}

function capturedTask(executor: Executor, { contexts, times }: Tasks): CapturedTask | undefined {
  const { task, component } = executor
  const watermark = (): { readonly watermark?: number } => {
    const reached = times.get(task)?.watermark
    return reached === undefined || !Number.isFinite(reached) ? {} : { watermark: reached }
  }
  const { taskIndex: index, states, chains } = contexts.get(task as TaskId)!
  const abandon = (): void => states.abandon()
  if (executor instanceof SpoutExecutor)
    return {
      task,
      component,
      index,
      chains,
      capture(_snapshot, wantsWhole) {
        const stands = standsOf(executor)
        const { formats } = states
        return { states: states.capture(wantsWhole), formats, inFlight: [], ...stands, ...watermark() }
      },
      complete: () => executor.handedOver(),
      abandon,
    }
  if (executor instanceof ExactBoltExecutor)
    return {
      task,
      component,
      index,
      chains,
      capture(snapshot, wantsWhole) {
        const kept = executor.prepareCommit(snapshot)
        const { formats } = states
        const inFlight = [...executor.inFlight()]
        return { states: states.capture(wantsWhole), formats, inFlight, kept, ...watermark() }
      },
      complete: (snapshot) => executor.commit(snapshot),
      abandon,
    }
  return undefined
}

/** Where a spout stands. */
function standsOf(executor: SpoutExecutor): Pick<TaskCapture, 'positions' | 'kept'> {
  try {
    const positions = executor.capture()
    return positions === undefined ? {} : { positions }
  } catch (error) {
    return { kept: rejected(error) }
  }
}
