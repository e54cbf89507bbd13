/**
 * Tells the bolts, one component after the other from the spouts down, that the input has ended. The next one is told
 * when all workers have told theirs, and what those emitted has come to rest.
 */
import { topologicalGroups } from '../scheduler/graph.ts'
import { type Plan, workerIds } from '../scheduler/plan.ts'
import type { ComponentId, WorkerId } from '../tuple/ids.ts'

export class EndOfInput {
  readonly #plan: Plan
  #left: ComponentId[] = []
  #current: { component: ComponentId; waitingFor: Set<WorkerId> } | undefined

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /** Begins, or begins again where a worker was lost: a task that was told already is not told twice by its worker. */
  begin(): void {
    const { components } = this.#plan.topology
    this.#left = topologicalGroups(this.#plan.topology)
      .flat()
      .filter((id) => components[id]!.kind === 'bolt')
    this.#current = undefined
  }

  /** The component to tell now; undefined where all have been told. */
  next(): ComponentId | undefined {
    const component = this.#left.shift()
    if (component !== undefined) this.#current = { component, waitingFor: new Set(workerIds(this.#plan)) }
    return component
  }

  /** A worker has told its tasks. True: it was the last one. */
  ended(worker: WorkerId, component: ComponentId): boolean {
    if (this.#current?.component !== component) return false
    this.#current.waitingFor.delete(worker)
    return this.#current.waitingFor.size === 0
  }
}
