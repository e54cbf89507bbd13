/** A tuple tree of a coordinator: the processing of an attempt, or its commit. */
import type { Parts } from '../failure/hunt.ts'

/** The message id of such a tree. */
export class Phase {
  readonly txid: number
  readonly attempt: number
  readonly committing: boolean
  readonly #parts: Parts | null
  readonly #seeksRows: boolean

  /** @param parts of the batch that the attempt takes; null: all @param seeksRows a row may be set aside */
  constructor(txid: number, attempt: number, committing: boolean, parts: Parts | null, seeksRows: boolean) {
    this.txid = txid
    this.attempt = attempt
    this.committing = committing
    this.#parts = parts
    this.#seeksRows = seeksRows
  }

  /**
   * What is the same at the next attempt, so that an inquest knows it again if it ends its worker. Where no row may be
   * set aside there is nothing to be found: a batch is in flight at nearly every death, and must not be blamed for
   * workers that somebody else kills.
   */
  toJSON(): unknown {
    return this.#seeksRows ? [this.txid, this.committing, this.#parts] : [this.txid, this.committing, this.attempt]
  }
}
