/**
 * A partition of windows as a state. The promise: what is emitted for a transaction depends on the transactions before
 * it and on its own rows and time, and on nothing else; not on how often it was tried, nor on restarts in between.
 *
 * The windows in memory are what the store says, plus one transaction that is under way. Where that one fails, or the
 * last one comes again, they are read anew.
 */
import { TyphoonError } from '../../index.ts'
import { copyOfEach } from '../../values/copy.ts'
import type { AnyAggregator } from '../model/operation.ts'
import type { State } from '../model/state.ts'
import { TridentTuple } from '../model/tuple.ts'
import type { Row } from '../operation/processor.ts'
import { CountWindows } from './count-windows.ts'
import { DurationWindows } from './duration-windows.ts'
import { evaluate, GroupCollector, type NamedCollector } from './evaluate.ts'
import type { WindowConfig } from './window-config.ts'
import type { WindowLog } from './window-log.ts'
import type { Change, WindowShape, Windows } from './windows.ts'

interface Pending {
  readonly windows: Windows
  readonly change: Change | undefined
}

/** A tuple for the aggregator, which may change what it gets; the next window has the same row. */
function lent({ values, fields }: TridentTuple): TridentTuple {
  return new TridentTuple(copyOfEach([...values]), fields)
}

/** The windows of one partition. For each batch: `beginCommit`, one `apply`, `commit`; for a batch without rows too. */
export class WindowState implements State {
  readonly #config: WindowConfig
  readonly #shape: WindowShape
  readonly #log: WindowLog
  readonly #where: string
  /** The windows as they are after the last commit; undefined if they must be read first. */
  #windows: Windows | undefined
  /** The last transaction that was committed here; those that changed nothing are not in the log. */
  #committed = 0
  #txid: number | null = null
  #pending: Pending | undefined

  constructor(config: WindowConfig, shape: WindowShape, log: WindowLog, where: string) {
    this.#config = config
    this.#shape = shape
    this.#log = log
    this.#where = where
  }

  /** Rows that are kept after the last commit. */
  get size(): number {
    return this.#windows?.size ?? 0
  }

  /** @throws TXID_BEHIND, STATE_CORRUPT */
  beginCommit(txid: number | null): void {
    this.#txid = txid
    this.#pending = undefined
    if (txid === null) return
    const last = Math.max(this.#committed, this.#log.txid)
    if (txid < last)
      throw new TyphoonError('TXID_BEHIND', `the transaction ${txid} came to ${this.#where} after ${last}`, {
        hint: 'the state directory and the place from which the spouts read on do not belong together',
      })
    if (this.#windows === undefined || txid === this.#log.txid) this.#windows = this.#read(txid)
  }

  /**
   * The rows of the batch go into their windows, and those that are full or over fire.
   * @param startedAt time of the batch, ms since 1970
   * @param collector gets, for each window, the values of its group and what the aggregator emitted
   * @throws OPERATION_FAILED where more rows would be kept than allowed; what the aggregator throws
   */
  apply(
    startedAt: number,
    rows: readonly Row[],
    aggregator: AnyAggregator,
    collector: NamedCollector,
    outputs: readonly string[],
  ): void {
    const txid = this.#txid
    const windows = this.#windows
    if (txid === null || windows === undefined)
      throw new TyphoonError('INTERNAL', `rows came to ${this.#where} outside of a transaction, or twice for one`)
    this.#windows = undefined
    const grouped = new GroupCollector(collector, outputs)
    const change = windows.apply(startedAt, rows, (group, tuples) => {
      grouped.group = copyOfEach(group)
      evaluate(aggregator, txid, tuples.map(lent), grouped)
    })
    this.#pending = { windows, change }
  }

  /** @throws STATE_UNAVAILABLE; the batch must come again then */
  commit(txid: number | null): void {
    const pending = this.#pending
    if (txid === null || pending === undefined) return
    this.#pending = undefined
    const change = pending.change ?? this.#undone(txid, pending.windows)
    if (change !== undefined) this.#log.write(txid, change)
    this.#windows = pending.windows
    this.#committed = txid
  }

  lastTxid(): number | undefined {
    return this.#log.txid === 0 ? undefined : this.#log.txid
  }

  check(): void {
    this.#log.check()
  }

  close(): Promise<void> {
    return this.#log.close()
  }

  /** A transaction that changes nothing must be written all the same where its former attempt did. */
  #undone(txid: number, windows: Windows): Change | undefined {
    return txid === this.#log.txid ? { position: windows.position, added: [], expired: [] } : undefined
  }

  #read(txid: number): Windows {
    const { position, chunks } = this.#log.before(txid)
    const windows =
      this.#config.by === 'count'
        ? new CountWindows(this.#config, this.#shape, position)
        : new DurationWindows(this.#config, this.#shape, position)
    for (const [number, chunk] of chunks) windows.restore(number, chunk)
    return windows
  }
}
