/**
 * Which transactions are in flight, and how far each is: pure, no clock and no tuples. Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/trident/topology/MasterBatchCoordinator.java`.
 *
 *     (not active) ─begin─▶ processing ─its tree is acked─▶ processed ─it is the next one─▶ committing ─acked─▶ over
 *           ▲                   │                              │                              │
 *           └──── it or an earlier one failed: again, with a higher attempt ──────────────────┘
 */
import { firstAttempt } from '../../model/batch-ids.ts'

type Status = 'processing' | 'processed' | 'committing'

interface Active {
  readonly attempt: number
  status: Status
}

export class Transactions {
  readonly #active = new Map<number, Active>()
  readonly #attempts = new Map<number, number>()
  readonly #firstAttempt: number
  #current: number

  /** @param current the next transaction to commit */
  constructor(current: number, epoch: number) {
    this.#current = current
    this.#firstAttempt = firstAttempt(epoch)
  }

  /** The next transaction to commit. */
  get current(): number {
    return this.#current
  }

  /** How many are in flight. */
  get size(): number {
    return this.#active.size
  }

  /** The least transaction that may begin now; undefined where `max` are in flight. */
  nextToBegin(max: number): number | undefined {
    for (let txid = this.#current; txid < this.#current + max; txid++) if (!this.#active.has(txid)) return txid
    return undefined
  }

  /** A new attempt of a transaction begins. */
  begin(txid: number): number {
    const attempt = (this.#attempts.get(txid) ?? this.#firstAttempt - 1) + 1
    this.#attempts.set(txid, attempt)
    this.#active.set(txid, { attempt, status: 'processing' })
    return attempt
  }

  /** Whether this attempt is the one that counts, and in this state. */
  is(txid: number, attempt: number, status: Status): boolean {
    const active = this.#active.get(txid)
    return active?.attempt === attempt && active.status === status
  }

  /** Its tree was acked. False where the attempt counts no more. */
  processed(txid: number, attempt: number): boolean {
    if (!this.is(txid, attempt, 'processing')) return false
    this.#active.get(txid)!.status = 'processed'
    return true
  }

  /** Whether the next transaction is processed, and its commit not begun. */
  get mayCommit(): boolean {
    return this.isProcessed(this.#current)
  }

  /** Whether a transaction is processed, and its commit not begun. */
  isProcessed(txid: number): boolean {
    return this.#active.get(txid)?.status === 'processed'
  }

  /** Whether of all transactions in flight before this one it is known what they have. */
  areKnownBefore(txid: number): boolean {
    return [...this.#active].every(([one, { status }]) => one >= txid || status !== 'processing')
  }

  /** The attempt that is to be committed now: that of the next transaction, once it is processed. */
  commitNext(): { readonly txid: number; readonly attempt: number } | undefined {
    const active = this.#active.get(this.#current)
    if (active?.status !== 'processed') return undefined
    active.status = 'committing'
    return { txid: this.#current, attempt: active.attempt }
  }

  /** The current transaction is over. */
  committed(): void {
    this.#active.delete(this.#current)
    this.#attempts.delete(this.#current)
    this.#current++
  }

  /** The attempt has failed: it and all later ones are begun again. False where it counts no more. */
  failed(txid: number, attempt: number): boolean {
    if (this.#active.get(txid)?.attempt !== attempt) return false
    for (const later of [...this.#active.keys()]) if (later >= txid) this.#active.delete(later)
    return true
  }
}
