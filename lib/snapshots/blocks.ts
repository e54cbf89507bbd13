/**
 * The bytes of a part of a snapshot: blocks, one after the other. A block has a head of 16 bytes, then records, each a
 * list of values as the wire carries them (`codec/format.ts`):
 *
 *     head    uint32 × 4: CRC-32 of all that follows in the block, records, bytes of values, bytes of text
 *
 * The law: what was damaged is found before any of it is taken: a block is checked whole before its first record is
 * read.
 */
import { crc32 } from 'node:zlib'
import { ValueReader } from '../codec/value-reader.ts'
import { ValueWriter } from '../codec/value-writer.ts'
import { endOfBlock, HEAD_BYTES, MAX_BLOCK_BYTES } from './soundness.ts'

/** A block is closed when it has so many bytes; one record may be larger. */
const BLOCK_BYTES = 64 * 1024

/** What stands in a block. */
export interface Block {
  readonly bytes: Buffer
  readonly records: number
}

/** Gathers records into blocks. Keeps no reference to what was added. */
export class BlockWriter {
  readonly #values = new ValueWriter(MAX_BLOCK_BYTES)
  #records = 0

  /** Whether the open block is to be taken. */
  get isFull(): boolean {
    return this.#values.end + this.#values.textEnd >= BLOCK_BYTES
  }

  /** @throws Unencodable, TUPLE_TOO_LARGE; then nothing was added */
  add(record: readonly unknown[]): void {
    const { end, textEnd } = this.#values
    try {
      this.#values.varint(record.length)
      for (let i = 0; i < record.length; i++) this.#values.value(record[i], 0)
    } catch (error) {
      this.#values.end = end
      this.#values.textEnd = textEnd
      throw error
    }
    this.#records++
  }

  /** The open block; undefined where nothing was added. */
  take(): Block | undefined {
    const { end, textEnd } = this.#values
    const records = this.#records
    if (records === 0) return undefined
    const bytes = Buffer.allocUnsafeSlow(HEAD_BYTES + end + textEnd)
    bytes.writeUInt32LE(records, 4)
    bytes.writeUInt32LE(end, 8)
    bytes.writeUInt32LE(textEnd, 12)
    bytes.set(this.#values.bytes.subarray(0, end), HEAD_BYTES)
    bytes.set(this.#values.text.subarray(0, textEnd), HEAD_BYTES + end)
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0)
    this.#values.reset()
    this.#records = 0
    return { bytes, records }
  }
}

/** The records of pieces that are sound: whole blocks each. */
export function* recordsIn(pieces: readonly Buffer[]): Iterable<unknown[]> {
  for (const bytes of pieces)
    for (let at = 0; at < bytes.length; ) {
      const end = endOfBlock(bytes, at)
      const valuesAt = at + HEAD_BYTES
      const reader = new ValueReader(bytes.subarray(0, end), valuesAt, valuesAt + bytes.readUInt32LE(at + 8))
      for (let left = bytes.readUInt32LE(at + 4); left > 0; left--) yield reader.values()
      reader.finish()
      at = end
    }
}
