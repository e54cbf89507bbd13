/**
 * What must outlive every process of a topology: which transaction is to be committed next, and where each spout is. It
 * takes the place of ZooKeeper in Storm (`state/TransactionalState.java`, `RotatingTransactionalState.java`).
 *
 *     current                      the next transaction to commit
 *     epoch                        how often a coordinator was opened; attempts of a later one are greater
 *     partitions/SPOUT             the partitions as last listed
 *     batch/TXID/SPOUT/TASK        what a task of a spout has emitted into a transaction that is not committed yet
 *     position/SPOUT/PARTITION     where a partition is after the last committed transaction
 *     letter/TXID/NUMBER           a dead letter that is to be written
 *     uncommitted                  of this transaction no commit was ever begun, though attempts of it have failed
 *
 * A record of a batch is written before its last row leaves, so before the batch can be committed anywhere. With the
 * commit, records become positions, in one write. The records of a task are in order: none without the one before it.
 *
 * Several processes have it open, and what one reads may be a millisecond old; a transaction of the store reads what
 * is.
 */
import { TyphoonError } from '../../../index.ts'
import type { Store } from '../../../store/store.ts'
import {
  type Emission,
  type EmissionOf,
  type Listing,
  Partitions,
  type SpoutMemory,
  type Suspect,
} from './spout-memory.ts'

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

  /** @param group name of the batch group */
  constructor(store: Store, group: string) {
    this.#store = store
    this.#prefix = `${encodeURIComponent(group)}/`
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

  /**
   * Forgets everything where another run has written it, but for dead letters that it could not write: for topologies
   * whose states do not outlive a run either.
   */
  forgetUnlessOf(run: string): void {
    if (this.#get('run') === run) return
    const letters = new Set(this.letters().map(({ key }) => key))
    const keys = [...this.#store.range(this.#prefix)].map(([key]) => key).filter((key) => !letters.has(key))
    this.#store.transaction((writer) => {
      for (const key of keys) writer.remove(key)
      writer.put(this.#key('run'), run)
    })
  }

  /** Where the partitions of a spout belong, as last listed. */
  partitionsOf(spout: string): Partitions {
    this.#store.refresh()
    return new Partitions((this.#get(partitionsKey(spout)) as Listing | undefined) ?? { known: [], listed: [] })
  }

  /** @returns the partitions, those that were known before in their old places */
  setPartitions(spout: string, listed: readonly string[]): Partitions {
    const { known } = this.partitionsOf(spout)
    const before = new Set(known)
    const listing: Listing = { known: [...known, ...listed.filter((name) => !before.has(name))], listed }
    this.#store.transaction((writer) => writer.put(this.#key(partitionsKey(spout)), listing))
    return new Partitions(listing)
  }

  /**
   * @throws INTERNAL where the task has no record of the transaction before: positions would be counted from nowhere
   */
  record(txid: number, spout: string, task: number, emission: Emission): void {
    this.#store.transaction((writer) => {
      if (txid > this.current && this.#get(recordKey(txid - 1, spout, task)) === undefined)
        throw new TyphoonError('INTERNAL', `batch ${txid} of "${spout}" is recorded before batch ${txid - 1}`)
      writer.put(this.#key(recordKey(txid, spout, task)), emission)
    })
  }

  /**
   * Puts the records of a spout under the tasks that their partitions belong to now: a run before may have had more
   * tasks, or fewer. Each task then has a record of each transaction that any had one of, and emits that again and
   * nothing else.
   * @param taskOf the task that a partition belongs to
   */
  regroup(spout: string, tasks: number, taskOf: (partition: string) => number): void {
    this.#store.transaction((writer) => {
      for (const [txid, records] of this.#recordsOf(spout)) {
        const isRight = records.every(({ task, partitions }) =>
          Object.keys(partitions).every((partition) => taskOf(partition) === task),
        )
        if (isRight && records.length === tasks) continue
        for (const { task } of records) writer.remove(this.#key(recordKey(txid, spout, task)))
        const pieces = records.flatMap(({ partitions }) => Object.entries(partitions))
        const rows = records.reduce((sum, record) => sum + record.rows, 0)
        for (let task = 0; task < tasks; task++) {
          const partitions = Object.fromEntries(pieces.filter(([partition]) => taskOf(partition) === task))
          const emission: Emission = { rows: task === 0 ? rows : 0, exhausted: false, partitions }
          writer.put(this.#key(recordKey(txid, spout, task)), emission)
        }
      }
    })
  }

  /** Of this transaction attempts have failed, and a commit was never begun. */
  get uncommitted(): number | undefined {
    return this.#get('uncommitted') as number | undefined
  }

  set uncommitted(txid: number | undefined) {
    const key = this.#key('uncommitted')
    this.#store.transaction((writer) => (txid === undefined ? writer.remove(key) : writer.put(key, txid)))
  }

  /** What a task of a spout has emitted into a transaction. */
  emission(txid: number, spout: string, task: number): Emission | undefined {
    return this.#get(recordKey(txid, spout, task)) as Emission | undefined
  }

  /** What was emitted into a transaction, by all tasks of one spout or of all. */
  emissions(txid: number, spout?: string): EmissionOf[] {
    this.#store.refresh()
    const batch = this.#key(batchKey(txid))
    const prefix = batch + (spout === undefined ? '' : `${encodeURIComponent(spout)}/`)
    return [...this.#store.range(prefix)].map(([key, value]) => ({
      ...(value as Emission),
      spout: decodeURIComponent(key.slice(batch.length, key.lastIndexOf('/'))),
    }))
  }

  /** Notes at which row a step has thrown; what was emitted stays as it is. */
  suspect(txid: number, spout: string, task: number, suspect: Suspect): void {
    this.#store.transaction((writer) => {
      const known = this.emission(txid, spout, task)
      if (known !== undefined) writer.put(this.#key(recordKey(txid, spout, task)), { ...known, suspect })
    })
  }

  /** What a task of a spout has to do with. */
  memoryOf(spout: string, task: number): SpoutMemory {
    return {
      partitions: () => this.partitionsOf(spout),
      positionsBefore: (txid) => this.positionsBefore(txid, spout),
      emission: (txid) => this.emission(txid, spout, task),
      record: (txid, emission) => this.record(txid, spout, task, emission),
      suspect: (txid, suspect) => this.suspect(txid, spout, task, suspect),
    }
  }

  /** Dead letters that were to be written, oldest first. */
  letters(): Letter[] {
    return [...this.#store.range(this.#key('letter/'))].map(([key, line]) => ({ key, line: line as string }))
  }

  /** A dead letter stands in its file. */
  letterWritten({ key }: Letter): void {
    this.#store.transaction((writer) => writer.remove(key))
  }

  /** Where the partitions of a spout are before a transaction: the last meta of each. */
  positionsBefore(txid: number, spout: string): Map<string, unknown> {
    this.#store.refresh()
    const prefix = this.#key(`position/${encodeURIComponent(spout)}/`)
    const positions = new Map<string, unknown>()
    for (const [key, value] of this.#store.range(prefix)) positions.set(key.slice(prefix.length), value)
    for (let earlier = this.current; earlier < txid; earlier++)
      for (const { partitions } of this.emissions(earlier, spout))
        for (const [partition, metas] of Object.entries(partitions)) positions.set(partition, metas.at(-1))
    return positions
  }

  /**
   * The transaction is committed everywhere: what it has taken from its spouts is over, and the next one is on.
   * @param linesOf its dead letters, of what was emitted into it; they are kept until they are written
   */
  succeed(txid: number, linesOf: (emissions: readonly EmissionOf[]) => readonly string[] = () => []): Letter[] {
    const prefix = this.#key(batchKey(txid))
    const lines = linesOf(this.emissions(txid))
    const letters = lines.map((line, index) => ({ key: this.#key(letterKey(txid, index)), line }))
    this.#store.transaction((writer) => {
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

  /** By transaction, with the task that each is of. */
  #recordsOf(spout: string): Map<number, (Emission & { readonly task: number })[]> {
    const found = new Map<number, (Emission & { readonly task: number })[]>()
    for (const [key, value] of this.#store.range(this.#key('batch/'))) {
      const [, digits, name, task] = key.slice(this.#prefix.length).split('/')
      if (name !== encodeURIComponent(spout)) continue
      const txid = Number(digits)
      found.set(txid, [...(found.get(txid) ?? []), { ...(value as Emission), task: Number(task) }])
    }
    return found
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

function recordKey(txid: number, spout: string, task: number): string {
  return `${batchKey(txid)}${encodeURIComponent(spout)}/${task}`
}

function letterKey(txid: number, index: number): string {
  return `letter/${String(txid).padStart(DIGITS, '0')}/${String(index).padStart(DIGITS, '0')}`
}

function batchKey(txid: number): string {
  return `batch/${String(txid).padStart(DIGITS, '0')}/`
}
