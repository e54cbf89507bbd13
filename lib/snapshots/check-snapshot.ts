/** Whether all that a snapshot is made of is there and sound. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { type Manifest, type Segment, segmentsOf } from './manifest.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import { endOfBlock, MAX_BLOCK_BYTES, wholeBlocks } from './soundness.ts'

/** So much is read at once; one block may be larger. */
const PIECE_BYTES = 16 * 1024 * 1024
/** Bytes: a head and two sections, with room to spare. What says that it is longer was damaged. */
const LONGEST_BLOCK = 3 * MAX_BLOCK_BYTES

/** @throws STATE_CORRUPT where something is damaged; STATE_UNAVAILABLE (rejects) */
export async function checkSnapshot(store: SnapshotStore, manifest: Manifest): Promise<void> {
  for (const segment of segmentsOf(manifest)) for await (const _ of soundPieces(store, segment));
}

/**
 * The bytes of a segment, in pieces of whole blocks. Each is checked before it comes; that there are as many records as
 * there should be shows only after the last one.
 * @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects)
 */
export async function* soundPieces(store: SnapshotStore, segment: Segment): AsyncIterable<Buffer> {
  const { file, offset, length, records } = segment
  let found = 0
  for (let at = 0, atOnce = PIECE_BYTES; at < length; ) {
    const read = await store.read(file, offset + at, Math.min(atOnce, length - at))
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength)
    const whole = wholeBlocks(bytes)
    if (whole === undefined) throw damaged(segment)
    if (whole.end > 0) {
      yield bytes.subarray(0, whole.end)
      found += whole.records
      at += whole.end
      atOnce = PIECE_BYTES
      continue
    }
    // The first block is larger than a piece: it is read by itself.
    atOnce = endOfBlock(bytes, 0)
    if (atOnce > Math.min(length - at, LONGEST_BLOCK)) throw damaged(segment)
  }
  if (found !== records) throw damaged(segment)
}

function damaged({ file, offset, length }: Segment): TyphoonError {
  const message = `the part ${file} of a snapshot was damaged, between byte ${offset} and byte ${offset + length}`
  return new TyphoonError('STATE_CORRUPT', message, { where: { file, offset } })
}
