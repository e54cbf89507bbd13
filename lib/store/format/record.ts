/**
 * What stands under a key of the store: a checksum of the key and of all that follows, and the value; before the value
 * the key where that is too long for LMDB. LMDB has no checksums, so a byte that the disk changed would be a wrong
 * count.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { isLong } from './keys.ts'
import type { RecordKind } from './store-options.ts'
import { ValueReader, ValueWriter } from './value-codec.ts'

const CHECKSUM_BYTES = 4
const PRIME = 0x01000193
/** A scratch buffer beyond this is not kept. */
const KEPT_BYTES = 4_194_304

/** Makes records; each is valid until the next one. */
export class RecordWriter {
  readonly #kinds: readonly RecordKind[]
  #values: ValueWriter

  constructor(kinds: readonly RecordKind[]) {
    this.#kinds = kinds
    this.#values = new ValueWriter(kinds)
  }

  /** @throws CANNOT_ENCODE */
  write(key: string, value: unknown): Buffer {
    if (this.#values.buffer.length > KEPT_BYTES) this.#values = new ValueWriter(this.#kinds)
    const values = this.#values
    values.length = CHECKSUM_BYTES
    if (isLong(key)) values.write(key)
    values.write(value)
    const { buffer, length } = values
    buffer.writeInt32LE(checksum(key, buffer, CHECKSUM_BYTES, length), 0)
    return buffer.subarray(0, length)
  }
}

/** Reads records, and believes none without its checksum. */
export class RecordReader {
  readonly #file: string
  readonly #values: ValueReader

  /** @param file where they stand, for errors */
  constructor(file: string, kinds: readonly RecordKind[]) {
    this.#file = file
    this.#values = new ValueReader(kinds)
  }

  /** The value under a key. @throws STATE_CORRUPT */
  read(key: string, bytes: Uint8Array): unknown {
    const { length } = bytes
    if (!isIntact(key, bytes, length)) throw corrupt(this.#file, `the record of ${shown(key)} was changed`)
    const values = this.#values.open(bytes, CHECKSUM_BYTES, length)
    if (isLong(key) && values.next() !== key) throw corrupt(this.#file, `two keys have one record: ${shown(key)}`)
    return values.last()
  }

  /** The key and the value of a record that holds its key. @throws STATE_CORRUPT */
  readLong(bytes: Uint8Array): readonly [string, unknown] {
    const key = keyOfRecord(bytes)
    if (key === undefined) throw corrupt(this.#file, 'a record with a long key was changed')
    return [key, this.read(key, bytes)]
  }
}

/** The key that stands in the record of a long one; undefined where there is none. */
export function keyOfRecord(bytes: Uint8Array): string | undefined {
  try {
    const key = new ValueReader([]).open(bytes, CHECKSUM_BYTES, bytes.length).next()
    return typeof key === 'string' ? key : undefined
  } catch {
    return undefined
  }
}

/** Whether the checksum is that of the key and the record. */
export function isIntact(key: string, bytes: Uint8Array, length: number): boolean {
  if (length <= CHECKSUM_BYTES) return false
  const stored = bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24) | 0
  return stored === checksum(key, bytes, CHECKSUM_BYTES, length)
}

/**
 * FNV-1a over the code units and the bytes: a step is a bijection, so that no change of a single one goes unseen. Hot.
 */
function checksum(key: string, bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), PRIME)
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), PRIME)
  return hash ^ (hash >>> 15)
}

/** The error of a store whose bytes are not those that were written. */
export function corrupt(file: string, what: string): TyphoonError {
  return new TyphoonError('STATE_CORRUPT', `${file} is damaged: ${what}`, {
    where: { file },
    hint:
      'put back a copy of the whole directory of the topology that was made while it did not run; ' +
      'without one, delete that directory, and the topology begins anew',
  })
}

function shown(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key)
}
