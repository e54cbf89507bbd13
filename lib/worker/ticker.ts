/**
 * Ticks: tuples from the system component to every task whose component has a frequency. Spouts and ackers tick several times in each
 * message timeout, which rotates their roots. Rule: apache/storm `storm-client/.../executor/Executor.java` (`setupTicks`).
 *
 * The law: at most one tick waits for a task. A slow bolt finds one when it comes to it, however many were due.
 */
import { TICK_SOURCE } from '../executor/ack-batcher.ts'
import type { Inbox } from '../executor/inbox.ts'
import { turnSecs } from '../topology/message-timeout.ts'
import type { TaskId } from '../tuple/ids.ts'
import { isTick, untrackedTuple } from '../tuple/tuple.ts'
import type { Clock } from '../util/clock.ts'
import type { WorkerTaskContext } from './task-context.ts'

export class Ticker {
  readonly #contexts: ReadonlyMap<TaskId, WorkerTaskContext>
  readonly #inboxes: readonly (Inbox | undefined)[]
  readonly #clock: Clock
  readonly #cancel = new Map<TaskId, () => void>()

  constructor(contexts: ReadonlyMap<TaskId, WorkerTaskContext>, inboxes: readonly (Inbox | undefined)[], clock: Clock) {
    this.#contexts = contexts
    this.#inboxes = inboxes
    this.#clock = clock
  }

  start(): void {
    for (const [task, context] of this.#contexts) {
      const seconds = frequencyOf(context)
      if (seconds !== null) this.#schedule(task, seconds, this.#clock.now() + seconds * 1000)
    }
  }

  stop(): void {
    for (const cancel of this.#cancel.values()) cancel()
  }

  #schedule(task: TaskId, seconds: number, at: number): void {
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      const inbox = this.#inboxes[task]!
      if (!hasTick(inbox)) inbox.push(untrackedTuple([seconds], TICK_SOURCE))
      this.#schedule(task, seconds, this.#nextAfter(at, seconds * 1000))
    })
    this.#cancel.set(task, cancel)
  }

  /** A tick that was missed while the event loop was blocked is left out: two at once would time roots out before their time. */
  #nextAfter(at: number, periodMs: number): number {
    const missed = Math.floor(Math.max(0, this.#clock.now() - at) / periodMs)
    return at + (missed + 1) * periodMs
  }
}

/** Seconds between two ticks; null: none. */
function frequencyOf({ config, isSpout }: WorkerTaskContext): number | null {
  if (!isSpout) return config['topology.tick.tuple.freq.secs']
  return config['topology.enable.message.timeouts'] ? turnSecs(config) : null
}

function hasTick(inbox: Inbox): boolean {
  for (const tuple of inbox) if (isTick(tuple)) return true
  return false
}
