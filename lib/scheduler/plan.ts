/**
 * The plan of a run, as plain JSON: what is to run (`layout.ts`), and who runs it (`assign.ts`). All else is derived
 * from it.
 */
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import type { ComponentId, StreamId, TaskId, WorkerId } from '../tuple/ids.ts'
import { ACKER_COMPONENT } from '../tuple/system-ids.ts'
import { assign, type Slot, type WorkerPlan } from './assign.ts'
import { type Layout, layOut, type Task } from './layout.ts'

/** A task, and who runs it. */
export interface TaskPlan extends Task {
  readonly worker: WorkerId
}

export interface Plan extends Layout {
  /** The version, from 1 up: a plan that replaces another one has a higher one. */
  readonly version: number
  readonly workers: readonly WorkerPlan[]
  readonly tasks: readonly TaskPlan[]
}

/**
 * @param defined the topology as it was defined
 * @param slots for its workers; on this host, as many as `topology.workers`, unless given
 */
export function planTopology(defined: Topology, slots: readonly Slot[] = slotsHere(defined), version = 1): Plan {
  const layout = layOut(defined)
  const { workers, executors } = assign(layout, slots)
  const tasks = layout.tasks.map((task) => ({ ...task, worker: executors[task.executor - 1]! }))
  return { version, ...layout, workers, tasks }
}

/** Room for all workers of a topology on this host. */
function slotsHere({ config }: Topology): Slot[] {
  const slot: Slot = { supervisor: 'local', host: '127.0.0.1', port: 0 }
  return new Array<Slot>(resolveConfig(config)['topology.workers']).fill(slot)
}

/** The numbers of its workers, ascending. */
export function workerIds({ workers }: Plan): WorkerId[] {
  return workers.map(({ worker }) => worker)
}

/** Where the plan has a worker listen; 0: at any port that is free. */
export function portOf({ workers }: Plan, worker: WorkerId): number {
  return workers.find((one) => one.worker === worker)!.port
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

/** How many streams a component has, those of the runtime included. */
export function streamsOf({ components }: Topology, component: ComponentId): number {
  return Object.keys(components[component]!.outputs).length
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
