/**
 * Runs one task of a spout: its verdicts first, then as many tuples as there is room for. Rules: apache/storm
 * `storm-client/.../executor/spout/SpoutExecutor.java`.
 *
 * The promise: every root that was emitted with a message id ends in exactly one `ack` or `fail` of the spout, with the
 * reason, as long as the worker lives.
 */

import { plural } from '../../errors/plural.ts'
import { messageOf, type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import {
  ACKED,
  type Counters,
  FAILED,
  FAILED_EXPLICIT,
  FAILED_LOST,
  FAILED_TIMEOUT,
  ROOTS,
} from '../../stats/counters.ts'
import { Histogram, type HistogramData } from '../../stats/histogram.ts'
import type { Spout } from '../../topology/component/component.ts'
import type { FailReason } from '../../topology/component/fail-reason.ts'
import type { TaskContext } from '../../topology/component/task-context.ts'
import { type ComponentId, rootHighOf, rootLowBefore, type TaskId, type WorkerId } from '../../tuple/ids.ts'
import { ACK_ACK_STREAM, ACK_FAIL_STREAM, NOTE_STREAM, TICK_STREAM } from '../../tuple/system-ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { isThenable } from '../../util/thenable.ts'
import { spoutBackOff } from '../../util/time/back-off.ts'
import type { Emitter } from '../task/emitter.ts'
import { type Executor, problemIn, timedOut } from '../task/executor.ts'
import type { Inbox } from '../task/inbox.ts'
import type { ExecutorPorts } from '../task/ports.ts'
import { PendingRoots } from './pending-roots.ts'
import { SpoutCalls } from './spout-calls.ts'
import { SpoutCollector } from './spout-collector.ts'
import { Staging } from './staging.ts'

const FAILED_BY: Readonly<Record<FailReason['kind'], number>> = {
  timeout: FAILED_TIMEOUT,
  explicit: FAILED_EXPLICIT,
  'worker lost': FAILED_LOST,
}

/** The clock is read once for so many calls of nextTuple. */
const CALLS_PER_CLOCK = 32

export class SpoutExecutor implements Executor {
  readonly task: TaskId
  readonly component: ComponentId
  readonly inbox: Inbox
  readonly counters: Counters
  readonly ticks = 0
  heldBy = 0
  /** The spout has said that it has nothing more to emit. */
  exhausted = false
  active = false
  /** A worker that says nothing now: what times out meanwhile is its doing. */
  silentWorker: WorkerId | undefined
  /** The event loop of a worker is blocked: what waits there cannot show that it lives, so nothing times out. */
  waitsForBlocked = false
  /** How often `nextTuple` was called and emitted nothing, without a break. */
  idleCalls = 0
  /** What the nimbus orders during an inquest. */
  readonly staging: Staging
  readonly #spout: Spout
  readonly #context: TaskContext
  readonly #ports: ExecutorPorts
  readonly #calls: SpoutCalls
  readonly #collector: SpoutCollector
  readonly #roots: PendingRoots
  readonly #latency = new Histogram()
  readonly #maxPending: number
  readonly #errorLimit: number
  readonly #timeoutMs: number
  /** A promise of `nextTuple` is open. */
  #asking = false
  #errorsInARow = 0
  #notBefore = 0

  constructor(
    spout: Spout,
    context: TaskContext,
    inbox: Inbox,
    emitter: Emitter,
    counters: Counters,
    ports: ExecutorPorts,
    tracks: boolean,
  ) {
    this.task = context.task
    this.component = context.component
    this.inbox = inbox
    this.counters = counters
    this.#spout = spout
    this.#context = context
    this.#ports = ports
    this.#calls = new SpoutCalls(spout, this, emitter, ports)
    this.#roots = new PendingRoots(rootHighOf(this.task, ports.incarnation), rootLowBefore(ports.incarnation))
    this.#maxPending = context.config['topology.max.spout.pending'] ?? Number.POSITIVE_INFINITY
    this.#errorLimit = context.config['topology.spout.error.limit']
    this.#timeoutMs = context.config['topology.message.timeout.secs'] * 1000
    this.#collector = new SpoutCollector(emitter, this.#roots, ports, counters, tracks, {
      isHeldBack: () => this.heldBy > 0,
      ackNow: (messageId) => this.#acked(messageId, 0),
      report: (error) => ports.report(problemIn(this, error), error),
    })
    this.staging = new Staging(this.#collector, {
      failUnsent: (messageId, reason) => this.#failUnsent(messageId, reason),
      reasonOf: (error) => this.#reasonOf(error),
      wake: () => ports.wake(),
    })
  }

  /** A promise of `nextTuple` counts as one of any other call. */
  get unsettled(): number {
    return this.#calls.unsettled + (this.#asking ? 1 : 0)
  }

  get pending(): number {
    return this.#collector.pendingCount
  }

  async prepare(): Promise<void> {
    await this.#calls.open(this.#context, this.#collector)
  }

  async close(): Promise<void> {
    await this.#calls.close()
  }

  activate(): void {
    if (this.active) return
    this.active = true
    this.#calls.activate()
    this.#ports.wake()
  }

  /** Verdicts and timeouts go on; nextTuple is not called any more. */
  deactivate(): void {
    if (!this.active) return
    this.active = false
    this.#calls.deactivate()
  }

  /** Nothing new is wanted: `nextTuple` is called only for what is owed, by a spout that knows what that is. */
  drain(): void {
    if (!this.#calls.drain()) {
      this.deactivate()
      return
    }
    this.active = true
    this.#checkExhausted()
    this.#ports.wake()
  }

  latency(): HistogramData {
    return this.#latency.data()
  }

  /** Whether nextTuple may be called now, or after a while. */
  get wantsTurns(): boolean {
    return (
      this.active &&
      !this.exhausted &&
      !this.#asking &&
      this.heldBy === 0 &&
      this.#collector.pendingCount < this.#maxPending &&
      this.#collector.trials?.hasRoom !== false
    )
  }

  /** Hot. */
  run(quota: number): number {
    let done = 0
    for (let tuple = this.inbox.shift(); tuple !== undefined; tuple = this.inbox.shift()) {
      this.#receive(tuple)
      done++
    }
    done += this.#emitSome(quota)
    this.#collector.knowsTime = false
    this.#collector.trials?.ask()
    return done
  }

  /** Every root in flight fails: a worker or a link is gone, and with it nobody knows which tuples. */
  failAll(reason: FailReason): void {
    const { rootHigh } = this.#roots
    const lows = this.#roots.lows()
    for (const low of lows) this.#failRoot(rootHigh, low, reason)
    if (lows.length > 0) this.#ports.acks.askAbout(rootHigh, lows, null)
    this.#roots.shrink()
  }

  /** A root in flight fails, whatever becomes of its tree. */
  failInFlight(high: number, low: number, reason: FailReason): void {
    this.#failRoot(high, low, reason)
    this.#ports.acks.askAbout(high, [low], null)
  }

  /** A root that could not be sent, or must not be. */
  #failUnsent(messageId: unknown, reason: FailReason): void {
    this.counters[ROOTS]!++
    this.#failed(messageId, reason)
  }

  #reasonOf(error: unknown): FailReason {
    const { component, task } = this
    const code = error instanceof TyphoonError ? { code: error.code } : {}
    return { kind: 'explicit', component, task, error: messageOf(error), ...code }
  }

  /**
   * Hot. Calls nextTuple until the quota is used up, there is no more room, or nothing comes. Returns what was emitted.
   */
  #emitSome(quota: number): number {
    if (!this.wantsTurns) return 0
    if (this.#notBefore > 0 && this.#ports.clock.now() < this.#notBefore) {
      this.idleCalls++
      return 0
    }
    const collector = this.#collector
    const before = collector.emitted
    let emitted = before
    for (let calls = 0; calls < quota && this.wantsTurns; calls++) {
      if (calls % CALLS_PER_CLOCK === 0) collector.setTime()
      let promise: void | Promise<void>
      try {
        promise = this.#spout.nextTuple()
      } catch (error) {
        this.#threw(error)
        break
      }
      if (promise !== undefined && isThenable(promise)) {
        this.#await(promise, emitted)
        break
      }
      if (collector.emitted === emitted) {
        this.#nothingCame()
        break
      }
      emitted = collector.emitted
      this.#somethingCame()
    }
    return collector.emitted - before
  }

  #somethingCame(): void {
    this.idleCalls = 0
    this.#errorsInARow = 0
  }

  #nothingCame(): void {
    this.idleCalls++
    this.#errorsInARow = 0
    this.#checkExhausted()
  }

  #checkExhausted(): void {
    this.exhausted = this.#calls.isExhausted(this.exhausted)
  }

  /** @param before how often something had been emitted before this call */
  #await(promise: PromiseLike<unknown>, before: number): void {
    this.#asking = true
    const settle = (): void => {
      this.#asking = false
      this.#ports.wake()
    }
    Promise.resolve(promise).then(
      () => {
        if (this.#collector.emitted === before) this.#nothingCame()
        else this.#somethingCame()
        settle()
      },
      (error: unknown) => {
        this.#threw(error)
        settle()
      },
    )
  }

  /** nextTuple threw: it is tried again after a growing delay, and given up after so many times in a row. */
  #threw(error: unknown): void {
    const problem: Problem = problemIn(this, error)
    this.#errorsInARow++
    this.idleCalls++
    if (this.#errorsInARow >= this.#errorLimit) {
      this.active = false
      const message = `nextTuple threw ${plural(this.#errorsInARow, 'time')} in a row; the last time: ${problem.message}`
      this.#ports.fatal({ ...problem, message })
      return
    }
    this.#ports.report(problem, error)
    this.#notBefore = this.#ports.clock.now() + spoutBackOff(this.#errorsInARow)
  }

  #receive(tuple: Tuple): void {
    const [first, second, third] = tuple.values
    switch (tuple.source.stream) {
      case ACK_ACK_STREAM:
        this.#ackRoots(first)
        break
      case ACK_FAIL_STREAM:
        this.#failRoot(first, second, third)
        break
      case NOTE_STREAM:
        this.#noted(tuple)
        break
      case TICK_STREAM:
        this.#rotate()
        break
    }
  }

  /** Heard, and so an edge of its tree is done. */
  #noted({ values, rootHigh, rootLow, high, low, trace }: Tuple): void {
    const messageId = this.#roots.messageIdOf(rootHigh, rootLow)
    const { acks } = this.#ports
    try {
      this.#calls.noted(values[0], messageId)
    } catch (error) {
      this.#ports.report(problemIn(this, error), error)
      if (messageId !== undefined) acks.fail(rootHigh, rootLow, this.#reasonOf(error))
      return
    }
    if (messageId !== undefined) acks.ack(rootHigh, rootLow, high, low, trace)
  }

  /** Hot: once for every root. */
  #ackRoots(rows: Int32Array): void {
    this.#collector.setTime()
    const roots = this.#roots
    for (let i = 0; i < rows.length; i += 2) {
      const messageId = roots.take(rows[i]!, rows[i + 1]!)
      if (messageId === undefined) continue
      const micros = roots.ageMicros
      this.#latency.record(micros)
      this.#acked(messageId, micros)
      this.#collector.trials?.onSettled(rows[i + 1]!, false)
    }
    if (this.exhausted) this.#checkExhausted()
  }

  #acked(messageId: unknown, micros: number): void {
    this.counters[ACKED]!++
    this.#calls.ack(messageId, micros)
  }

  #failRoot(high: number, low: number, reason: FailReason): void {
    const messageId = this.#roots.take(high, low)
    if (messageId === undefined) return
    const { silentWorker: worker } = this
    this.#failed(
      messageId,
      reason.kind === 'timeout' && worker !== undefined ? { kind: 'worker lost', worker } : reason,
    )
    // Who has only timed out may hold a worker blocked still: the trial goes on until the workers have shown that none
    // is.
    if (reason.kind !== 'timeout') this.#collector.trials?.onSettled(low, reason.kind === 'worker lost')
  }

  #failed(messageId: unknown, reason: FailReason): void {
    this.counters[FAILED]!++
    this.counters[FAILED_BY[reason.kind]]!++
    if (reason.kind === 'timeout') this.#ports.report(timedOut(this, reason, this.#timeoutMs))
    this.#calls.fail(messageId, reason)
    this.idleCalls = 0
    if (this.exhausted) this.#checkExhausted()
  }

  /**
   * Asks the acker about the roots that are over their time; it answers with a fail for those that are lost, and who
   * was waited for.
   */
  #rotate(): void {
    const overdue = this.#roots.rotate()
    if (!this.waitsForBlocked) this.#ports.acks.askAbout(this.#roots.rootHigh, overdue, this.#timeoutMs)
    this.#roots.shrink()
  }
}
