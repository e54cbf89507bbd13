/**
 * Tells a blocked event loop from a dead worker. The main thread counts in shared memory and leaves there whose turn it is; a thread of
 * its own watches the count, says on stderr who blocks the loop while it is blocked, and watches the lifeline to the parent.
 */
import { Worker as Thread } from 'node:worker_threads'

const BEAT_MS = 50

/** Places in the shared memory. */
export const BEATS = 0
export const TASK = 1

/** What the watching thread is given. */
export interface PulseData {
  readonly shared: Int32Array
  readonly stallMs: number
}

export class Pulse {
  readonly #shared = new Int32Array(new SharedArrayBuffer(8))
  readonly #thread: Thread
  #lastBeat = performance.now()
  #longestMs = 0

  constructor(stallMs: number) {
    const data: PulseData = { shared: this.#shared, stallMs }
    this.#thread = new Thread(new URL('./watchdog.js', import.meta.url), { workerData: data })
    this.#thread.unref()
    setInterval(() => this.#beat(), BEAT_MS).unref()
  }

  /** The components of the tasks, from task 1 up. */
  setNames(components: readonly string[]): void {
    this.#thread.postMessage(components)
  }

  /** Hot: whose turn it is. */
  setTask(task: number): void {
    this.#shared[TASK] = task
  }

  /** The longest stall since the last call, milliseconds. */
  takeStall(): number {
    const longest = this.#longestMs
    this.#longestMs = 0
    return longest
  }

  #beat(): void {
    const now = performance.now()
    this.#longestMs = Math.max(this.#longestMs, now - this.#lastBeat - BEAT_MS)
    this.#lastBeat = now
    Atomics.add(this.#shared, BEATS, 1)
  }
}
