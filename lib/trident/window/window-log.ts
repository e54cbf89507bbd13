/**
 * What a partition of windows keeps: a head, and the chunks of rows. The promise: after each transaction of the store
 * it holds the windows after the transaction `head.txid` and, for it may come again, what is needed for the windows
 * before it.
 *
 * To go back costs nothing in advance: chunks have ascending numbers, so those that the last transaction added are
 * known by `before.nextChunk`; and chunks that it let go are deleted by the next one only. Chunks that were taken back
 * are written over in time, and not seen until then.
 */
import { TyphoonError } from '../../index.ts'
import type { Store } from '../../store/store.ts'
import { type Change, type Chunk, type Position, START } from './windows.ts'

interface Head {
  readonly txid: number
  readonly position: Position
  /** The position before the transaction. */
  readonly before: Position
  /** Chunks that the transaction let go. They are still there. */
  readonly expired: readonly number[]
}

/** Windows as they were when a transaction began. */
export interface Snapshot {
  readonly position: Position
  /** The chunks in ascending order of their numbers. */
  readonly chunks: Iterable<readonly [number: number, chunk: Chunk]>
}

const HEAD = 'head'
const CHUNK = 'chunk/'
const DIGITS = 11
const RADIX = 36
const FIRST: Head = { txid: 0, position: START, before: START, expired: [] }

export class WindowLog {
  readonly #store: Store
  /** Which windows these are, and where, for errors. */
  readonly #where: string
  /** Undefined where a transaction has thrown: it can have been written all the same. */
  #known: Head | undefined

  /** @throws STATE_CORRUPT */
  constructor(store: Store, where: string) {
    this.#store = store
    this.#where = where
    this.#known = this.#readHead()
  }

  /** The last transaction that was written, 0 where there is none. A batch that changed nothing is not written. */
  get txid(): number {
    return this.#head.txid
  }

  /**
   * The windows before the transaction `txid`, which is the last one that was written or a later one. @throws
   * STATE_CORRUPT
   */
  before(txid: number): Snapshot {
    const again = txid === this.#head.txid
    const position = again ? this.#head.before : this.#head.position
    return { position, chunks: this.#chunks(position.nextChunk, again ? [] : this.#head.expired) }
  }

  /** Writes what the transaction did to the windows before it. Where it throws, all was written or nothing. */
  write(txid: number, { position, added, expired }: Change): void {
    const old = this.#head
    const again = txid === old.txid
    const head: Head = { txid, position, before: again ? old.before : old.position, expired }
    this.#known = undefined
    this.#store.transaction((transaction) => {
      if (!again) for (const number of old.expired) transaction.remove(keyOfChunk(number))
      for (const [number, chunk] of added) transaction.put(keyOfChunk(number), chunk)
      transaction.put(HEAD, head)
    })
    this.#known = head
  }

  /** @throws STATE_LOST */
  check(): void {
    this.#store.check()
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  *#chunks(end: number, without: readonly number[]): Iterable<readonly [number, Chunk]> {
    const dead = new Set(without)
    for (const [key, value] of this.#store.range(CHUNK)) {
      const number = Number.parseInt(key.slice(CHUNK.length), RADIX)
      if (number >= end || dead.has(number)) continue
      if (!isChunk(value)) throw this.#corrupt(key)
      yield [number, value]
    }
  }

  get #head(): Head {
    this.#known ??= this.#readHead()
    return this.#known
  }

  #readHead(): Head {
    const head = this.#store.get(HEAD)
    if (head === undefined) return FIRST
    if (!isHead(head)) throw this.#corrupt(HEAD)
    return head
  }

  #corrupt(key: string): TyphoonError {
    return new TyphoonError('STATE_CORRUPT', `the record "${key}" of ${this.#where} is not what was written`, {
      hint: 'restore its folder from a copy, or delete it and begin with empty windows',
    })
  }
}

/** Texts that sort as the numbers do. */
function keyOfChunk(number: number): string {
  return CHUNK + number.toString(RADIX).padStart(DIGITS, '0')
}

function isHead(value: unknown): value is Head {
  const head = value as Head | null
  return (
    typeof head === 'object' &&
    Number.isSafeInteger(head?.txid) &&
    isPosition(head?.position) &&
    isPosition(head?.before) &&
    Array.isArray(head?.expired)
  )
}

function isPosition(value: Position | undefined): boolean {
  return Number.isFinite(value?.time) && Number.isSafeInteger(value?.nextChunk)
}

function isChunk(value: unknown): value is Chunk {
  const chunk = value as Chunk | null
  return Number.isFinite(chunk?.place) && Array.isArray(chunk?.slices) && chunk.slices.every(isSlice)
}

function isSlice(value: unknown): boolean {
  const slice = value as { group?: unknown; rows?: unknown } | null
  return Array.isArray(slice?.group) && Array.isArray(slice?.rows) && slice.rows.every(Array.isArray)
}
