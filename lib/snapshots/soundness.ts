/** Whether blocks (`blocks.ts`) are as they were written. No record is read for it, so it needs no codec. */
import { crc32 } from 'node:zlib'

/** Of the values of one block, and of its text; so of one record. */
export const MAX_BLOCK_BYTES = 2 ** 28

/** Of the head of a block. */
export const HEAD_BYTES = 16

/** Whole blocks that some bytes begin with. */
export interface WholeBlocks {
  /** Where the last of them ends. */
  readonly end: number
  /** How many there are in all of them. */
  readonly records: number
}

/** The whole blocks that some bytes begin with; undefined where one of them is damaged. Reads no record. */
export function wholeBlocks(bytes: Buffer): WholeBlocks | undefined {
  let records = 0
  let at = 0
  for (let end = endOfBlock(bytes, at); end <= bytes.length; end = endOfBlock(bytes, at)) {
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32LE(at)) return undefined
    records += bytes.readUInt32LE(at + 4)
    at = end
  }
  return { end: at, records }
}

/** Where the block ends that begins at `at`, perhaps beyond the bytes; Infinity where its head does. */
export function endOfBlock(bytes: Buffer, at: number): number {
  if (at + HEAD_BYTES > bytes.length) return Number.POSITIVE_INFINITY
  return at + HEAD_BYTES + bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12)
}
