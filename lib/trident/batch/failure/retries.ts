/**
 * When a batch that has failed begins again; and, when the run is to end, that it waits no longer: it is tried once
 * more at once, as often as there is time for, and then left uncommitted for the next run, which goes on with it.
 *
 * Each batch waits by itself: what one waits for says nothing of those before it.
 */
import type { TaskContext } from '../../../index.ts'

/** The part of the drain timeout that batches are tried in; the rest is for what is in flight. */
const TRIED_FOR = 0.1

export class Retries {
  readonly #context: Pick<TaskContext, 'config' | 'now'>
  /** By txid: the time before which it does not begin, ms. Infinite: not before all earlier ones are over. */
  readonly #notBefore = new Map<number, number>()
  /** When the last attempts of batches that are not over began, ms. */
  readonly #began = new Map<number, number>()
  #drainsSince: number | undefined

  constructor(context: Pick<TaskContext, 'config' | 'now'>) {
    this.#context = context
  }

  /** An attempt begins. */
  began(txid: number): void {
    this.#began.set(txid, this.#context.now())
    this.#notBefore.delete(txid)
  }

  /** @param delayMs infinite: it has no attempt left, and may begin when it is the next to be committed */
  failed(txid: number, delayMs: number): void {
    const mayWait = delayMs === Number.POSITIVE_INFINITY || this.#hasHadLastTry(txid)
    this.#notBefore.set(txid, this.#context.now() + (mayWait ? delayMs : 0))
  }

  mayBegin(txid: number): boolean {
    return this.#context.now() >= (this.#notBefore.get(txid) ?? 0)
  }

  /** The batch is over. */
  over(txid: number): void {
    this.#began.delete(txid)
    this.#notBefore.delete(txid)
    if (this.#notBefore.get(txid + 1) === Number.POSITIVE_INFINITY) this.#notBefore.delete(txid + 1)
  }

  /** The run is to end. */
  drain(): void {
    if (this.#drainsSince !== undefined) return
    this.#drainsSince = this.#context.now()
    for (const [txid, at] of this.#notBefore) if (at !== Number.POSITIVE_INFINITY) this.#notBefore.delete(txid)
  }

  /** There is no time for a further try of what has had one. */
  get isTimeUp(): boolean {
    const triedForMs = this.#context.config['topology.drain.timeout.secs'] * 1000 * TRIED_FOR
    return this.#context.now() - (this.#drainsSince ?? Number.POSITIVE_INFINITY) >= triedForMs
  }

  /** The batch, the next to be committed, has failed since the run was to end, and there is no time for more. */
  isLeft(txid: number): boolean {
    return this.isTimeUp && this.#notBefore.has(txid) && this.#hasHadLastTry(txid)
  }

  /** Always false while the run goes on: there is always another try. */
  #hasHadLastTry(txid: number): boolean {
    return this.#drainsSince === undefined || (this.#began.get(txid) ?? Number.NEGATIVE_INFINITY) >= this.#drainsSince
  }
}
