/**
 * How a service comes to lead: at once, where it is the only one that works with its folder; in its turn, where several
 * meet in a store.
 */

import { join } from 'node:path'
import { type KeptText, sharedTokens, tokensIn } from '../../api/kept-tokens.ts'
import { BlobDirectory } from '../../bundle/blobs.ts'
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { LeaderCode } from '../../nimbus/code/offered-code.ts'
import { DirectoryLeadership, leaseFolder } from '../../nimbus/leadership/directory-leadership.ts'
import type { Leader, Reign } from '../../nimbus/leadership/leadership.ts'
import { StandBy } from '../../nimbus/stand-by.ts'
import type { Clock } from '../../util/time/clock.ts'
import { KUBERNETES, leadershipOf, type StoreFlags } from './store-flags.ts'

/** The place of a service among those of its cluster. */
export interface Seat {
  /** Under which its owner's token is kept. */
  readonly owner: string
  /** Who leads, where it is not this one. */
  leader(): Promise<Leader | undefined>
  /** Waits until it leads. @throws what the signal has as its reason, and as `Leadership.campaign` (rejects) */
  take(self: Omit<Leader, 'id'>, signal: AbortSignal): Promise<Reign>
  /** Where tokens are kept while it leads. */
  tokens(reign: Reign): KeptText
  /** Is called when it does not lead any more. */
  close(): Promise<void>
}

/** That of the only service of a folder. @throws SERVICE_IN_USE, STATE_UNAVAILABLE (rejects) */
export async function onlySeat(directory: string): Promise<Seat> {
  const leadership = new DirectoryLeadership(directory)
  const reign = await leadership.campaign({ id: 'only', address: '' }, new AbortController().signal)
  return {
    owner: 'owner',
    leader: async () => undefined,
    take: async () => reign,
    tokens: () => tokensIn(directory),
    close: () => reign.resign(),
  }
}

/** What is needed of a nimbus that shares a store. */
export interface SharedOptions {
  readonly directory: string
  readonly flags: StoreFlags & { readonly store: string }
  readonly clock: Clock
  /** That of the nimbus that leads. */
  readonly code: LeaderCode
  onTrouble(problem: Problem): void
}

/** That of one of several. @throws USAGE, BAD_CONFIG, SERVICE_IN_USE, STATE_UNAVAILABLE, STATE_CORRUPT (rejects) */
export async function sharedSeat({ directory, flags, clock, code, onTrouble }: SharedOptions): Promise<Seat> {
  const lease = await leaseFolder(directory, (problem) => onTrouble(toProblem(problem)))
  const leadership = await leadershipOf(flags, directory, clock, onTrouble)
  const blobs = new BlobDirectory(join(directory, 'blobs'))
  const standBy = new StandBy({
    ...{ leadership, blobs, clock, code, onTrouble },
    // There the folder may be that of a volume which all pods reach.
    sharesBlobs: flags.store === KUBERNETES,
  })
  let reign: Reign | undefined
  return {
    owner: `owner@${flags.name}`.slice(0, 100),
    leader: () => standBy.leader(),
    async take(self, signal) {
      reign = await standBy.campaign({ id: flags.name, ...self }, signal)
      return reign
    },
    tokens: (held) => sharedTokens(held.store('tokens')),
    async close() {
      await reign?.resign()
      await leadership.close()
      await lease.close()
    },
  }
}
