/**
 * How a task calls its spout, and who looks on. What such a call throws, or rejects with, is reported and stops
 * nothing; while a promise of a call is open the task is not at rest, for the spout may still emit. `nextTuple` alone
 * is called by the executor itself, which knows when.
 */

import type { SpoutOutputCollector } from '../../topology/component/collectors.ts'
import type { Spout } from '../../topology/component/component.ts'
import type { FailReason } from '../../topology/component/fail-reason.ts'
import type { TaskContext } from '../../topology/component/task-context.ts'
import { isThenable } from '../../util/thenable.ts'
import type { Emitter } from '../task/emitter.ts'
import { type Executor, observe, problemIn } from '../task/executor.ts'
import type { ExecutorPorts } from '../task/ports.ts'

/** The calls of one task's spout. */
export class SpoutCalls {
  /** Promises that are open. */
  unsettled = 0
  readonly #spout: Spout
  readonly #task: Pick<Executor, 'task' | 'component'>
  readonly #emitter: Emitter
  readonly #ports: ExecutorPorts

  /** @param emitter of the task, which has its hooks */
  constructor(spout: Spout, task: Pick<Executor, 'task' | 'component'>, emitter: Emitter, ports: ExecutorPorts) {
    this.#spout = spout
    this.#task = task
    this.#emitter = emitter
    this.#ports = ports
  }

  /** Rejects with what the spout throws. */
  async open(context: TaskContext, collector: SpoutOutputCollector): Promise<void> {
    await this.#spout.open?.(context, collector)
    observe(this.#emitter.hooks, this.#ports, this.#task, (hook) => hook.prepare?.(context))
  }

  /** Rejects with what the spout throws. */
  async close(): Promise<void> {
    await this.#spout.close?.()
    observe(this.#emitter.hooks, this.#ports, this.#task, (hook) => hook.cleanup?.())
  }

  activate(): void {
    this.#call(() => this.#spout.activate?.())
  }

  deactivate(): void {
    this.#call(() => this.#spout.deactivate?.())
  }

  /** False where the spout does not know what it owes, and was not called. */
  drain(): boolean {
    if (this.#spout.drain === undefined) return false
    this.#call(() => this.#spout.drain?.())
    return true
  }

  /** @param before the answer where the spout throws */
  isExhausted(before: boolean): boolean {
    try {
      return this.#spout.isExhausted?.() ?? false
    } catch (error) {
      this.#report(error)
      return before
    }
  }

  /** Hot: once for every root. @param micros from its emit to its ack */
  ack(messageId: unknown, micros: number): void {
    try {
      const promise = this.#spout.ack?.(messageId)
      if (promise !== undefined) this.#owes(promise)
    } catch (error) {
      this.#report(error)
    }
    const { hooks } = this.#emitter
    if (hooks.length > 0)
      observe(hooks, this.#ports, this.#task, (hook) => hook.spoutAck?.({ messageId, latencyMs: micros / 1000 }))
  }

  fail(messageId: unknown, reason: FailReason): void {
    this.#call(() => this.#spout.fail?.(messageId, reason))
    observe(this.#emitter.hooks, this.#ports, this.#task, (hook) => hook.spoutFail?.({ messageId, reason }))
  }

  /** What a bolt tells. @throws what the spout throws */
  noted(value: unknown, messageId: unknown): void {
    this.#spout.noted?.(value, messageId)
  }

  #call(call: () => void | Promise<void>): void {
    try {
      this.#owes(call())
    } catch (error) {
      this.#report(error)
    }
  }

  #owes(promise: void | Promise<void>): void {
    if (!isThenable(promise)) return
    this.unsettled++
    // One of another library may have no more than `then`.
    Promise.resolve(promise)
      .catch((error: unknown) => this.#report(error))
      .then(() => {
        this.unsettled--
        this.#ports.wake()
      })
  }

  #report(error: unknown): void {
    this.#ports.report(problemIn(this.#task, error), error)
  }
}
