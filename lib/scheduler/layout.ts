/**
 * What of a plan is the same for every cluster: the topology that really runs, and its tasks in their executors. Who
 * runs them is said by `assign.ts`. Tasks are spread over the executors of their component in runs of consecutive ids.
 *
 * The law: all of it follows from the topology as it was defined. So two processes that have the same hash of that mean
 * the same tasks and streams by the same numbers, and need not plan anything to find out.
 */
import { createHash } from 'node:crypto'
import { sizeOf, type Topology } from '../topology/topology.ts'
import type { ComponentId, TaskId } from '../tuple/ids.ts'
import { systemTopology } from './system-topology.ts'

/** A task, wherever it runs. */
export interface Task {
  readonly task: TaskId
  readonly component: ComponentId
  /** Number of the executor that runs the task, from 1 up in the topology. */
  readonly executor: number
}

export interface Layout {
  /** The hash of the topology as it was defined, see `topologyHash`. */
  readonly hash: string
  /** The topology with the runtime's own components. */
  readonly topology: Topology
  /** Ascending by task id, which run from 1 up without a gap. */
  readonly tasks: readonly Task[]
}

/** @param defined the topology as it was defined */
export function layOut(defined: Topology): Layout {
  const topology = systemTopology(defined)
  const tasks: Task[] = []
  let executor = 0
  for (const [component, spec] of Object.entries(topology.components)) {
    const { executors, tasks: count } = sizeOf(topology, spec)
    for (let index = 0; index < count; index++) {
      const mine = executor + Math.floor((index * executors) / count)
      tasks.push({ task: tasks.length + 1, component, executor: mine + 1 })
    }
    executor += executors
  }
  return { hash: topologyHash(defined), topology, tasks }
}

/**
 * SHA-256 of the topology as JSON, in hexadecimal. The order of components and streams counts, for their numbers follow
 * from it.
 */
export function topologyHash(defined: Topology): string {
  return createHash('sha256').update(JSON.stringify(defined)).digest('hex')
}
