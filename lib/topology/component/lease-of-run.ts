/** The lease that a run has of its state, as a worker of it has it. */
import { LEASE_RESOURCE } from '../../tuple/system-ids.ts'
import type { TaskContext } from './task-context.ts'

/** The resource `LEASE_RESOURCE` of each worker. */
export interface LeaseOfRun {
  /**
   * To be called before something is done at once that only its own run could take back. Where another run has the
   * state by now, for all of this one had stood still, or this worker was started elsewhere, for its host had, the
   * process ends here.
   */
  check(): void
}

/** Where nothing lasts that another run could take over. */
const NO_LEASE: LeaseOfRun = { check: () => {} }

/** That of the worker of a task. */
export function leaseOf(context: Pick<TaskContext, 'resource'>): LeaseOfRun {
  return context.resource(LEASE_RESOURCE, () => NO_LEASE)
}
