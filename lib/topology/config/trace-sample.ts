/**
 * Which roots are followed with all of their tuples: those whose low half has all of the bits of a mask, a part of
 * all that is a power of two.
 */
const MOST_BITS = 16

/** The mask by which the least roots are followed: few by chance, and those that are wanted. */
export const LEAST_MASK = 2 ** MOST_BITS - 1

/** The mask for a part of the roots, rounded to a power of two; null: none is followed. */
export function maskOf(sample: number): number | null {
  if (sample <= 0) return null
  return 2 ** Math.min(MOST_BITS, Math.max(0, Math.round(-Math.log2(sample)))) - 1
}

/** The part of the roots that a mask lets be followed. */
export function sampleOf(mask: number | null): number {
  return mask === null ? 0 : 1 / (mask + 1)
}
