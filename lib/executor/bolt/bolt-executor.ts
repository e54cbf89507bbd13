/**
 * Runs one task of a bolt. `execute` that returns nothing is the fast path and costs no microtask; a promise makes the
 * task wait, unless its concurrency lets more be in flight.
 *
 * The promise: an exception, or a promise that rejects, fails the tuple with that error, and the task goes on.
 */

import { type TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { ACKED, type Counters, EXECUTED, FAILED, WAITING_MS } from '../../stats/counters.ts'
import { FailedInputs } from '../../stats/failed-inputs.ts'
import { SampledTimes } from '../../stats/sampled-times.ts'
import type { Stopwatch } from '../../stats/stopwatch.ts'
import { failedBy } from '../../topology/component/failure/fail-reason.ts'
import type { HostedBolt } from '../../topology/component/hosting/hosted-bolt.ts'
import { lateEmit, type Over } from '../../topology/component/hosting/refused-emits.ts'
import type { TaskContext } from '../../topology/component/task-context.ts'
import { TURNS_PER_TIMEOUT, turnSecs } from '../../topology/config/message-timeout.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { isThenable } from '../../util/thenable.ts'
import { plural } from '../../words/plural.ts'
import { type Emitter, treesOf } from '../task/emitter.ts'
import { type Executor, observe, problemIn } from '../task/executor.ts'
import type { TaskInput } from '../task/inbox.ts'
import type { ExecutorPorts } from '../task/ports.ts'
import type { SampledKeys } from '../task/sampled-keys.ts'
import type { TaskParts } from '../task/task-parts.ts'
import type { Tracer } from '../task/tracer.ts'
import { BasicCollector, BoltCollector } from './bolt-collectors.ts'

export class BoltExecutor implements Executor {
  readonly task: TaskId
  readonly component: ComponentId
  readonly inbox: TaskInput
  readonly counters: Counters
  readonly pending = 0
  ticks = 0
  heldBy = 0
  held: Stopwatch | undefined
  unsettled = 0
  readonly times = new SampledTimes()
  readonly failedInputs = new FailedInputs()
  keys: SampledKeys | undefined
  readonly #bolt: HostedBolt
  /** Whether the bolt is a basic one; a field, because it is read with each tuple. */
  readonly #isBasic: boolean
  readonly #context: TaskContext
  readonly emitter: Emitter
  readonly #ports: ExecutorPorts
  readonly #concurrency: number
  /** Promises of execute that have settled, now and when it was looked last. */
  #settles = 0
  #settlesSeen = 0
  /** Looks since one has settled, while none may begin before one does. */
  #stuckTurns = 0
  readonly #rich: BoltCollector
  #tracer: Tracer | undefined

  constructor(bolt: HostedBolt, { context, inbox, emitter, ports }: TaskParts) {
    this.task = context.task
    this.component = context.component
    this.inbox = inbox
    this.counters = emitter.counters
    this.#bolt = bolt
    this.#isBasic = this.#bolt.isBasic
    this.#context = context
    this.emitter = emitter
    this.#ports = ports
    this.#concurrency = context.config['topology.bolt.concurrency']
    this.#rich = new BoltCollector(this)
  }

  async prepare(): Promise<void> {
    await this.#bolt.prepare(this.#context, this.#rich)
    observe(this.emitter.hooks, this.#ports, this, (hook) => hook.prepare?.(this.#context))
  }

  /** Hot. */
  run(quota: number): number {
    const { inbox } = this
    const { inHand } = this.#ports
    const tracer = this.#tracer
    let done = this.times.isDue ? this.#runMeasured() : 0
    while (done < quota && this.heldBy === 0 && this.unsettled < this.#concurrency) {
      const tuple = inbox.shift()
      if (tuple === undefined) break
      done++
      inHand[0] = tuple.more === undefined ? tuple.rootHigh : 0
      inHand[1] = tuple.rootLow
      if (tracer?.has(tuple.rootLow) === true) this.#executeFollowed(tuple, tracer)
      else this.#execute(tuple)
    }
    this.times.passed(done)
    return done
  }

  /** The first tuple of a turn: it is measured, if it is none of the runtime's own. @returns how many it was */
  #runMeasured(): number {
    if (this.heldBy > 0 || this.unsettled >= this.#concurrency) return 0
    const tuple = this.inbox.shift()
    if (tuple === undefined) return 0
    const { inHand, clock } = this.#ports
    const tracer = this.#tracer
    inHand[0] = tuple.more === undefined ? tuple.rootHigh : 0
    inHand[1] = tuple.rootLow
    if (tuple.source.calls !== undefined) {
      this.#execute(tuple)
      return 1
    }
    const { unsettled } = this
    const began = clock.now()
    this.times.begin(tuple, began)
    if (tracer?.has(tuple.rootLow) === true) this.#executeFollowed(tuple, tracer)
    else this.#execute(tuple)
    const now = clock.now()
    if (this.unsettled > unsettled) this.times.awaits(tuple, began)
    else this.times.executed(now - began)
    this.times.look(now)
    this.keys?.saw(tuple)
    return 1
  }

  async endOfInput(): Promise<void> {
    const collector = this.#collectorOf(undefined)
    await this.#bolt.endOfInput(collector)
    collector?.end('acked')
  }

  async close(): Promise<void> {
    await this.#bolt.cleanup()
    observe(this.emitter.hooks, this.#ports, this, (hook) => hook.cleanup?.())
  }

  follow(tracer: Tracer | undefined): void {
    this.#tracer = tracer
    this.emitter.tracer = undefined
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
    const { tracer } = this.emitter
    if (tracer?.has(tuple.rootLow) === true) tracer.settled(tuple, undefined)
    if (tuple.rootHigh !== 0) {
      acks.ack(tuple.rootHigh, tuple.rootLow, tuple.high, tuple.low, tuple.trace)
      if (tuple.more !== undefined)
        for (const tree of tuple.more) acks.ack(tree.rootHigh, tree.rootLow, tree.high, tree.low, tree.trace)
    }
    if (this.emitter.hooks.length > 0)
      observe(this.emitter.hooks, this.#ports, this, (hook) => hook.boltAck?.({ tuple }))
  }

  fail(tuple: Tuple, error: unknown): void {
    if (tuple.settled) return
    tuple.settled = true
    this.counters[FAILED]!++
    this.times.failed(tuple)
    if (tuple.source.calls === undefined) this.failedInputs.add(tuple.source)
    const reason = failedBy(this, error)
    this.emitter.tracer?.settled(tuple, reason)
    if (tuple.rootHigh !== 0)
      for (const tree of treesOf(tuple)) this.#ports.acks.fail(tree.rootHigh, tree.rootLow, reason)
    observe(this.emitter.hooks, this.#ports, this, (hook) => hook.boltFail?.({ tuple, error }))
  }

  resetTimeout(tuple: Tuple): void {
    if (tuple.rootHigh !== 0) for (const tree of treesOf(tuple)) this.#ports.acks.renew(tree.rootHigh, tree.rootLow)
  }

  /**
   * Several times in a message timeout: the time that a tuple waits for its turn is not a failure of it (see
   * `acker/ledger.ts`), as long as turns come. Behind an execution that does not settle for a whole timeout they may
   * never come, and what waits there times out.
   */
  renewWaiting(): void {
    const isStuck = this.heldBy === 0 && this.unsettled >= this.#concurrency && this.#settles === this.#settlesSeen
    this.#stuckTurns = isStuck ? this.#stuckTurns + 1 : 0
    this.#settlesSeen = this.#settles
    if (this.#stuckTurns <= TURNS_PER_TIMEOUT) for (const tuple of this.inbox) this.resetTimeout(tuple)
    else if (isPowerOfTwo(this.#stuckTurns / TURNS_PER_TIMEOUT)) this.#tellStuck()
  }

  reportError(error: unknown): void {
    this.#ports.report(problemIn(this, error), error)
  }

  #tellStuck(): void {
    const { component, task } = this
    const seconds = this.#stuckTurns * turnSecs(this.#context.config)
    this.#ports.report({
      code: 'EXECUTE_UNSETTLED',
      message: `the promise that execute of "${component}" returned has not settled for ${Math.round(seconds)} s; ${plural(this.inbox.size, 'tuple')} waiting behind it`,
      where: { component, task },
      hint: 'does it ever resolve? Set a time limit for what it waits for, or raise topology.bolt.concurrency',
    })
  }

  lateEmit(over: Over): TyphoonError {
    const error = lateEmit(this, over)
    // Of a tuple that has failed nothing is lost: it is replayed.
    if (over === 'acked') this.#ports.fatal(toProblem(error), error)
    return error
  }

  /**
   * A tuple of a root that is followed. Emits and acks look for the tracer only from then on until it is settled: most
   * bolts settle a tuple in its execution, and what they do for all others costs nothing more.
   */
  #executeFollowed(tuple: Tuple, tracer: Tracer): void {
    const { unsettled, emitter } = this
    const before = emitter.tracer
    emitter.tracer = tracer
    tracer.began(this.task, tuple)
    this.#execute(tuple)
    const isOver = this.unsettled === unsettled
    if (isOver) tracer.ended(tuple)
    if (isOver && tuple.settled) emitter.tracer = before
  }

  /** Hot. */
  #execute(tuple: Tuple): void {
    this.counters[EXECUTED]!++
    const isSystem = tuple.source.calls !== undefined
    const began = this.emitter.hooks.length > 0 ? this.#ports.clock.now() : 0
    const collector = this.#collectorOf(isSystem ? undefined : tuple)
    let promise: void | Promise<unknown>
    try {
      promise = isSystem ? this.#system(tuple, collector) : this.#bolt.execute(tuple, collector)
    } catch (error) {
      this.#threw(tuple, collector, error, began)
      return
    }
    if (promise !== undefined && isThenable(promise)) this.#await(tuple, collector, promise, began)
    else this.#executed(tuple, collector, began)
  }

  /** A tuple of the runtime's own is in no tree: an ack or a fail of it means nothing, and counts nowhere. */
  #system(tuple: Tuple, collector: BasicCollector | undefined): void | Promise<unknown> {
    this.ticks++
    tuple.settled = true
    return this.#bolt.system(tuple, collector)
  }

  /** Hot. @param input what is emitted is anchored to */
  #collectorOf(input: Tuple | undefined): BasicCollector | undefined {
    return this.#isBasic ? new BasicCollector(this, input) : undefined
  }

  #await(tuple: Tuple, collector: BasicCollector | undefined, promise: PromiseLike<unknown>, hooksBegan: number): void {
    this.unsettled++
    const { waiting, clock } = this.#ports
    const began = clock.now()
    if (this.#concurrency === 1) waiting.set(this.task, tuple)
    const settle = (): void => {
      this.unsettled--
      waiting.delete(this.task)
      this.#settles++
      this.emitter.tracer?.ended(tuple)
      const now = clock.now()
      this.counters[WAITING_MS]! += now - began
      this.times.settled(tuple, now)
      this.times.look(now)
      this.#ports.wake()
    }
    Promise.resolve(promise).then(
      () => {
        this.#executed(tuple, collector, hooksBegan)
        settle()
      },
      (error: unknown) => {
        this.#threw(tuple, collector, error, hooksBegan)
        settle()
      },
    )
  }

  /** Hot. */
  #executed(tuple: Tuple, collector: BasicCollector | undefined, began: number): void {
    if (this.emitter.hooks.length > 0) this.#observeExecute(tuple, began)
    if (collector === undefined) return
    this.ack(tuple)
    if (tuple.source.calls !== undefined) collector.end('acked')
  }

  #threw(tuple: Tuple, collector: BasicCollector | undefined, error: unknown, began: number): void {
    this.#ports.report(problemIn(this, error, 'EXECUTE_FAILED'), error)
    if (this.emitter.hooks.length > 0) this.#observeExecute(tuple, began)
    this.fail(tuple, error)
    collector?.end('failed')
    if (tuple.source.calls !== undefined) this.#givenUp(tuple)
  }

  #givenUp(tuple: Tuple): void {
    try {
      this.#bolt.givenUp(tuple)
    } catch (error) {
      this.#ports.report(problemIn(this, error, 'EXECUTE_FAILED'), error)
    }
  }

  /** @param began when the execution began; 0 if it was not measured */
  #observeExecute(tuple: Tuple, began: number): void {
    const latencyMs = began === 0 ? 0 : this.#ports.clock.now() - began
    observe(this.emitter.hooks, this.#ports, this, (hook) => hook.boltExecute?.({ tuple, latencyMs }))
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value))
}
