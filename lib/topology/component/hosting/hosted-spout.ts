/**
 * A spout as whoever runs it calls it: a worker, or a batch of Trident. What a call throws, or rejects with, is
 * reported and stops nothing; while a promise of a call is open, the spout may still emit.
 *
 * `open` and `close` reject with what the spout throws, and `isExhausted` throws it. `nextTuple` is called by the host
 * itself, which knows when it may be. What comes of an error of these two stands in `spout-errors.ts`.
 */
import { isThenable } from '../../../util/thenable.ts'
import type { SpoutOutputCollector } from '../collectors.ts'
import type { Spout } from '../component.ts'
import type { FailReason } from '../failure/fail-reason.ts'
import type { TaskContext } from '../task-context.ts'

/** See above: reports what a call throws, and counts the promises that are open. */
export class HostedSpout {
  /** Promises that are open. */
  unsettled = 0
  readonly #spout: Spout
  readonly #report: (error: unknown, method: string) => void
  readonly #settled: () => void

  /** @param report takes what a method threw, and its name @param settled a promise is open no more */
  constructor(spout: Spout, report: (error: unknown, method: string) => void, settled: () => void = () => {}) {
    this.#spout = spout
    this.#report = report
    this.#settled = settled
  }

  async open(context: TaskContext, collector: SpoutOutputCollector): Promise<void> {
    await this.#spout.open?.(context, collector)
  }

  async close(): Promise<void> {
    await this.#spout.close?.()
  }

  activate(): void {
    this.#call('activate', () => this.#spout.activate?.())
  }

  deactivate(): void {
    this.#call('deactivate', () => this.#spout.deactivate?.())
  }

  /** False where the spout does not know what it owes, and was not called. */
  drain(): boolean {
    if (this.#spout.drain === undefined) return false
    this.#call('drain', () => this.#spout.drain?.())
    return true
  }

  /** @throws what the spout throws */
  isExhausted(): boolean {
    return this.#spout.isExhausted?.() ?? false
  }

  /** Hot: once for every root, so it makes no closure. */
  ack(messageId: unknown): void {
    try {
      const promise = this.#spout.ack?.(messageId)
      if (promise !== undefined) this.#owes('ack', promise)
    } catch (error) {
      this.#report(error, 'ack')
    }
  }

  fail(messageId: unknown, reason: FailReason): void {
    this.#call('fail', () => this.#spout.fail?.(messageId, reason))
  }

  #call(method: string, call: () => void | Promise<unknown>): void {
    try {
      this.#owes(method, call())
    } catch (error) {
      this.#report(error, method)
    }
  }

  #owes(method: string, promise: void | Promise<unknown>): void {
    if (!isThenable(promise)) return
    this.unsettled++
    // One of another library may have no more than `then`.
    Promise.resolve(promise)
      .catch((error: unknown) => this.#report(error, method))
      .then(() => {
        this.unsettled--
        this.#settled()
      })
  }
}
