/**
 * Gathers what the tasks of a worker tell the ackers. Acks and inits are rows of five int32, kept per acker and sent as
 * tuples of up to 1024 rows. Everything leaves when a turn ends, or a batch is full; inits and renewals also where
 * something else goes to that acker.
 *
 * The promise: no ack leaves while acks are held; all else does. Acks of one root that come one after the other are
 * folded into one row: the words of a sentence, counted in a row, cost the acker one look-up.
 */
import { ACK_ROW } from '../../acker/acker-bolt.ts'
import type { FailReason } from '../../topology/component/failure/fail-reason.ts'
import { spoutTaskOf, type TaskId } from '../../tuple/ids.ts'
import { ACK_SOURCE, FAIL_SOURCE, INIT_SOURCE, RESET_SOURCE, TIMEOUT_SOURCE } from '../../tuple/system-sources.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { type TupleSource, untrackedTuple } from '../../tuple/tuple.ts'

const BATCH_ROWS = 1024

type Deliver = (target: TaskId, tuple: Tuple) => void

/** Rows on their way to one acker. */
class Rows {
  readonly acker: TaskId
  readonly #source: TupleSource
  readonly #deliver: Deliver
  readonly #wake: () => void
  readonly #cells = new Int32Array(BATCH_ROWS * ACK_ROW)
  #length = 0

  /** @param deliver gets each full batch at once, and the last one with `flush` */
  constructor(acker: TaskId, source: TupleSource, deliver: Deliver, wake: () => void) {
    this.acker = acker
    this.#source = source
    this.#deliver = deliver
    this.#wake = wake
  }

  /** Hot. */
  add(rootHigh: number, rootLow: number, high: number, low: number, trace: number): void {
    const cells = this.#cells
    const last = this.#length - ACK_ROW
    if (last >= 0 && cells[last + 1] === rootLow && cells[last] === rootHigh) {
      cells[last + 2]! ^= high
      cells[last + 3]! ^= low
      cells[last + 4]! ^= trace
      return
    }
    if (this.#length === cells.length) this.flush()
    const at = this.#length
    if (at === 0) this.#wake()
    cells[at] = rootHigh
    cells[at + 1] = rootLow
    cells[at + 2] = high
    cells[at + 3] = low
    cells[at + 4] = trace
    this.#length = at + ACK_ROW
  }

  /** The roots of the rows that wait here. */
  *roots(): Iterable<readonly [high: number, low: number]> {
    yield* rootsIn(this.#cells.subarray(0, this.#length))
  }

  flush(): void {
    if (this.#length === 0) return
    const rows = this.#cells.slice(0, this.#length)
    this.#length = 0
    this.#deliver(this.acker, untrackedTuple([rows], this.#source))
  }
}

/** What is gathered for one acker. */
interface AckerRows {
  readonly init: Rows
  readonly ack: Rows
  /** Full batches of acks, which are held. */
  readonly fullAcks: Tuple[]
  /** Roots to renew: high, low, high, low … */
  readonly renewed: number[]
}

export class AckBatcher {
  readonly #ackerOf: (spoutTask: TaskId) => TaskId | undefined
  readonly #deliver: Deliver
  readonly #wake: () => void
  readonly #areHeld: () => boolean
  readonly #byAcker = new Map<TaskId, AckerRows>()
  readonly #byRootHigh = new Map<number, AckerRows>()
  #lastHigh = 0
  #last!: AckerRows

  /**
   * @param wake makes sure that a turn comes, at whose end `flush` is called: acks and emits may come from a timer or a
   * promise
   * @param areHeld whether acks must wait now
   */
  constructor(
    ackerOf: (spoutTask: TaskId) => TaskId | undefined,
    deliver: Deliver,
    wake: () => void,
    areHeld: () => boolean,
  ) {
    this.#ackerOf = ackerOf
    this.#deliver = deliver
    this.#wake = wake
    this.#areHeld = areHeld
  }

  /** A root has been emitted, with the XOR of its first edges. Hot. */
  init(rootHigh: number, rootLow: number, high: number, low: number, trace: number): void {
    this.#rowsOf(rootHigh).init.add(rootHigh, rootLow, high, low, trace)
  }

  /** A tuple was acked. Hot. */
  ack(rootHigh: number, rootLow: number, high: number, low: number, trace: number): void {
    this.#rowsOf(rootHigh).ack.add(rootHigh, rootLow, high, low, trace)
  }

  fail(rootHigh: number, rootLow: number, reason: FailReason): void {
    this.#send(rootHigh, [rootHigh, rootLow, reason], FAIL_SOURCE)
  }

  /** A root shows that it lives: it gets its whole timeout again. */
  renew(rootHigh: number, rootLow: number): void {
    const rows = this.#rowsOf(rootHigh)
    const { renewed } = rows
    if (renewed.at(-1) === rootLow && renewed.at(-2) === rootHigh) return
    if (renewed.length === 0) this.#wake()
    renewed.push(rootHigh, rootLow)
    if (renewed.length >= 2 * BATCH_ROWS) this.#flush(rows)
  }

  /** Roots whose acks wait here are not lost. */
  renewHeld(): void {
    for (const { ack, fullAcks } of this.#byAcker.values()) {
      for (const tuple of fullAcks) for (const [high, low] of rootsIn(tuple.values[0])) this.renew(high, low)
      for (const [high, low] of ack.roots()) this.renew(high, low)
    }
  }

  /**
   * Asks the acker about roots of one spout task: those that show no sign of life for so long fail.
   * @param timeoutMs null: the roots are given up, and no answer is wanted
   * @param lows of the roots
   */
  askAbout(rootHigh: number, lows: readonly number[], timeoutMs: number | null): void {
    for (let at = 0; at < lows.length; at += BATCH_ROWS) {
      const roots = Int32Array.from(lows.slice(at, at + BATCH_ROWS).flatMap((low) => [rootHigh, low]))
      this.#send(rootHigh, [roots, timeoutMs], TIMEOUT_SOURCE)
    }
  }

  /** Sends everything that was gathered, but for acks that are held. */
  flush(): void {
    const areHeld = this.#areHeld()
    for (const rows of this.#byAcker.values()) {
      this.#flush(rows)
      if (areHeld) continue
      rows.ack.flush()
      this.#releaseAcks(rows)
    }
  }

  #releaseAcks({ ack, fullAcks }: AckerRows): void {
    for (const tuple of fullAcks) this.#deliver(ack.acker, tuple)
    fullAcks.length = 0
  }

  /** A batch of acks that is full, or is all there is. */
  #sendAcks(rows: AckerRows, tuple: Tuple): void {
    rows.fullAcks.push(tuple)
    if (!this.#areHeld()) this.#releaseAcks(rows)
  }

  /** All but acks. */
  #flush({ init, renewed }: AckerRows): void {
    init.flush()
    if (renewed.length > 0)
      this.#deliver(init.acker, untrackedTuple([Int32Array.from(renewed.splice(0))], RESET_SOURCE))
  }

  /** Inits that were gathered before go first, so that a fail seldom comes before its init. */
  #send(rootHigh: number, values: readonly unknown[], source: TupleSource): void {
    const rows = this.#rowsOf(rootHigh)
    this.#flush(rows)
    this.#deliver(rows.init.acker, untrackedTuple(values, source))
    this.#wake()
  }

  #rowsOf(rootHigh: number): AckerRows {
    if (rootHigh === this.#lastHigh) return this.#last
    let rows = this.#byRootHigh.get(rootHigh)
    if (rows === undefined) {
      rows = this.#makeRows(rootHigh)
      this.#byRootHigh.set(rootHigh, rows)
    }
    this.#lastHigh = rootHigh
    this.#last = rows
    return rows
  }

  #makeRows(rootHigh: number): AckerRows {
    const acker = this.#ackerOf(spoutTaskOf(rootHigh)) as TaskId
    let rows = this.#byAcker.get(acker)
    if (rows === undefined) {
      rows = {
        init: new Rows(acker, INIT_SOURCE, this.#deliver, this.#wake),
        ack: new Rows(acker, ACK_SOURCE, (_acker, tuple) => this.#sendAcks(made, tuple), this.#wake),
        fullAcks: [],
        renewed: [],
      }
      const made = rows
      this.#byAcker.set(acker, rows)
    }
    return rows
  }
}

function* rootsIn(rows: Int32Array): Iterable<readonly [high: number, low: number]> {
  for (let at = 0; at < rows.length; at += ACK_ROW) yield [rows[at]!, rows[at + 1]!]
}
