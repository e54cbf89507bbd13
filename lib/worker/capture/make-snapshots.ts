/** The part of a worker in the snapshots of its run, made of its plan and its tasks. */
import { type Plan, workerIds } from '../../scheduler/plan.ts'
import { resolveConfig } from '../../topology/config/config.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import type { Executors } from '../tasks/build/build-executors.ts'
import { activityOf } from '../tasks/snapshot-tasks.ts'
import { capturedTasks } from './captured-tasks.ts'
import { placesIn } from './places.ts'
import { type SnapshotPorts, Snapshots } from './snapshots.ts'

/** @param worker its own number */
export function makeSnapshots(
  executors: Executors,
  plan: Plan,
  worker: WorkerId,
  ports: Omit<SnapshotPorts, 'peers' | 'placeOf' | 'commitLimitMs' | 'isUntouched' | 'isAtRest'>,
): Snapshots {
  const config = resolveConfig(plan.topology.config)
  const isExact = config['topology.guarantee'] === 'exactly-once'
  return new Snapshots(capturedTasks(executors), {
    ...ports,
    commitLimitMs: config['topology.state.unavailable.limit.secs'] * 1000,
    // Positions alone are of no moment that all workers share.
    peers: workerIds(plan).filter((peer) => isExact && peer !== worker),
    placeOf: placesIn(plan).placeOf,
    isUntouched: () => activityOf(executors) === 0,
    isAtRest: () => executors.exactBolts.every((bolt) => bolt.isAtRest),
    sendMarks: (snapshot) => isExact && ports.sendMarks(snapshot),
  })
}
