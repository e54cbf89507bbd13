/**
 * What must outlive every process of a topology: which transaction is to be committed next, and where each spout is. It takes the place of
 * ZooKeeper in Storm (`state/TransactionalState.java`, `RotatingTransactionalState.java`).
 *
 *     current                      the next transaction to commit
 *     epoch                        how often a coordinator was opened; attempts of a later one are greater
 *     partitions/SPOUT             the partitions as last listed
 *     batch/TXID/SPOUT/TASK        what a task of a spout has emitted into a transaction that is not committed yet
 *     position/SPOUT/PARTITION     where a partition is after the last committed transaction
 *
 * A record of a batch is written before its last row leaves, so before the batch can be committed anywhere. With the commit, records become
 * positions, in one write.
 */
import type { Store } from '../state/store.ts'

/** What one task of a spout emitted into one transaction. */
export interface Emission {
  readonly rows: number
  /** Nothing will ever follow, unless something fails. */
  readonly exhausted: boolean
  /** By partition: the metas of what was emitted, in order. Empty for a spout without partitions. */
  readonly partitions: Readonly<Record<string, readonly unknown[]>>
}

/** Digits of a transaction id in a key, so that the order of the keys is that of the transactions. */
const DIGITS = 16

export class Metadata {
  readonly #store: Store
  readonly #prefix: string

  /** @param group name of the batch group */
  constructor(store: Store, group: string) {
    this.#store = store
    this.#prefix = `${group}/`
  }

  /** The next transaction to commit. */
  get current(): number {
    return (this.#get('current') as number | undefined) ?? 1
  }

  /** Notes that a coordinator begins. @returns the number of its epoch, from 1 up */
  beginEpoch(): number {
    const epoch = ((this.#get('epoch') as number | undefined) ?? 0) + 1
    this.#store.transaction((writer) => writer.put(this.#key('epoch'), epoch))
    return epoch
  }

  /** Forgets everything where another run has written it: for topologies whose states do not outlive a run either. */
  forgetUnlessOf(run: string): void {
    if (this.#get('run') === run) return
    const keys = [...this.#store.range(this.#prefix)].map(([key]) => key)
    this.#store.transaction((writer) => {
      for (const key of keys) writer.remove(key)
      writer.put(this.#key('run'), run)
    })
  }

  partitionsOf(spout: string): readonly string[] {
    return (this.#get(`partitions/${spout}`) as string[] | undefined) ?? []
  }

  setPartitions(spout: string, partitions: readonly string[]): void {
    this.#store.transaction((writer) => writer.put(this.#key(`partitions/${spout}`), partitions))
  }

  record(txid: number, spout: string, task: number, emission: Emission): void {
    this.#store.transaction((writer) => writer.put(this.#key(`${batchKey(txid)}${spout}/${task}`), emission))
  }

  /** What was emitted into a transaction, by all tasks of one spout or of all. */
  emissions(txid: number, spout?: string): Emission[] {
    const prefix = this.#key(batchKey(txid) + (spout === undefined ? '' : `${spout}/`))
    return [...this.#store.range(prefix)].map(([, value]) => value as Emission)
  }

  /** Where the partitions of a spout are before a transaction: the last meta of each. */
  positionsBefore(txid: number, spout: string): Map<string, unknown> {
    const prefix = this.#key(`position/${spout}/`)
    const positions = new Map<string, unknown>()
    for (const [key, value] of this.#store.range(prefix)) positions.set(key.slice(prefix.length), value)
    for (let earlier = this.current; earlier < txid; earlier++)
      for (const { partitions } of this.emissions(earlier, spout))
        for (const [partition, metas] of Object.entries(partitions)) positions.set(partition, metas.at(-1))
    return positions
  }

  /** The transaction is committed everywhere, or given up: what it has taken from its spouts is over, and the next one is on. */
  succeed(txid: number): void {
    const prefix = this.#key(batchKey(txid))
    const records = [...this.#store.range(prefix)] as [string, Emission][]
    this.#store.transaction((writer) => {
      for (const [key, { partitions }] of records) {
        const spout = key.slice(prefix.length, key.lastIndexOf('/'))
        for (const [partition, metas] of Object.entries(partitions))
          writer.put(this.#key(`position/${spout}/${partition}`), metas.at(-1))
        writer.remove(key)
      }
      writer.put(this.#key('current'), txid + 1)
    })
  }

  #get(key: string): unknown {
    return this.#store.get(this.#key(key))
  }

  #key(key: string): string {
    return this.#prefix + key
  }
}

function batchKey(txid: number): string {
  return `batch/${String(txid).padStart(DIGITS, '0')}/`
}
