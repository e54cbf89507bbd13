/** What a segment holds, and whether it is sound. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { areSound, recordsIn } from './blocks.ts'
import { type Manifest, type Segment, segmentsOf } from './manifest.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** The records of a segment. All of it was checked before. @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects) */
export async function readSegment(store: SnapshotStore, segment: Segment): Promise<Iterable<unknown[]>> {
  return recordsIn(await soundBytes(store, segment))
}

/**
 * Reads all that a snapshot is made of. @throws STATE_CORRUPT where something is damaged; STATE_UNAVAILABLE (rejects)
 */
export async function checkSnapshot(store: SnapshotStore, manifest: Manifest): Promise<void> {
  for (const segment of segmentsOf(manifest)) await soundBytes(store, segment)
}

async function soundBytes(store: SnapshotStore, { file, offset, length, records }: Segment): Promise<Buffer> {
  const bytes = await store.read(file, offset, length)
  if (areSound(bytes, records)) return bytes
  const message = `the part ${file} of a snapshot was damaged, between byte ${offset} and byte ${offset + length}`
  throw new TyphoonError('STATE_CORRUPT', message, { where: { file, offset } })
}
