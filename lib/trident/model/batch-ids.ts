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

/** What separates the id of a request from the number of its attempt. */
const MARK = '#'

/**
 * The batch of a DRPC request. A request may be given again while an earlier attempt is still under way, so both make
 * its id.
 */
export function requestBatchId({ id, attempt }: { readonly id: string; readonly attempt: number }): string {
  return `${id}${MARK}${attempt}`
}

/** The request that a batch belongs to. */
export function requestOf(batchId: unknown): string {
  const id = String(batchId)
  return id.slice(0, id.lastIndexOf(MARK))
}
