/**
 * The bases of the states of a worker in a store of its own, below `<state dir>/<topology>/work`. It is made anew each
 * time: what lasts is in the snapshots. So nothing waits for the disk.
 */
import { rmSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isLong } from '../../store/format/keys.ts'
import { openStore, type Store } from '../../store/store.ts'
import { topologyDirectory } from '../../store/topology-directory.ts'
import type { MapKey } from '../../values/own-key.ts'
import type { Change } from '../memory-state.ts'
import type { Based, StateBase, StateBases } from '../state-base.ts'
import { BASED_RECORDS, BasedRecord } from './based-record.ts'

/** Whose bases they are. */
export interface BasesOwner {
  /** `topology.state.dir` */
  readonly root: string
  readonly topology: string
  readonly worker: number
  /** Another one each time that the worker is started. */
  readonly name: string
}

/** Removes what the worker has left behind before. @throws STATE_UNAVAILABLE (rejects) */
export async function openLmdbBases({ root, topology, worker, name }: BasesOwner): Promise<StateBases> {
  const parent = join(topologyDirectory(resolve(root), topology), 'work')
  for (const old of await readdir(parent).catch(() => []))
    if (old.startsWith(`${worker}.`)) await rm(join(parent, old), { recursive: true, force: true }).catch(() => {})
  const directory = join(parent, `${worker}.${name}`)
  const store = openStore(directory, { sync: 'none', records: BASED_RECORDS })
  return {
    of: (task, state) => new LmdbBase(store, `${task} ${JSON.stringify(state)} `),
    async close() {
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

class LmdbBase implements StateBase {
  readonly #store: Store
  readonly #prefix: string

  /** @param prefix of its keys; no other base has one that begins so */
  constructor(store: Store, prefix: string) {
    this.#store = store
    this.#prefix = prefix
  }

  get(key: MapKey): Based | undefined {
    return this.#store.get(this.#keyOf(key)) as BasedRecord | undefined
  }

  write(changes: readonly Change[]): void {
    this.#store.transaction((writer) => {
      for (const change of changes) {
        const [group, key, value] = change
        if (change.length > 2) writer.put(this.#keyOf(key), new BasedRecord(group, value))
        else writer.remove(this.#keyOf(key))
      }
    })
  }

  /** In pieces: whoever reads may take long, and as long as LMDB is read from it frees nothing. */
  *entries(): Iterable<readonly [MapKey, Based]> {
    for (let after: string | undefined, isOver = false; !isOver; ) {
      const piece = this.#piece(after)
      isOver = piece.length < READ_AT_ONCE || isLong(piece.at(-1)![0])
      after = piece.at(-1)?.[0]
      for (const [key, based] of piece) yield [this.#mapKeyOf(key), based as BasedRecord]
    }
  }

  /** What follows on a key; with the first long key come all of them. */
  #piece(after: string | undefined): (readonly [string, unknown])[] {
    const piece: (readonly [string, unknown])[] = []
    for (const entry of this.#store.range(this.#prefix, after)) {
      piece.push(entry)
      if (piece.length >= READ_AT_ONCE && !isLong(entry[0])) break
    }
    return piece
  }

  #mapKeyOf(key: string): MapKey {
    const text = key.slice(this.#prefix.length + 1)
    return key[this.#prefix.length] === NUMBER ? Number(text) : text
  }

  #keyOf(key: MapKey): string {
    return typeof key === 'number' ? `${this.#prefix}${NUMBER}${key}` : `${this.#prefix}${TEXT}${key}`
  }
}

const READ_AT_ONCE = 1000
const NUMBER = 'n'
const TEXT = 't'
