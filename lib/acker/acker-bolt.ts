/**
 * The acker: an ordinary bolt with a ledger. What it gets and sends are batches: the acks that a worker produces in one
 * turn come as one tuple, an Int32Array of `[rootHigh, rootLow, high, low, trace]` rows. A root id says which spout
 * task owns it, so a verdict needs no look-up. Verdicts go back as one tuple per spout task, rows of `[rootHigh,
 * rootLow]`.
 */
import type { OutputCollector } from '../topology/component/collectors.ts'
import { Bolt } from '../topology/component/component.ts'
import type { FailReason } from '../topology/component/failure/fail-reason.ts'
import { direct, type Outputs } from '../topology/component/outputs.ts'
import type { TaskContext } from '../topology/component/task-context.ts'
import { fields } from '../tuple/fields.ts'
import { spoutTaskOf, type TaskId } from '../tuple/ids.ts'
import {
  ACK_ACK_STREAM,
  ACK_FAIL_STREAM,
  ACK_INIT_STREAM,
  ACK_RESET_STREAM,
  ACK_TIMEOUT_STREAM,
  TICK_STREAM,
} from '../tuple/system-ids.ts'
import type { Tuple } from '../tuple/tuple.ts'
import { DONE, FAILED, Ledger } from './ledger.ts'
import { TraceLanes } from './trace.ts'

/** Int32 per row of an init or ack batch. */
export const ACK_ROW = 5

const OUTPUTS: Outputs = {
  [ACK_ACK_STREAM]: direct(fields('roots')),
  [ACK_FAIL_STREAM]: direct(fields('rootHigh', 'rootLow', 'reason')),
}

/** How many of the longest timeouts a silent root is kept: its spout has asked long before. */
const FORGOTTEN_AFTER = 3

export class AckerBolt extends Bolt {
  override readonly outputs = OUTPUTS
  readonly #ledger = new Ledger()
  readonly #lanes: TraceLanes
  readonly #timesOut: boolean
  /** Why a root failed whose init has not come yet; as a rule empty. */
  readonly #early = new Map<string, { high: number; low: number; reason: FailReason }>()
  readonly #done = new Map<TaskId, number[]>()
  /** The last root that was done, and the list that it went into: most follow one of the same task. 0: none. */
  #lastHigh = 0
  #lastDone: number[] = []
  /** Milliseconds from one tick to the next: one turn of the ledger. */
  #turnMs = 0
  #longestTurns = 0
  #collector!: OutputCollector

  /**
   * @param bolts the components that a trace can name, in the order of the data
   * @param timesOut false: no root ever times out
   */
  constructor(bolts: readonly string[], timesOut = true) {
    super()
    this.#lanes = new TraceLanes(bolts)
    this.#timesOut = timesOut
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#turnMs = context.config['topology.tick.tuple.freq.secs']! * 1000
    this.#longestTurns = FORGOTTEN_AFTER * this.#turnsOf(context.config['topology.message.timeout.secs'] * 1000)
    this.#collector = collector
  }

  execute(tuple: Tuple): void {
    const [first, second, third] = tuple.values
    switch (tuple.source.stream) {
      case ACK_INIT_STREAM:
        this.#recordAll(first, true)
        break
      case ACK_ACK_STREAM:
        this.#recordAll(first, false)
        break
      case ACK_FAIL_STREAM:
        this.#fail(first, second, third)
        break
      case ACK_RESET_STREAM:
        this.#renewAll(first)
        break
      case ACK_TIMEOUT_STREAM:
        this.#expire(first, second)
        break
      case TICK_STREAM:
        this.#rotate()
        break
    }
    this.#emitDone()
    this.#collector.ack(tuple)
  }

  /**
   * Hot: every edge of every tree passes here, those of one root that were acked one after the other folded into one
   * row.
   */
  #recordAll(rows: Int32Array, isInit: boolean): void {
    const ledger = this.#ledger
    for (let i = 0; i < rows.length; i += ACK_ROW) {
      const high = rows[i]!
      const low = rows[i + 1]!
      const verdict = isInit
        ? ledger.init(high, low, rows[i + 2]!, rows[i + 3]!, rows[i + 4]!)
        : ledger.ack(high, low, rows[i + 2]!, rows[i + 3]!, rows[i + 4]!)
      if (verdict === DONE) this.#completed(high, low)
      else if (verdict === FAILED) this.#failed(high, low, this.#early.get(`${high}/${low}`)?.reason)
    }
  }

  #completed(high: number, low: number): void {
    if (high !== this.#lastHigh) {
      const task = spoutTaskOf(high)
      this.#lastDone = this.#done.get(task) ?? []
      this.#lastHigh = high
      this.#done.set(task, this.#lastDone)
    }
    this.#lastDone.push(high, low)
  }

  #emitDone(): void {
    if (this.#done.size === 0) return
    for (const [task, roots] of this.#done) {
      this.#collector.emitDirect(task, undefined, [Int32Array.from(roots)], ACK_ACK_STREAM)
    }
    this.#done.clear()
    this.#lastHigh = 0
  }

  #fail(high: number, low: number, reason: FailReason): void {
    if (this.#ledger.fail(high, low) === FAILED) this.#failed(high, low, reason)
    else this.#early.set(`${high}/${low}`, { high, low, reason })
  }

  #failed(high: number, low: number, reason: FailReason | undefined): void {
    this.#early.delete(`${high}/${low}`)
    this.#collector.emitDirect(spoutTaskOf(high), undefined, [high, low, reason], ACK_FAIL_STREAM)
  }

  #renewAll(roots: Int32Array): void {
    for (let i = 0; i < roots.length; i += 2) this.#ledger.renew(roots[i]!, roots[i + 1]!)
  }

  #rotate(): void {
    this.#ledger.rotate(this.#longestTurns, !this.#timesOut)
    for (const [key, { high, low }] of this.#early) if (!this.#ledger.has(high, low)) this.#early.delete(key)
  }

  /**
   * A spout asks about roots that are over their time: those that have been silent for so long fail, and the others go
   * on.
   * @param timeoutMs null: the spout has given the roots up, and wants no answer
   */
  #expire(roots: Int32Array, timeoutMs: number | null): void {
    const patience = timeoutMs === null ? 0 : this.#turnsOf(timeoutMs)
    for (let i = 0; i < roots.length; i += 2) {
      const high = roots[i]!
      const low = roots[i + 1]!
      if (timeoutMs === null) this.#ledger.expire(high, low)
      else if (this.#ledger.silentTurns(high, low) >= patience) {
        const trace = this.#ledger.expire(high, low)
        this.#failed(high, low, { kind: 'timeout', waitingFor: this.#lanes.componentsIn(trace) })
      }
    }
  }

  /** So many ticks take at least so long, whenever the first one comes. */
  #turnsOf(ms: number): number {
    return Math.ceil(ms / this.#turnMs) + 1
  }
}
