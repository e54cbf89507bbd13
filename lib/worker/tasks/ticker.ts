/**
 * Ticks: tuples from the system component to every task whose component has a frequency. Spouts and ackers tick several
 * times in each message timeout, which rotates their roots. Rule: apache/storm
 * `storm-client/.../executor/Executor.java` (`setupTicks`).
 *
 * The law: at most one tick waits for a task. A slow bolt finds one when it comes to it, however many were due.
 */

import type { Inbox } from '../../executor/task/inbox.ts'
import { turnSecs } from '../../topology/config/message-timeout.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { isSystemId } from '../../tuple/system-ids.ts'
import { TICK_SOURCE } from '../../tuple/system-sources.ts'
import { isTick, untrackedTuple } from '../../tuple/tuple.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { WorkerTaskContext } from './context/task-context.ts'

/** The questions whether all is over come more often. */
const REST_MS = 1000

export class Ticker {
  readonly #contexts: ReadonlyMap<TaskId, WorkerTaskContext>
  readonly #inboxes: readonly (Inbox | undefined)[]
  readonly #clock: Clock
  readonly #cancel = new Map<TaskId, () => void>()
  #restUntil = 0

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

  /** Bolts get no ticks for a while: nothing but ticks is left to do, and it is to be seen whether all is over. */
  rest(): void {
    this.#restUntil = this.#clock.now() + REST_MS
  }

  #schedule(task: TaskId, seconds: number, at: number): void {
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      const inbox = this.#inboxes[task]!
      const rests = this.#clock.now() < this.#restUntil && !isOfRuntime(this.#contexts.get(task)!)
      if (!rests && !hasTick(inbox)) inbox.push(untrackedTuple([seconds], TICK_SOURCE))
      this.#schedule(task, seconds, this.#nextAfter(at, seconds * 1000))
    })
    this.#cancel.set(task, cancel)
  }

  /**
   * A tick that was missed while the event loop was blocked is left out: two at once would time roots out before their
   * time.
   */
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

/** Spouts and ackers tick for their roots. */
function isOfRuntime({ isSpout, component }: WorkerTaskContext): boolean {
  return isSpout || isSystemId(component)
}

function hasTick(inbox: Inbox): boolean {
  for (const tuple of inbox) if (isTick(tuple)) return true
  return false
}
