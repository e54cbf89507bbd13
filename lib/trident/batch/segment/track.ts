/**
 * What a segment of a task knows of one attempt of a batch: what came, what is still to come, and what is to be sent.
 *
 *     open ──the last row of the last sender──▶ processed ──commit, where something waits for it──▶ done
 *       └── a step threw: failed; whatever else comes of this attempt is void
 */
import type { Tuple } from '../../../index.ts'
import { Tally } from '../../../util/collections/tally.ts'
import type { BatchId } from '../../model/operation.ts'
import type { Batch, Row } from '../../operation/processor.ts'

/** Rows for the tasks behind an edge, with their bytes, and how many rows each has got before. */
export class Outgoing {
  readonly rows: Row[][]
  readonly bytes: number[]
  readonly counts: number[]

  constructor(targets: number) {
    this.rows = Array.from({ length: targets }, () => [])
    this.bytes = new Array(targets).fill(0)
    this.counts = new Array(targets).fill(0)
  }
}

export class Track implements Batch {
  readonly id: BatchId
  readonly txid: number | null
  readonly attempt: number
  readonly startedAt: number
  readonly slots: unknown[] = []
  readonly outgoing: Outgoing[] = []
  /** Rows of the tasks that send to this one. */
  readonly came = new Tally()
  phase: 'open' | 'processed' | 'done' | 'failed' = 'open'
  /** The commit came, and waits for the last rows. */
  commit: Tuple | undefined

  constructor(id: BatchId, attempt: number, startedAt: number) {
    this.id = id
    this.txid = typeof id === 'number' ? id : null
    this.attempt = attempt
    this.startedAt = startedAt
  }
}
