/** Whether blocks (`blocks.ts`) are as they were written. No record is read for it, so it needs no codec. */
import { crc32 } from 'node:zlib'

/** Of the head of a block. */
export const HEAD_BYTES = 16

/** Whether some bytes are whole blocks with so many records in all, and right. Reads no record. */
export function areSound(bytes: Buffer, records: number): boolean {
  let found = 0
  let at = 0
  while (at < bytes.length) {
    const end = endOfBlock(bytes, at)
    if (end === undefined || crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32LE(at)) return false
    found += bytes.readUInt32LE(at + 4)
    at = end
  }
  return found === records
}

/** Where the block ends that begins at `at`; undefined where it does not. */
export function endOfBlock(bytes: Buffer, at: number): number | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined
  const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12)
  return end <= bytes.length ? end : undefined
}
