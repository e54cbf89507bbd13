/**
 * Runs one task of a bolt. `execute` that returns nothing is the fast path and costs no microtask; a promise makes the
 * task wait, unless its concurrency lets more be in flight.
 *
 * The promise: an exception, or a promise that rejects, fails the tuple with that error, and the task goes on.
 */
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { ACKED, type Counters, EXECUTED, FAILED, WAITING_MS } from '../stats/counters.ts'
import type { AnyBolt, BasicBolt, Bolt } from '../topology/component.ts'
import type { TaskContext } from '../topology/task-context.ts'
import type { ComponentId, TaskId } from '../tuple/ids.ts'
import type { Tuple } from '../tuple/tuple.ts'
import { TICK_SOURCE } from './ack-batcher.ts'
import { BasicCollector, BoltCollector } from './bolt-collectors.ts'
import { type Emitter, treesOf } from './emitter.ts'
import { type Executor, isPromise, observe, problemIn } from './executor.ts'
import type { Inbox } from './inbox.ts'
import type { ExecutorPorts } from './ports.ts'

export class BoltExecutor implements Executor {
  readonly task: TaskId
  readonly component: ComponentId
  readonly inbox: Inbox
  readonly counters: Counters
  readonly pending = 0
  ticks = 0
  heldBy = 0
  unsettled = 0
  readonly #bolt: AnyBolt
  readonly #context: TaskContext
  readonly #emitter: Emitter
  readonly #ports: ExecutorPorts
  readonly #concurrency: number
  /** The collector of a basic bolt while one execute runs at a time; with more, each has its own. */
  readonly #basic: BasicCollector | undefined
  readonly #rich: BoltCollector

  constructor(
    bolt: AnyBolt,
    context: TaskContext,
    inbox: Inbox,
    emitter: Emitter,
    counters: Counters,
    ports: ExecutorPorts,
  ) {
    this.task = context.task
    this.component = context.component
    this.inbox = inbox
    this.counters = counters
    this.#bolt = bolt
    this.#context = context
    this.#emitter = emitter
    this.#ports = ports
    this.#concurrency = context.config['topology.bolt.concurrency']
    this.#basic = bolt.kind === 'basic-bolt' ? new BasicCollector(emitter, this) : undefined
    this.#rich = new BoltCollector(emitter, this)
  }

  async prepare(): Promise<void> {
    if (this.#bolt.kind === 'basic-bolt') await this.#bolt.prepare?.(this.#context)
    else await this.#bolt.prepare?.(this.#context, this.#rich)
    observe(this.#emitter.hooks, this.#ports, this, (hook) => hook.prepare?.(this.#context))
  }

  /** Hot. */
  run(quota: number): number {
    const { inbox } = this
    let done = 0
    while (done < quota && this.heldBy === 0 && this.unsettled < this.#concurrency) {
      const tuple = inbox.shift()
      if (tuple === undefined) break
      done++
      this.#execute(tuple)
    }
    return done
  }

  async endOfInput(): Promise<void> {
    const bolt = this.#bolt
    if (bolt.kind === 'basic-bolt') await bolt.endOfInput?.(new BasicCollector(this.#emitter, this))
    else await bolt.endOfInput?.()
  }

  async close(): Promise<void> {
    await this.#bolt.cleanup?.()
    observe(this.#emitter.hooks, this.#ports, this, (hook) => hook.cleanup?.())
  }

  latency(): [] {
    return []
  }

  /** The first ack or fail of a tuple counts. Hot. */
  ack(tuple: Tuple): void {
    if (tuple.settled) return
    tuple.settled = true
    this.counters[ACKED]!++
    const { acks } = this.#ports
    if (tuple.rootHigh !== 0) {
      acks.ack(tuple.rootHigh, tuple.rootLow, tuple.high, tuple.low, tuple.trace)
      if (tuple.more !== undefined)
        for (const tree of tuple.more) acks.ack(tree.rootHigh, tree.rootLow, tree.high, tree.low, tree.trace)
    }
    if (this.#emitter.hooks.length > 0)
      observe(this.#emitter.hooks, this.#ports, this, (hook) => hook.boltAck?.({ tuple }))
  }

  fail(tuple: Tuple, error: unknown): void {
    if (tuple.settled) return
    tuple.settled = true
    this.counters[FAILED]!++
    const reason = {
      kind: 'explicit',
      component: this.component,
      task: this.task,
      ...(error === undefined ? {} : { error: messageOf(error) }),
      ...(error instanceof TyphoonError ? { code: error.code } : {}),
    } as const
    if (tuple.rootHigh !== 0)
      for (const tree of treesOf(tuple)) this.#ports.acks.fail(tree.rootHigh, tree.rootLow, reason)
    observe(this.#emitter.hooks, this.#ports, this, (hook) => hook.boltFail?.({ tuple, error }))
  }

  resetTimeout(tuple: Tuple): void {
    if (tuple.rootHigh !== 0) for (const tree of treesOf(tuple)) this.#ports.acks.renew(tree.rootHigh, tree.rootLow)
  }

  /** The time that a tuple waits for its turn is no failure of it: see `acker/ledger.ts`. */
  renewWaiting(): void {
    for (const tuple of this.inbox) this.resetTimeout(tuple)
  }

  reportError(error: unknown): void {
    this.#ports.report(problemIn(this, error), error)
  }

  /** Hot. */
  #execute(tuple: Tuple): void {
    this.counters[EXECUTED]!++
    const { hooks } = this.#emitter
    if (hooks.length > 0) observe(hooks, this.#ports, this, (hook) => hook.boltExecute?.({ tuple }))
    const basic = this.#basic
    let promise: void | Promise<void>
    try {
      if (tuple.source === TICK_SOURCE) promise = this.#tick(tuple)
      else if (basic === undefined) promise = (this.#bolt as Bolt).execute(tuple)
      else {
        const collector = this.#concurrency === 1 ? basic : new BasicCollector(this.#emitter, this)
        collector.input = tuple
        promise = (this.#bolt as BasicBolt).execute(tuple, collector)
      }
    } catch (error) {
      this.#threw(tuple, error)
      return
    }
    if (promise !== undefined && isPromise(promise)) this.#await(tuple, promise)
    else if (basic !== undefined) this.ack(tuple)
  }

  /** A basic bolt has a method of its own for ticks, and so may have any other. */
  #tick(tuple: Tuple): void | Promise<void> {
    this.ticks++
    const bolt = this.#bolt
    if (bolt.kind === 'basic-bolt') return bolt.tick?.(new BasicCollector(this.#emitter, this))
    return bolt.tick === undefined ? bolt.execute(tuple) : bolt.tick(tuple)
  }

  #await(tuple: Tuple, promise: Promise<void>): void {
    this.unsettled++
    const began = this.#ports.clock.now()
    const settle = (): void => {
      this.unsettled--
      this.counters[WAITING_MS]! += this.#ports.clock.now() - began
      this.#ports.wake()
    }
    promise.then(
      () => {
        if (this.#basic !== undefined) this.ack(tuple)
        settle()
      },
      (error: unknown) => {
        this.#threw(tuple, error)
        settle()
      },
    )
  }

  #threw(tuple: Tuple, error: unknown): void {
    this.#ports.report(problemIn(this, error, 'EXECUTE_FAILED'), error)
    this.fail(tuple, error)
  }
}
