/** What a segment holds. */
import { recordsIn } from './blocks.ts'
import { soundPieces } from './check-snapshot.ts'
import type { Segment } from './manifest.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** The records of a segment. All of it is checked before. @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects) */
export async function readSegment(store: SnapshotStore, segment: Segment): Promise<Iterable<unknown[]>> {
  const pieces: Buffer[] = []
  for await (const piece of soundPieces(store, segment)) pieces.push(piece)
  return recordsIn(pieces)
}
