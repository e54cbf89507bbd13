/** What tasks ask to keep, sent to the nimbus now and then: the latest value of each task, not every one. */
import type { TaskId } from '../../tuple/ids.ts'
import type { Clock } from '../../util/time/clock.ts'

const DELAY_MS = 50

export class Checkpoints {
  readonly #clock: Clock
  readonly #send: (task: TaskId, value: unknown) => void
  readonly #waiting = new Map<TaskId, unknown>()
  readonly #latest = new Map<TaskId, unknown>()

  constructor(clock: Clock, send: (task: TaskId, value: unknown) => void) {
    this.#clock = clock
    this.#send = send
  }

  put(task: TaskId, value: unknown): void {
    if (this.#waiting.size === 0) this.#clock.after(DELAY_MS, () => this.flush())
    this.#waiting.set(task, value)
    this.#latest.set(task, value)
  }

  /** Whoever hears them now has not heard any before. */
  sendAll(): void {
    this.#waiting.clear()
    for (const [task, value] of this.#latest) this.#send(task, value)
  }

  flush(): void {
    for (const [task, value] of this.#waiting) this.#send(task, value)
    this.#waiting.clear()
  }
}
