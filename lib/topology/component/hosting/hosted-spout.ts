/**
 * A spout as whoever runs it calls it: a worker, a child process, or a batch of Trident. What a call throws, or rejects
 * with, is reported and stops nothing; while a promise of a call is open, the spout may still emit.
 *
 * `open` and `close` reject with what the spout throws, and `isExhausted` throws it. Who gives a spout up after too
 * many errors of `nextTuple` calls that by itself; what comes of them stands in `spout-errors.ts`.
 */
import { isThenable } from '../../../util/thenable.ts'
import type { SpoutOutputCollector } from '../collectors.ts'
import type { Backlog, Spout } from '../component.ts'
import type { FailReason } from '../failure/fail-reason.ts'
import type { TaskContext } from '../task-context.ts'

type Called = void | Promise<unknown>
/** Called once when a call is over: at once, or when its promise is settled, whatever came of it. */
type Over = () => void

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

  activate(over?: Over): void {
    this.#call('activate', () => this.#spout.activate?.(), over)
  }

  deactivate(over?: Over): void {
    this.#call('deactivate', () => this.#spout.deactivate?.(), over)
  }

  /** Calls `nextTuple`. */
  next(over?: Over): void {
    this.#call('nextTuple', () => this.#spout.nextTuple(), over)
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

  /** Undefined where it is not known. */
  backlog(): Backlog | undefined {
    try {
      return this.#spout.backlog?.()
    } catch (error) {
      this.#report(error, 'backlog')
      return undefined
    }
  }

  /** Hot: once for every root, so it makes no closure. */
  ack(messageId: unknown, over?: Over): void {
    let promise: Called | undefined
    try {
      promise = this.#spout.ack?.(messageId)
    } catch (error) {
      this.#report(error, 'ack')
    }
    if (promise !== undefined) this.#await('ack', promise, over)
    else over?.()
  }

  fail(messageId: unknown, reason: FailReason, over?: Over): void {
    this.#call('fail', () => this.#spout.fail?.(messageId, reason), over)
  }

  #call(method: string, call: () => Called, over?: Over): void {
    let promise: Called | undefined
    try {
      promise = call()
    } catch (error) {
      this.#report(error, method)
    }
    this.#await(method, promise, over)
  }

  #await(method: string, promise: Called, over?: Over): void {
    if (!isThenable(promise)) {
      over?.()
      return
    }
    this.unsettled++
    // One of another library may have no more than `then`.
    Promise.resolve(promise)
      .catch((error: unknown) => this.#report(error, method))
      .then(() => {
        this.unsettled--
        over?.()
        this.#settled()
      })
  }
}
