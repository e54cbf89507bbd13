/**
 * The plan of a run, as plain JSON: which tasks there are, in which executors, on which workers. Executors are spread
 * over the workers in turn, as Storm's EvenScheduler does (apache/storm
 * `storm-server/.../scheduler/EvenScheduler.java`); tasks are spread over their component's executors in runs of
 * consecutive ids. All else is derived from it.
 */
import { resolveConfig } from '../topology/config.ts'
import type { Topology } from '../topology/topology.ts'
import type { ComponentId, StreamId, TaskId, WorkerId } from '../tuple/ids.ts'
import { ACKER_COMPONENT } from '../tuple/system-ids.ts'
import { systemTopology } from './system-topology.ts'

export interface TaskPlan {
  readonly task: TaskId
  readonly component: ComponentId
  /** Number of the executor that runs the task, from 1 up in the topology. */
  readonly executor: number
  readonly worker: WorkerId
}

export interface Plan {
  /** With the runtime's own components. */
  readonly topology: Topology
  readonly workers: readonly WorkerId[]
  /** Ascending by task id. */
  readonly tasks: readonly TaskPlan[]
}

export function planTopology(userTopology: Topology): Plan {
  const topology = systemTopology(userTopology)
  const workers = Array.from({ length: resolveConfig(topology.config)['topology.workers'] }, (_, index) => index + 1)
  const tasks: TaskPlan[] = []
  let executor = 0
  for (const [component, spec] of Object.entries(topology.components)) {
    const executors = Math.min(spec.parallelism, spec.tasks)
    for (let index = 0; index < spec.tasks; index++) {
      const mine = executor + Math.floor((index * executors) / spec.tasks)
      tasks.push({ task: tasks.length + 1, component, executor: mine + 1, worker: workers[mine % workers.length]! })
    }
    executor += executors
  }
  return { topology, workers, tasks }
}

/** The tasks of a component, ascending. */
export function tasksOf(plan: Plan, component: ComponentId): readonly TaskId[] {
  return plan.tasks.filter((task) => task.component === component).map((task) => task.task)
}

/** The components that subscribe to a stream. */
export function subscribersOf(plan: Plan, component: ComponentId, stream: StreamId): ComponentId[] {
  return Object.entries(plan.topology.components).flatMap(([id, { inputs }]) =>
    inputs.some((input) => input.component === component && input.stream === stream) ? [id] : [],
  )
}

/** The tasks that live in a worker. */
export function tasksIn(plan: Plan, worker: WorkerId): readonly TaskId[] {
  return plan.tasks.filter((task) => task.worker === worker).map((task) => task.task)
}

/**
 * The acker of a spout task's roots: one in the task's own worker where there is one, so that init and verdict stay in
 * the process; else all are shared out. Undefined where nothing is tracked.
 */
export function ackerOf(plan: Plan, spout: TaskPlan): TaskId | undefined {
  const ackers = plan.tasks.filter((task) => task.component === ACKER_COMPONENT)
  const near = ackers.filter((task) => task.worker === spout.worker)
  const candidates = near.length > 0 ? near : ackers
  return candidates[spout.task % Math.max(1, candidates.length)]?.task
}
