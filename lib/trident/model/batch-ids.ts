/** How batches and their attempts are numbered. */

/** Attempts of one epoch; those of a later epoch are greater. */
const EPOCH = 2 ** 20

/** The first attempt of an epoch: see `Metadata`. */
export function firstAttempt(epoch: number): number {
  return epoch * EPOCH
}

/** The attempt as people count it: from 1 up since the coordinator began. */
export function humanAttempt(attempt: number): number {
  return (attempt % EPOCH) + 1
}
