/** How it is said that a nimbus does not lead. */
import { TyphoonError } from '../../errors/typhoon-error.ts'

/** @param why it does not lead any more, or not yet */
export function notLeader(why: string, cause?: unknown): TyphoonError {
  return new TyphoonError('NOT_LEADER', `this nimbus does not lead: ${why}`, {
    hint: 'nothing was changed; ask the one that leads',
    ...(cause === undefined ? {} : { cause }),
  })
}
