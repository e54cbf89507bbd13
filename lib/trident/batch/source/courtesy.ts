/**
 * Requests that wait for an answer have priority over filling a batch: where a DRPC request is under way in a worker,
 * the spouts' tasks there leave a gap after each piece, so that its few tuples get through. It costs a part of the
 * throughput for as long as questions come, and nothing else.
 */
import type { TaskContext } from '../../../index.ts'

const RESOURCE = 'trident: courtesy'
const LASTS_MS = 20

export class Courtesy {
  #until = Number.NEGATIVE_INFINITY

  /** The one of the worker of a task. */
  static of(task: TaskContext): Courtesy {
    return task.resource(RESOURCE, () => new Courtesy())
  }

  /** Something of a request came by. */
  asked(now: number): void {
    this.#until = now + LASTS_MS
  }

  isDue(now: number): boolean {
    return now < this.#until
  }
}
