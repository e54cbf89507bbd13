/** Which profile of a worker is wanted. */
import type { ProfileWanted } from '../daemon/profiles.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { ProfileKind } from '../messaging/profiles.ts'
import type { WorkerId } from '../tuple/ids.ts'

/** A profile of a worker. */
export interface ProfileOptions {
  /** `cpu`: where it spends its time; `heap`: what it holds in memory, for which it stands still a while. */
  readonly kind: ProfileKind
  /** For so long it is looked at, 1 to 60; 10 unless given. A heap has a moment alone. */
  readonly seconds?: number | undefined
}

const SECONDS = 10
const MOST_SECONDS = 60

/** @throws BAD_ARGUMENT, PROFILE_FAILED where there is no such worker */
export function profileWanted(
  worker: WorkerId,
  workers: readonly WorkerId[],
  { kind, seconds = SECONDS }: ProfileOptions,
): ProfileWanted {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MOST_SECONDS)
    throw new TyphoonError(
      'BAD_ARGUMENT',
      `seconds is ${seconds}, and must be a whole number from 1 to ${MOST_SECONDS}`,
      {
        where: { key: 'seconds' },
      },
    )
  if (!workers.includes(worker))
    throw new TyphoonError('PROFILE_FAILED', `the topology has no worker ${worker}`, {
      where: { worker },
      hint: `its workers are 1 to ${workers.length}`,
    })
  return { kind, ms: seconds * 1000 }
}
