/**
 * What a state is made of in the files: a chain of segments, the first of which holds everything that was there, and
 * each later one what has changed by then. Two rules keep a chain short, whatever happens to the state:
 *
 *   - it is written whole again when its changes take more bytes than it did, so to restore it takes no more than twice
 *     its size, and what is written over time is no more than some two times what has changed, though all of the state
 *     is in one snapshot;
 *   - small segments at its end are merged into one when there are eight of about one size, so that a state of which
 *     little changes has some dozens of them, and not one for each snapshot.
 */
import { type Segment, segmentBytes } from './manifest.ts'
import { readSegment } from './read-segment.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Below this it is not worth it to write a state whole, bytes. */
const LEAST_BYTES = 256 * 1024
/** So many of one size are merged. */
const MERGED = 8
/** Segments of one size differ by less than this factor; those up to so many bytes count as equally small. */
const STEP = 8
const SMALL_BYTES = 4096
/** Larger ones are not merged, bytes: the first rule counts them. */
const MOST_BYTES = 256 * 1024
/** So many records are read between two pauses. */
const RECORDS_AT_ONCE = 500

/** Whether a state is better written whole than continued. */
export function isWorthWhole([whole, ...changes]: readonly Segment[]): boolean {
  return whole !== undefined && segmentBytes(changes) > Math.max(whole.length, LEAST_BYTES)
}

/** How many segments at the end of a chain are to be merged; 0: none. */
export function toMerge([, ...changes]: readonly Segment[]): number {
  for (let size = SMALL_BYTES; size <= MOST_BYTES; size *= STEP) {
    const reversed = changes.toReversed()
    const larger = reversed.findIndex(({ length }) => length > size)
    const tail = larger === -1 ? reversed : reversed.slice(0, larger)
    const alike = tail.filter(({ length }) => size === SMALL_BYTES || length > size / STEP)
    if (alike.length >= MERGED) return tail.length
  }
  return 0
}

/**
 * What some segments that follow each other say together: the last record of each key.
 * @param pause called now and then; what it returns, if anything, is waited for
 * @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects)
 */
export async function recordsOf(
  store: SnapshotStore,
  segments: readonly Segment[],
  pause: () => Promise<void> | undefined,
): Promise<Iterable<readonly unknown[]>> {
  const last = new Map<unknown, readonly unknown[]>()
  let count = 0
  for (const segment of segments) {
    for (const record of await readSegment(store, segment)) {
      const [, key] = record
      last.set(key, record)
      if (++count % RECORDS_AT_ONCE === 0) await pause()
    }
  }
  return last.values()
}
