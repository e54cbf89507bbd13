/**
 * Tells the bolts, one component after the other from the spouts down, that the input has ended. The next one is told
 * when all workers have told theirs, and what those emitted has come to rest.
 */
import { boltsInOrder } from '../../scheduler/graph.ts'
import { type Plan, workerIds } from '../../scheduler/plan.ts'
import type { ComponentId, WorkerId } from '../../tuple/ids.ts'

export class EndOfInput {
  #workers: readonly WorkerId[] = []
  #left: ComponentId[] = []
  #current: { component: ComponentId; waitingFor: Set<WorkerId> } | undefined

  /**
   * Begins, or begins again after a worker was lost: its worker does not tell a task twice.
   * @param isTold all have been told before
   */
  begin(plan: Plan, isTold = false): void {
    this.#workers = workerIds(plan)
    this.#left = isTold ? [] : boltsInOrder(plan.topology)
    this.#current = undefined
  }

  /** The component to tell now; undefined where all have been told. */
  next(): ComponentId | undefined {
    const component = this.#left.shift()
    if (component !== undefined) this.#current = { component, waitingFor: new Set(this.#workers) }
    return component
  }

  /** A worker has told its tasks. True: it was the last one. */
  ended(worker: WorkerId, component: ComponentId): boolean {
    if (this.#current?.component !== component) return false
    this.#current.waitingFor.delete(worker)
    return this.#current.waitingFor.size === 0
  }
}
