/**
 * What the tasks of a linear DRPC topology keep by request: it is forgotten where the request did not come to its end
 * within the message timeout, for then it has failed.
 */
import type { TaskContext } from '../../index.ts'

/** Values by the id of a request; each is forgotten after one to two message timeouts. */
export class Requests<V> {
  readonly #onForgotten: (id: unknown) => void
  #young = new Map<unknown, V>()
  #old = new Map<unknown, V>()
  #cancel: () => void

  constructor(context: TaskContext, onForgotten: (id: unknown) => void = () => {}) {
    this.#onForgotten = onForgotten
    const lifeMs = context.config['topology.message.timeout.secs'] * 1000
    const rotate = (): void => {
      this.#cancel = context.after(lifeMs, rotate)
      this.#rotate()
    }
    this.#cancel = context.after(lifeMs, rotate)
  }

  get(id: unknown): V | undefined {
    return this.#young.get(id) ?? this.#old.get(id)
  }

  set(id: unknown, value: V): void {
    this.#old.delete(id)
    this.#young.set(id, value)
  }

  delete(id: unknown): void {
    if (!this.#young.delete(id)) this.#old.delete(id)
  }

  /** Forgets no more. */
  close(): void {
    this.#cancel()
  }

  #rotate(): void {
    const forgotten = this.#old
    this.#old = this.#young
    this.#young = new Map()
    for (const id of forgotten.keys()) this.#onForgotten(id)
  }
}
