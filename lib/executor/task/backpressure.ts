/**
 * Who must wait for whom. A key is a congested task, or a worker whose link is full; those who send there are held: not
 * given turns until it is free again.
 *
 * The law: only edges that lie on no cycle hold, and system tuples hold nobody, so nothing waits for itself.
 */
import type { Stopwatch } from '../../stats/stopwatch.ts'
import type { TaskId, WorkerId } from '../../tuple/ids.ts'

/** Something that can be held back; 0: it is free. */
export interface Holdable {
  heldBy: number
  /** Counts for how long, where that is of interest. */
  held?: Stopwatch | undefined
}

export class Backpressure {
  readonly #sendersToTask = new Map<TaskId, Holdable[]>()
  readonly #sendersToWorker = new Map<WorkerId, Holdable[]>()
  readonly #congestedTasks = new Set<TaskId>()
  readonly #fullLinks = new Set<WorkerId>()

  /** An edge that holds back: `sender` sends to `target`, which lives in `worker`, undefined for this one. */
  addEdge(sender: Holdable, target: TaskId, worker: WorkerId | undefined): void {
    addTo(this.#sendersToTask, target, sender)
    if (worker !== undefined) addTo(this.#sendersToWorker, worker, sender)
  }

  /** Records whether a task is congested; false where that was known. */
  setTask(task: TaskId, congested: boolean): boolean {
    return change(this.#congestedTasks, task, congested, this.#sendersToTask.get(task))
  }

  /** Records whether the link to a worker is full; false where that was known. */
  setLink(worker: WorkerId, full: boolean): boolean {
    return change(this.#fullLinks, worker, full, this.#sendersToWorker.get(worker))
  }

  isCongested(task: TaskId): boolean {
    return this.#congestedTasks.has(task)
  }
}

function addTo<K>(map: Map<K, Holdable[]>, key: K, sender: Holdable): void {
  const senders = map.get(key)
  if (senders === undefined) map.set(key, [sender])
  else if (!senders.includes(sender)) senders.push(sender)
}

function change<K>(set: Set<K>, key: K, present: boolean, senders: readonly Holdable[] = []): boolean {
  if (set.has(key) === present) return false
  if (present) set.add(key)
  else set.delete(key)
  for (const sender of senders) {
    sender.heldBy += present ? 1 : -1
    sender.held?.change(present)
  }
  return true
}
