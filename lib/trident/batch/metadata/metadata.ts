/**
 * What must outlive every process of a topology: which transaction is to be committed next, and where each spout is. It
 * takes the place of ZooKeeper in Storm (`state/TransactionalState.java`, `RotatingTransactionalState.java`).
 *
 *     current                      the next transaction to commit
 *     epoch                        how often a coordinator was opened; attempts of a later one are greater
 *     partitions/SPOUT             the partitions as last listed
 *     batch/TXID/SPOUT/TASK        what a task of a spout has emitted into the transaction whose commit may have begun
 *     position/SPOUT/PARTITION     where a partition is after the last committed transaction
 *     letter/TXID/NUMBER           a dead letter that is to be written
 *
 * The coordinator of the batch group alone has it open. The records of a batch are written before its commit begins;
 * when it is over they become positions, in one write.
 */
import type { Store, StoreWriter } from '../../../store/store.ts'
import type { Emission, EmissionOf } from '../exchange/emission-record.ts'
import { type Listing, Partitions } from './partitions.ts'

/** A dead letter that is kept until it is written. */
export interface Letter {
  readonly key: string
  readonly line: string
}

/** Digits of a transaction id in a key, so that the order of the keys is that of the transactions. */
const DIGITS = 16

export class Metadata {
  readonly #store: Store
  readonly #prefix: string
  /** The writer of the transaction that is under way. */
  #writer: StoreWriter | undefined

  /** @param group name of the batch group */
  constructor(store: Store, group: string) {
    this.#store = store
    this.#prefix = `${encodeURIComponent(group)}/`
    // The coordinator before may have lived in another process, and another group have the store open in this one.
    store.refresh()
  }

  /** The next transaction to commit. */
  get current(): number {
    return (this.#get('current') as number | undefined) ?? 1
  }

  /** What is written in `call` is written in one transaction. @throws what `call` throws; STATE_UNAVAILABLE */
  together(call: () => void): void {
    if (this.#writer !== undefined) {
      call()
      return
    }
    try {
      this.#store.transaction((writer) => {
        this.#writer = writer
        call()
      })
    } finally {
      this.#writer = undefined
    }
  }

  /** Notes that a coordinator begins. @returns the number of its epoch, from 1 up */
  beginEpoch(): number {
    const epoch = ((this.#get('epoch') as number | undefined) ?? 0) + 1
    this.#write((writer) => writer.put(this.#key('epoch'), epoch))
    return epoch
  }

  /**
   * Forgets everything where another run has written it, but for dead letters that it could not write: for topologies
   * whose states do not outlive a run either.
   */
  forgetUnlessOf(run: string): void {
    if (this.#get('run') === run) return
    const letters = new Set(this.letters().map(({ key }) => key))
    const keys = [...this.#store.range(this.#prefix)].map(([key]) => key).filter((key) => !letters.has(key))
    this.#write((writer) => {
      for (const key of keys) writer.remove(key)
      writer.put(this.#key('run'), run)
    })
  }

  /** Where the partitions of a spout belong, as last listed. */
  partitionsOf(spout: string): Partitions {
    return new Partitions((this.#get(partitionsKey(spout)) as Listing | undefined) ?? { known: [], listed: [] })
  }

  /** @returns the partitions, those that were known before in their old places */
  setPartitions(spout: string, listed: readonly string[]): Partitions {
    const { known } = this.partitionsOf(spout)
    const before = new Set(known)
    const listing: Listing = { known: [...known, ...listed.filter((name) => !before.has(name))], listed }
    this.#write((writer) => writer.put(this.#key(partitionsKey(spout)), listing))
    return new Partitions(listing)
  }

  /** What was emitted into a transaction whose commit is about to begin. */
  record(txid: number, emissions: readonly EmissionOf[]): void {
    this.#write((writer) => {
      // An earlier run may have had other tasks.
      for (const spout of new Set(emissions.map((one) => one.spout)))
        for (const [key] of [...this.#store.range(this.#key(spoutKey(txid, spout)))]) writer.remove(key)
      for (const { spout, task, ...emission } of emissions)
        writer.put(this.#key(`${spoutKey(txid, spout)}${task}`), emission)
    })
  }

  /** What was recorded of a transaction. */
  recordsOf(txid: number): EmissionOf[] {
    const batch = this.#key(batchKey(txid))
    return [...this.#store.range(batch)].map(([key, value]) => {
      const slash = key.lastIndexOf('/')
      const spout = decodeURIComponent(key.slice(batch.length, slash))
      return { ...(value as Emission), spout, task: Number(key.slice(slash + 1)) }
    })
  }

  /** Dead letters that were to be written, oldest first. */
  letters(): Letter[] {
    return [...this.#store.range(this.#key('letter/'))].map(([key, line]) => ({ key, line: line as string }))
  }

  /** A dead letter stands in its file. */
  letterWritten({ key }: Letter): void {
    this.#write((writer) => writer.remove(key))
  }

  /** Where partitions of a spout are after the last transaction that is over; all where none are named. */
  positions(spout: string, names?: readonly string[]): Map<string, unknown> {
    const prefix = `position/${encodeURIComponent(spout)}/`
    if (names !== undefined) return new Map(names.map((name) => [name, this.#get(prefix + name)]))
    const start = this.#key(prefix)
    return new Map([...this.#store.range(start)].map(([key, value]) => [key.slice(start.length), value]))
  }

  /**
   * The transaction is committed everywhere: what was recorded of it is over, and the next one is on.
   * @param lines its dead letters; they are kept until they are written
   */
  succeed(txid: number, lines: readonly string[] = []): Letter[] {
    const prefix = this.#key(batchKey(txid))
    const letters = lines.map((line, index) => ({ key: this.#key(letterKey(txid, index)), line }))
    this.#write((writer) => {
      for (const { key, line } of letters) writer.put(key, line)
      const records = [...this.#store.range(prefix)] as [string, Emission][]
      for (const [key, { partitions }] of records) {
        const spout = key.slice(prefix.length, key.lastIndexOf('/'))
        for (const [partition, metas] of Object.entries(partitions))
          writer.put(this.#key(`position/${spout}/${partition}`), metas.at(-1))
        writer.remove(key)
      }
      writer.put(this.#key('current'), txid + 1)
    })
    return letters
  }

  #write(write: (writer: StoreWriter) => void): void {
    this.together(() => write(this.#writer!))
  }

  #get(key: string): unknown {
    return this.#store.get(this.#key(key))
  }

  #key(key: string): string {
    return this.#prefix + key
  }
}

function partitionsKey(spout: string): string {
  return `partitions/${encodeURIComponent(spout)}`
}

function spoutKey(txid: number, spout: string): string {
  return `${batchKey(txid)}${encodeURIComponent(spout)}/`
}

function letterKey(txid: number, index: number): string {
  return `letter/${String(txid).padStart(DIGITS, '0')}/${String(index).padStart(DIGITS, '0')}`
}

function batchKey(txid: number): string {
  return `batch/${String(txid).padStart(DIGITS, '0')}/`
}
