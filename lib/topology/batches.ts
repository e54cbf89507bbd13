/** How a coordinator of batches of Trident is known, by whoever has none of Trident's code loaded: by its streams. */
import type { Topology } from './topology.ts'

/** Coordinator → emitters: emit this attempt. */
export const BATCH_STREAM = 'batch'
/** Coordinator → whatever waits for a commit: write this attempt. */
export const COMMIT_STREAM = 'commit'
/** Coordinator → one emitter: what it must know for the batches to come, see `brief.ts`. */
export const BRIEF_STREAM = 'brief'
/** Coordinator → emitters: this transaction is committed. */
export const SUCCESS_STREAM = 'success'

/** Whether a topology has a coordinator of batches: then its tasks keep what is committed in the folder of states. */
export function hasBatches({ components }: Topology): boolean {
  const own = [BATCH_STREAM, COMMIT_STREAM, BRIEF_STREAM, SUCCESS_STREAM]
  return Object.values(components).some(({ kind, outputs }) => {
    return kind === 'spout' && own.every((stream) => Object.hasOwn(outputs, stream))
  })
}
