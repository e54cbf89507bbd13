/** The tasks of a worker as snapshots see them. */
import type { ExactBoltExecutor } from '../../executor/exact/exact-bolt-executor.ts'
import type { SpoutExecutor } from '../../executor/spout/spout-executor.ts'
import type { Executor } from '../../executor/task/executor.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { rejected } from '../../util/thenable.ts'
import type { Executors } from '../tasks/build/build-executors.ts'
import type { CapturedTask, TaskCapture } from './captured-task.ts'

type Tasks = Pick<Executors, 'spouts' | 'exactBolts' | 'contexts' | 'times'>

export function capturedTasks(tasks: Tasks): CapturedTask[] {
  return [
    ...tasks.spouts.map((spout) => capturedSpout(spout, tasks)),
    ...tasks.exactBolts.map((bolt) => capturedBolt(bolt, tasks)),
  ]
}

function capturedSpout(spout: SpoutExecutor, tasks: Tasks): CapturedTask {
  const { states } = tasks.contexts.get(spout.task)!
  return {
    ...common(spout, tasks),
    capture(_snapshot, wantsWhole) {
      const stands = standsOf(spout)
      const { formats } = states
      return { states: states.capture(wantsWhole), formats, inFlight: [], ...stands, ...reachedBy(spout.task, tasks) }
    },
    complete: () => spout.handedOver(),
  }
}

function capturedBolt(bolt: ExactBoltExecutor, tasks: Tasks): CapturedTask {
  const { states } = tasks.contexts.get(bolt.task)!
  return {
    ...common(bolt, tasks),
    capture(snapshot, wantsWhole) {
      const kept = bolt.prepareCommit(snapshot)
      const { formats } = states
      const inFlight = [...bolt.inFlight()]
      return { states: states.capture(wantsWhole), formats, inFlight, kept, ...reachedBy(bolt.task, tasks) }
    },
    complete: (snapshot) => bolt.commit(snapshot),
  }
}

function common(
  { task, component }: Executor,
  { contexts }: Tasks,
): Pick<CapturedTask, 'task' | 'component' | 'index' | 'chains' | 'abandon'> {
  const { taskIndex: index, states, chains } = contexts.get(task)!
  return { task, component, index, chains, abandon: () => states.abandon() }
}

/** Where a spout stands. */
function standsOf(spout: SpoutExecutor): Pick<TaskCapture, 'positions' | 'kept'> {
  try {
    const positions = spout.capture()
    return positions === undefined ? {} : { positions }
  } catch (error) {
    return { kept: rejected(error) }
  }
}

function reachedBy(task: TaskId, { times, contexts }: Tasks): Pick<TaskCapture, 'watermark' | 'floors' | 'partitions'> {
  const time = times.get(task)
  if (time === undefined) return {}
  const { watermark: reached, partitions } = time
  const floors = contexts.get(task)!.taskTimers.floorsAbove(reached)
  return {
    ...(Number.isFinite(reached) ? { watermark: reached } : {}),
    ...(floors.length === 0 ? {} : { floors }),
    ...(partitions.length === 0 ? {} : { partitions }),
  }
}
