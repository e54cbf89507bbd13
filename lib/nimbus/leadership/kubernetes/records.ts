/**
 * What a leader keeps in Kubernetes, in one reign. The law: a change is done by replacing the index, and only over the
 * one that was read or written in this reign. A new reign begins by replacing it, too. So whatever an earlier leader
 * sends after that finds another index than it knows, and is refused by the API server, however late it comes.
 *
 * What Kubernetes cannot do is change two objects at once: so values are written before the index refers to them, and
 * removed after it does no more. A leader that dies between the two leaves parts behind that nobody refers to; a later
 * one removes them, of reigns before its own alone, for only those can never be referred to again.
 */
import { TyphoonError } from '../../../errors/typhoon-error.ts'
import type { Area, ClusterStore, Entry } from '../cluster-store.ts'
import { notLeader } from '../not-leader.ts'
import { busy } from '../store-errors.ts'
import { entryOf, type IndexDocument, type IndexEntry, type KnownIndex, type RecordIndex } from './record-index.ts'
import type { RecordParts } from './record-parts.ts'
import { RecordReader, storeError } from './record-reader.ts'

/** A reign, as what is kept sees it. */
export interface ReignPorts {
  readonly number: number
  /** @throws NOT_LEADER and other reasons where it is over */
  check(): void
  /** It is over. */
  lose(reason: TyphoonError): void
}

/** What one reign keeps. */
export class Records {
  readonly #index: RecordIndex
  readonly #parts: RecordParts
  readonly #reign: ReignPorts
  /** Undefined where a write has had no answer: it must be read. */
  #known: KnownIndex | undefined
  /** As it was known last. */
  #serial = 0
  /** Changes are made one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(index: RecordIndex, parts: RecordParts, reign: ReignPorts) {
    this.#index = index
    this.#parts = parts
    this.#reign = reign
  }

  /**
   * Writes into the index that this reign has begun.
   * @returns whether it has; otherwise a later one was faster
   * @throws STORE_NEWER, STATE_CORRUPT, KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects)
   */
  async begin(): Promise<boolean> {
    for (;;) {
      const found = await this.#index.read()
      this.#reign.check()
      if (found.reign >= this.#reign.number) return false
      const written = await this.#index.write(found, this.#next(found, found.entries))
      if (written === undefined) continue
      this.#learn(written)
      return true
    }
  }

  /** Removes what earlier reigns have left behind. Never rejects: the next reign tries it again. */
  async tidy(): Promise<void> {
    try {
      const referred = new Set((await this.#current()).entries.flatMap(({ parts }) => parts))
      await this.#parts.remove(await this.#parts.leftBehind(this.#reign.number, (name) => referred.has(name)))
    } catch {
      // They take some room, and are in nobody's way.
    }
  }

  store(area: Area): ClusterStore {
    const reader = new RecordReader(area, this.#index, this.#parts)
    return {
      get: (key): Promise<Entry | undefined> => reader.get(key),
      keys: () => reader.keys(),
      put: (key, value, expected) =>
        this.#inTurn(async () => {
          const before = await this.#expect(area, key, expected)
          const written = await this.#parts.write(key, value, this.#reign.number)
          return this.#change(area, key, before, (version) => ({ area, key, version, ...written }))
        }),
      remove: (key, expected) =>
        this.#inTurn(async () => {
          const before = await this.#expect(area, key, expected)
          if (before === undefined) throw busy(key)
          await this.#change(area, key, before, () => undefined)
        }),
    }
  }

  /** Is fulfilled when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#last.catch(() => {})
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last
      .catch(() => {})
      .then(() => {
        this.#reign.check()
        return change()
      })
      .catch((error: unknown) => {
        throw storeError(error)
      })
    this.#last = done
    return done
  }

  async #expect(area: Area, key: string, expected: number): Promise<IndexEntry | undefined> {
    const entry = entryOf(await this.#current(), area, key)
    if ((entry?.version ?? 0) !== expected) throw busy(key)
    return entry
  }

  /** @returns the new version */
  async #change(
    area: Area,
    key: string,
    before: IndexEntry | undefined,
    entry: (version: number) => IndexEntry | undefined,
  ): Promise<number> {
    for (;;) {
      const known = await this.#current()
      // Somebody may have touched the index, a person with kubectl or an answer that got lost; this key is as it was.
      if (entryOf(known, area, key)?.version !== before?.version) throw busy(key)
      const added = entry(known.serial + 1)
      const others = known.entries.filter((one) => one.area !== area || one.key !== key)
      this.#reign.check()
      this.#known = undefined
      const next = this.#next(known, added === undefined ? others : [...others, added])
      const written = await this.#index.write(known, next)
      if (written === undefined) continue
      this.#learn(written)
      if (before !== undefined) await this.#parts.remove(before.parts).catch(() => {})
      return next.serial
    }
  }

  #next({ serial }: IndexDocument, entries: readonly IndexEntry[]): IndexDocument {
    return { reign: this.#reign.number, serial: serial + 1, entries }
  }

  /** The index, where it is still that of this reign. @throws NOT_LEADER, STORE_RESTORED (rejects) */
  async #current(): Promise<KnownIndex> {
    if (this.#known !== undefined) return this.#known
    const found = await this.#index.read()
    this.#reign.check()
    if (found.reign > this.#reign.number) throw this.#lost(notLeader('another one has begun to'))
    if (found.reign < this.#reign.number || found.serial < this.#serial) throw this.#lost(restored())
    this.#learn(found)
    return found
  }

  #learn(index: KnownIndex): void {
    this.#known = index
    this.#serial = index.serial
  }

  #lost(reason: TyphoonError): TyphoonError {
    this.#reign.lose(reason)
    return reason
  }
}

/** What is kept is older than what this nimbus has seen already. */
export function restored(): TyphoonError {
  return new TyphoonError('STORE_RESTORED', 'what Kubernetes keeps is older than what this nimbus has seen there', {
    hint: 'it was restored from a backup, or removed: look at what is there, and then start the nimbuses again',
  })
}
