/**
 * A map state over a backing map, of any kind. It reads a key once in a batch, updates of a key within the batch
 * compose in memory, and all is written at the commit, in one `multiPut`.
 *
 * Promises: what a commit did not finish is as if it had never been, once the batch was committed again; for the opaque
 * kind also where that holds other keys. What an updater or a query gets is a copy, and what an updater returns is
 * copied, so nobody changes what is kept. Where the backing map answers at once, so does this: no promise for a call or
 * a key.
 *
 * Hot: once for each key of a batch.
 */
import { TyphoonError } from '../../../index.ts'
import { copyOf } from '../../../values/copy.ts'
import type { StateKey } from '../../../values/key.ts'
import { andThen } from '../../model/awaitable.ts'
import type { Awaitable } from '../../model/operation.ts'
import type { BackingMap, MapState, ValueUpdater } from '../../model/state.ts'
import { JOURNAL_KEY, type Journal, journalOf } from './journal.ts'
import type { Rules } from './rules.ts'
import { txidBehind } from './values.ts'

/** The keys and the records of a `multiPut`. */
interface Writes {
  readonly keys: StateKey[]
  readonly records: unknown[]
}

export class BatchedMap<V, R> implements MapState<V> {
  readonly lastTxid?: () => Awaitable<number | undefined>
  readonly entries?: () => AsyncIterable<readonly [StateKey, V]> | Iterable<readonly [StateKey, V]>
  readonly #backing: BackingMap<any>
  readonly #store: BackingMap<any>
  readonly #rules: Rules<V, R>
  readonly #isAtomic: boolean
  #txid: number | null = null
  /** What this transaction has made so far. */
  #pending = new Map<StateKey, R | undefined>()
  #journal: Journal | undefined
  /** False until it was read, and after a commit that may have written it or not. */
  #isJournalKnown: boolean
  /** Keys whose last record says that they have no value. It is needed as long as that transaction can be replayed. */
  #emptied = new Set<StateKey>()

  /** @param store what is behind `backing`, where that is a cache */
  constructor(backing: BackingMap<any>, rules: Rules<V, R>, store: BackingMap<any> = backing) {
    this.#backing = backing
    this.#store = store
    this.#rules = rules
    this.#isAtomic = backing.isAtomic === true
    this.#isJournalKnown = rules.journal === 'nothing'
    if (backing.entries !== undefined) this.entries = () => this.#entries()
    if (rules.journal !== 'nothing') this.lastTxid = () => andThen(this.#loadJournal(), (journal) => journal?.txid)
  }

  beginCommit(txid: number | null): Awaitable<void> {
    this.#reset()
    if (txid === null) return
    return andThen(this.#loadJournal(), (journal) => {
      if (journal !== undefined && journal.txid > txid) throw txidBehind(txid, journal.txid)
      if (journal?.txid === txid && journal.keys === undefined && this.#rules.takenBack !== undefined)
        throw notTakenBack(txid)
      this.#txid = txid
    })
  }

  multiGet(keys: readonly StateKey[]): Awaitable<(V | undefined)[]> {
    const pending = this.#pending
    const rules = this.#rules
    const txid = this.#txid
    const missing = pending.size === 0 ? keys : keys.filter((key) => !pending.has(key))
    return andThen(this.#backing.multiGet(missing), (stored: readonly (R | undefined)[]) => {
      let next = 0
      return keys.map((key) => {
        if (pending.size === 0 || !pending.has(key)) return copyOf(rules.before(present(stored[next++]), txid))
        const record = pending.get(key)
        return record === undefined ? undefined : copyOf(rules.current(record))
      })
    })
  }

  multiUpdate(keys: readonly StateKey[], updater: ValueUpdater<V>): Awaitable<(V | undefined)[]> {
    const txid = this.#writing()
    const pending = this.#pending
    const missing = pending.size === 0 ? keys : keys.filter((key) => !pending.has(key))
    return andThen(this.#backing.multiGet(missing), (stored: readonly (R | undefined)[]) =>
      missing.length === keys.length
        ? this.#updateStored(txid, keys, stored, updater)
        : this.#updateBoth(txid, keys, stored, updater),
    )
  }

  multiPut(keys: readonly StateKey[], values: readonly (V | undefined)[]): Awaitable<void> {
    return andThen(
      this.multiUpdate(keys, (_, index) => values[index]),
      () => undefined,
    )
  }

  commit(txid: number | null): Awaitable<void> {
    const pending = this.#pending
    if (txid !== null && txid !== this.#txid) {
      throw new TyphoonError('INTERNAL', `commit of transaction ${txid}, but ${this.#txid} has begun`)
    }
    this.#reset()
    if (txid === null) return
    return andThen(this.#vanished(txid, pending), (writes) => {
      for (const [key, record] of pending) {
        writes.keys.push(key)
        writes.records.push(record)
      }
      if (writes.keys.length > 0) return this.#write(txid, pending, writes)
    })
  }

  check(): Awaitable<void> {
    return andThen(this.#store.check?.(), () =>
      andThen(this.#store.multiGet([JOURNAL_KEY]), ([journal]: readonly unknown[]) => {
        const found = (present(journal) as Journal | undefined)?.txid ?? 0
        const written = this.#isJournalKnown ? (this.#journal?.txid ?? 0) : 0
        if (found < written) throw lost(written, found)
      }),
    )
  }

  close(): Awaitable<void> {
    return this.#backing.close?.()
  }

  #reset(): void {
    this.#txid = null
    // A large map that was cleared stays large.
    this.#pending = new Map()
  }

  #writing(): number {
    if (this.#txid !== null) return this.#txid
    throw new TyphoonError('DRPC_WRITES', 'a state can be written within a transaction only', {
      hint: 'a DRPC request may query a state; what it should change must come by a spout',
    })
  }

  /** No key has been updated in this transaction: the common case. */
  #updateStored(
    txid: number,
    keys: readonly StateKey[],
    stored: readonly (R | undefined)[],
    updater: ValueUpdater<V>,
  ): (V | undefined)[] {
    const values: (V | undefined)[] = new Array(keys.length)
    for (let i = 0; i < keys.length; i++) values[i] = this.#first(txid, keys[i]!, present(stored[i]), updater, i)
    return values
  }

  #updateBoth(
    txid: number,
    keys: readonly StateKey[],
    stored: readonly (R | undefined)[],
    updater: ValueUpdater<V>,
  ): (V | undefined)[] {
    const rules = this.#rules
    const pending = this.#pending
    let next = 0
    return keys.map((key, index) => {
      if (!pending.has(key)) return this.#first(txid, key, present(stored[next++]), updater, index)
      const over = pending.get(key)
      const value = updater(over === undefined ? undefined : copyOf(rules.current(over)), index)
      pending.set(key, rules.record(txid, kept(key, value), over))
      return value
    })
  }

  /** The first update of a key in this transaction. */
  #first(txid: number, key: StateKey, stored: R | undefined, updater: ValueUpdater<V>, index: number): V | undefined {
    const rules = this.#rules
    if (stored !== undefined && rules.isDone(stored, txid)) return copyOf(rules.current(stored))
    const value = updater(copyOf(rules.before(stored, txid)), index)
    if (value !== undefined || stored !== undefined)
      this.#pending.set(key, rules.record(txid, kept(key, value), stored))
    return value
  }

  #loadJournal(): Awaitable<Journal | undefined> {
    if (this.#isJournalKnown) return this.#journal
    return andThen(this.#backing.multiGet([JOURNAL_KEY]), ([journal]: readonly unknown[]) => {
      this.#journal = present(journal) as Journal | undefined
      this.#isJournalKnown = true
      return this.#journal
    })
  }

  /** What takes back the keys that an earlier attempt of this transaction wrote, and this one does not have. */
  #vanished(txid: number, pending: ReadonlyMap<StateKey, unknown>): Awaitable<Writes> {
    const journal = this.#journal
    const writes: Writes = { keys: [], records: [] }
    const { takenBack } = this.#rules
    if (takenBack === undefined || journal?.keys === undefined || journal.txid !== txid) return writes
    const gone = journal.keys.filter((key) => !pending.has(key))
    if (gone.length === 0) return writes
    return andThen(this.#backing.multiGet(gone), (stored: readonly any[]) => {
      for (let i = 0; i < gone.length; i++) {
        const record = stored[i]
        // What the earlier attempt did not get as far as writing needs nothing.
        if (record?.txid !== txid) continue
        writes.keys.push(gone[i]!)
        writes.records.push(takenBack(record, txid))
      }
      return writes
    })
  }

  #write(txid: number, pending: ReadonlyMap<StateKey, R | undefined>, writes: Writes): Awaitable<void> {
    const { journal: journals } = this.#rules
    const emptied = this.#journal?.txid === txid ? this.#emptied : this.#removeEmptied(pending, writes)
    this.#emptied = new Set()
    if (journals === 'nothing') return this.#backing.multiPut(writes.keys, writes.records)
    const journal = journals === 'txid' ? { txid } : journalOf(txid, [...pending.keys()], this.#journal)
    this.#isJournalKnown = false
    return andThen(this.#put(journal, writes), () => {
      this.#journal = journal
      this.#isJournalKnown = true
      this.#emptied = this.#stillEmpty(emptied, writes)
    })
  }

  /** The journal first: it must stand before anything that it tells of. */
  #put(journal: Journal, { keys, records }: Writes): Awaitable<void> {
    if (this.#isAtomic || journal.keys === undefined) {
      return this.#backing.multiPut([JOURNAL_KEY, ...keys], [journal, ...records])
    }
    return andThen(this.#backing.multiPut([JOURNAL_KEY], [journal]), () => this.#backing.multiPut(keys, records))
  }

  /** The transaction that emptied them cannot be replayed any more. */
  #removeEmptied(pending: ReadonlyMap<StateKey, unknown>, writes: Writes): Set<StateKey> {
    for (const key of this.#emptied) {
      if (pending.has(key)) continue
      writes.keys.push(key)
      writes.records.push(undefined)
    }
    return new Set()
  }

  /** The keys that are still empty after all that was written: a key that was taken back has its value again. */
  #stillEmpty(emptied: Set<StateKey>, { keys, records }: Writes): Set<StateKey> {
    for (const [index, key] of keys.entries()) {
      const record = records[index] as R | undefined
      if (record !== undefined && this.#rules.current(record) === undefined) emptied.add(key)
      else emptied.delete(key)
    }
    return emptied
  }

  async *#entries(): AsyncIterable<readonly [StateKey, V]> {
    for await (const [key, record] of this.#backing.entries!()) {
      if (key === JOURNAL_KEY) continue
      const value = this.#rules.before(record, null)
      if (value !== undefined) yield [key, copyOf(value)]
    }
  }
}

function notTakenBack(txid: number): TyphoonError {
  return new TyphoonError(
    'STATE_FORMAT',
    `a state that was transactional has written a part of batch ${txid}, and cannot take it back`,
    {
      hint: 'let the batch be committed without topology.trident.dead.letters first; then set it again',
    },
  )
}

function lost(written: number, found: number): TyphoonError {
  const is = found === 0 ? 'nothing of it is stored any more' : `the last one that is stored is ${found}`
  return new TyphoonError('STATE_LOST', `a state was written by transaction ${written}, and ${is}`, {
    hint: 'its store was emptied or put back while the topology ran; put it back as it was last, or begin anew with everything',
  })
}

/** What is kept is never what the user's code has in its hands. @throws CANNOT_ENCODE */
function kept<V>(key: StateKey, value: V): V {
  return typeof value === 'object' && value !== null
    ? copyOf(value, `the value of the key ${JSON.stringify(key)}`)
    : copyOf(value)
}

/** A store may say null where it has nothing. */
function present<T>(stored: T | undefined | null): T | undefined {
  return stored ?? undefined
}
