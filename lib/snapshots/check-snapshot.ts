/** Whether all that a snapshot is made of is there and sound. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { type Manifest, type Segment, segmentsOf } from './manifest.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import { areSound } from './soundness.ts'

/** @throws STATE_CORRUPT where something is damaged; STATE_UNAVAILABLE (rejects) */
export async function checkSnapshot(store: SnapshotStore, manifest: Manifest): Promise<void> {
  for (const segment of segmentsOf(manifest)) await soundBytes(store, segment)
}

/** The bytes of a segment. @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects) */
export async function soundBytes(store: SnapshotStore, { file, offset, length, records }: Segment): Promise<Buffer> {
  const read = await store.read(file, offset, length)
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength)
  if (areSound(bytes, records)) return bytes
  const message = `the part ${file} of a snapshot was damaged, between byte ${offset} and byte ${offset + length}`
  throw new TyphoonError('STATE_CORRUPT', message, { where: { file, offset } })
}
