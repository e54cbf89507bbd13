/**
 * What becomes of the roots of one spout task. Rules: apache/storm
 * `storm-client/.../executor/spout/SpoutExecutor.java`.
 *
 * The promise: every root that was emitted with a message id ends in exactly one `ack` or `fail` of the spout, with the
 * reason, as long as the worker lives.
 */
import {
  ACKED,
  type Counters,
  FAILED,
  FAILED_EXPLICIT,
  FAILED_LOST,
  FAILED_TIMEOUT,
  ROOTS,
} from '../../stats/counters.ts'
import { Histogram } from '../../stats/histogram.ts'
import { type FailReason, failedBy } from '../../topology/component/failure/fail-reason.ts'
import type { HostedSpout } from '../../topology/component/hosting/hosted-spout.ts'
import type { TaskHook } from '../../topology/component/task-context.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import type { Emitter } from '../task/emitter.ts'
import { type Executor, observe, timedOut } from '../task/executor.ts'
import type { ExecutorPorts } from '../task/ports.ts'
import type { LowWater } from './low-water.ts'
import type { PendingRoots } from './pending-roots.ts'
import type { SpoutCollector } from './spout-collector.ts'

const FAILED_BY: Readonly<Record<FailReason['kind'], number>> = {
  timeout: FAILED_TIMEOUT,
  explicit: FAILED_EXPLICIT,
  'worker lost': FAILED_LOST,
}

/** What the executor of the task gives. */
export interface VerdictParts {
  readonly task: Pick<Executor, 'task' | 'component' | 'counters'>
  readonly spout: HostedSpout
  readonly collector: SpoutCollector
  readonly roots: PendingRoots
  readonly emitter: Emitter
  readonly ports: ExecutorPorts
  readonly timeoutMs: number
  /** Where the spout may go on in a later run. */
  readonly lowWater: LowWater | undefined
  /** The spout was told that a root has failed, and may want to emit it again. */
  onFailed(): void
}

export class Verdicts {
  /** A worker that says nothing now: what times out meanwhile is its doing. */
  silentWorker: WorkerId | undefined
  /** The event loop of a worker is blocked: what waits there cannot show that it lives, so nothing times out. */
  waitsForBlocked = false
  readonly latency = new Histogram()
  readonly #task: VerdictParts['task']
  readonly #counters: Counters
  readonly #spout: HostedSpout
  readonly #collector: SpoutCollector
  readonly #roots: PendingRoots
  readonly #hooks: readonly TaskHook[]
  readonly #emitter: Emitter
  readonly #ports: ExecutorPorts
  readonly #timeoutMs: number
  readonly #lowWater: LowWater | undefined
  readonly #onFailed: () => void

  constructor({ task, spout, collector, roots, emitter, ports, timeoutMs, lowWater, onFailed }: VerdictParts) {
    this.#task = task
    this.#counters = task.counters
    this.#spout = spout
    this.#collector = collector
    this.#roots = roots
    this.#hooks = emitter.hooks
    this.#emitter = emitter
    this.#ports = ports
    this.#timeoutMs = timeoutMs
    this.#lowWater = lowWater
    this.#onFailed = onFailed
  }

  /** Hot: once for every root. @param rows the two halves of their ids, one root after the other */
  ackRoots(rows: Int32Array): void {
    this.#collector.setTime()
    const roots = this.#roots
    const { tracer } = this.#emitter
    for (let i = 0; i < rows.length; i += 2) {
      const messageId = roots.take(rows[i]!, rows[i + 1]!)
      if (messageId === undefined) continue
      const micros = roots.ageMicros
      this.latency.record(micros)
      if (tracer?.has(rows[i + 1]!) === true) tracer.verdict(rows[i]!, rows[i + 1]!, messageId, undefined)
      this.acked(messageId, micros)
      this.#collector.trials?.onSettled(rows[i + 1]!, false)
    }
  }

  /** Hot: once for every root. @param micros from its emit to its ack */
  acked(messageId: unknown, micros: number): void {
    this.#counters[ACKED]!++
    this.#lowWater?.acked(messageId)
    this.#spout.ack(messageId)
    if (this.#hooks.length > 0)
      observe(this.#hooks, this.#ports, this.#task, (hook) => hook.spoutAck?.({ messageId, latencyMs: micros / 1000 }))
  }

  /** Every root in flight fails: a worker or a link is gone, and which tuples with it is not known. */
  failAll(reason: FailReason): void {
    const { rootHigh } = this.#roots
    const lows = this.#roots.lows()
    for (const low of lows) this.failRoot(rootHigh, low, reason)
    if (lows.length > 0) this.#ports.acks.askAbout(rootHigh, lows, null)
    this.#roots.shrink()
  }

  /** A root in flight fails, whatever becomes of its tree. */
  failInFlight(high: number, low: number, reason: FailReason): void {
    this.failRoot(high, low, reason)
    this.#ports.acks.askAbout(high, [low], null)
  }

  /** The acker says so. */
  failRoot(high: number, low: number, reason: FailReason): void {
    const messageId = this.#roots.take(high, low)
    if (messageId === undefined) return
    this.#lowWater?.failed(messageId, low)
    const { silentWorker: worker } = this
    const why: FailReason = reason.kind === 'timeout' && worker !== undefined ? { kind: 'worker lost', worker } : reason
    this.#emitter.tracer?.verdict(high, low, messageId, why)
    this.#failed(messageId, why)
    // Who has only timed out may hold a worker blocked still: the trial goes on until the workers have shown that none
    // is.
    if (reason.kind !== 'timeout') this.#collector.trials?.onSettled(low, reason.kind === 'worker lost')
  }

  /** A root that could not be sent, or must not be. */
  failUnsent(messageId: unknown, reason: FailReason): void {
    this.#counters[ROOTS]!++
    this.#lowWater?.failed(messageId)
    this.#failed(messageId, reason)
  }

  /** What was thrown, as a reason. */
  reasonOf(error: unknown): FailReason {
    return failedBy(this.#task, error)
  }

  /**
   * Asks the acker about the roots that are over their time; it answers with a fail for those that are lost, and who
   * was waited for.
   */
  rotate(): void {
    const overdue = this.#roots.rotate()
    if (!this.waitsForBlocked) this.#ports.acks.askAbout(this.#roots.rootHigh, overdue, this.#timeoutMs)
    this.#roots.shrink()
  }

  #failed(messageId: unknown, reason: FailReason): void {
    this.#counters[FAILED]!++
    this.#counters[FAILED_BY[reason.kind]]!++
    if (reason.kind === 'timeout') this.#ports.report(timedOut(this.#task, reason, this.#timeoutMs))
    this.#spout.fail(messageId, reason)
    observe(this.#hooks, this.#ports, this.#task, (hook) => hook.spoutFail?.({ messageId, reason }))
    this.#onFailed()
  }
}
