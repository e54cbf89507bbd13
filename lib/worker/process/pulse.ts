/**
 * Tells a blocked event loop from a dead worker. The main thread counts in shared memory and leaves there whose turn it
 * is; a thread of its own watches the count, says who blocks the loop while it is blocked, ends the process where it
 * stays so, and watches the lifeline to the parent. Which root a bolt has in hand stands there as well, so that the one
 * is known that blocks it. The counters of the tasks are shared as well, so that what is in flight can be reported
 * though the main thread says nothing.
 */
import { Worker as Thread } from 'node:worker_threads'
import { type Counters, countersLength } from '../../stats/counters.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import type { Bootstrap } from './bootstrap.ts'

/** Rare, for an idle process is to sleep; a stall is noticed when so many beats are missing. */
const MAX_BEAT_MS = 250
const BEATS_PER_STALL = 4

/** Places in the shared memory. */
export const BEATS = 0
export const TASK = 1
/** The two halves of the id of the root in hand; the high one is 0 where none is. */
export const ROOT = 2
const PLACES = 4

/** What the watching thread is given. */
export interface PulseData {
  readonly shared: Int32Array
}

/** What it is told when it is known what it watches for. */
export interface PulseLimits {
  /** A loop that is blocked for longer is reported. */
  readonly stallMs: number
  /** One that is blocked for longer is ended. */
  readonly limitMs: number
  /** How often the nimbus hears that the loop is still blocked. */
  readonly aliveMs: number
  readonly beatMs: number
}

/** What it is given when there is a plan. */
export interface PulsePlan {
  /** The components of all tasks, from task 1 up. */
  readonly components: readonly ComponentId[]
  /** The counters of the tasks of this worker. */
  readonly counters: readonly { readonly task: TaskId; readonly values: Counters }[]
}

export class Pulse {
  /**
   * Settles when the thread is there. Its files are opened by then: later a component may have taken every descriptor.
   */
  readonly watches: Promise<void>
  readonly #shared = new Int32Array(new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT))
  /** The two halves of the id of the root of which a bolt executes a tuple; the run loop's bolts write it. */
  readonly inHand = this.#shared.subarray(ROOT)
  readonly #counters = new Map<TaskId, Counters>()
  readonly #thread: Thread
  #beatMs = 0
  #lastBeat = performance.now()
  #longestMs = 0
  #isRunning = false

  constructor() {
    const data: PulseData = { shared: this.#shared }
    this.#thread = new Thread(new URL('./watchdog.js', import.meta.url), { workerData: data })
    this.watches = new Promise((resolve) => this.#thread.once('message', () => resolve()))
    this.#thread.unref()
  }

  /** From now on a loop that is blocked is seen. */
  watch({ stallMs, stallLimitMs: limitMs, aliveMs }: Pick<Bootstrap, 'stallMs' | 'stallLimitMs' | 'aliveMs'>): void {
    this.#beatMs = Math.min(MAX_BEAT_MS, stallMs / BEATS_PER_STALL)
    this.#lastBeat = performance.now()
    this.#thread.postMessage({ stallMs, limitMs, aliveMs, beatMs: this.#beatMs } satisfies PulseLimits)
    setInterval(() => this.#beat(), this.#beatMs).unref()
  }

  /**
   * @param components of all tasks, from task 1 up
   * @param own the tasks of this worker, and how many streams each has
   */
  setPlan(components: readonly ComponentId[], own: readonly { task: TaskId; streams: number }[]): void {
    for (const { task, streams } of own) {
      const bytes = countersLength(streams) * Float64Array.BYTES_PER_ELEMENT
      this.#counters.set(task, new Float64Array(new SharedArrayBuffer(bytes)))
    }
    const counters = [...this.#counters].map(([task, values]) => ({ task, values }))
    this.#thread.postMessage({ components, counters } satisfies PulsePlan)
  }

  /** The counters of a task of this worker; once there is a plan. */
  countersOf(task: TaskId): Counters {
    return this.#counters.get(task)!
  }

  /** The loop runs: from now on a stall has a limit. */
  start(): void {
    this.#isRunning = true
    this.#lastBeat = performance.now()
    this.#longestMs = 0
    this.#thread.postMessage('running')
  }

  /** The loop is about to be blocked on purpose: until `goOn` that has no limit. */
  hold(): void {
    this.#thread.postMessage('held')
  }

  /** A beat comes first, or the thread would take the time until now for a stall. */
  goOn(): void {
    this.#beat()
    if (this.#isRunning) this.#thread.postMessage('running')
  }

  /** Hot: whose turn it is. */
  setTask(task: number): void {
    this.#shared[TASK] = task
    this.#shared[ROOT] = 0
  }

  /** The task whose turn it is; 0: none. */
  get task(): number {
    return this.#shared[TASK]!
  }

  /** The longest stall since the last call, milliseconds. */
  takeStall(): number {
    const longest = this.#longestMs
    this.#longestMs = 0
    return longest
  }

  #beat(): void {
    const now = performance.now()
    this.#longestMs = Math.max(this.#longestMs, now - this.#lastBeat - this.#beatMs)
    this.#lastBeat = now
    Atomics.add(this.#shared, BEATS, 1)
  }
}
