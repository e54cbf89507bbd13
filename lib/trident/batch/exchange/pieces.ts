/** Cuts a list into pieces of which each fits into a frame, whatever the list comes to. */
import { sizeOfRow } from '../segment/row-size.ts'

/** Plain values. */
export type Item = readonly unknown[]

/**
 * The part of a frame that a piece may take, as a divisor: a text can take three times the bytes that are counted for
 * it.
 */
const FRAME_PART = 4

/**
 * One piece at least; an item that is larger than a piece goes alone.
 * @param frameBytes `topology.frame.max.bytes`
 */
export function inPieces<T extends Item>(items: readonly T[], frameBytes: number): T[][] {
  const most = frameBytes / FRAME_PART
  const pieces: T[][] = [[]]
  let bytes = 0
  for (const item of items) {
    const size = sizeOfRow(item)
    if (bytes > 0 && bytes + size > most) {
      pieces.push([])
      bytes = 0
    }
    pieces.at(-1)!.push(item)
    bytes += size
  }
  return pieces
}
