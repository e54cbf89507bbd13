/**
 * The port that says which of several nimbuses leads: one at a time. Whoever leads has a reign, and the store that is
 * written through it.
 *
 * The law: a write is done or refused by the store itself, by whether the reign still lasts there. So a leader that has
 * lost it without knowing (it was stopped, or cut off) changes nothing, however late it asks.
 */
import type { Area, ClusterReader, ClusterStore } from './cluster-store.ts'

/** A nimbus, as others know it. */
export interface Leader {
  /** The same whenever it begins again, and that of no other nimbus of the cluster. */
  readonly id: string
  /** The URL of its HTTP interface. */
  readonly address: string
  /** The URL by which hosts come to it, and other nimbuses for code; it leads none unless given. */
  readonly hosts?: string | undefined
}

/** From when a nimbus leads until it does no more. */
export interface Reign {
  store(area: Area): ClusterStore
  /**
   * Aborted when it is over, or when that cannot be excluded any more, which is before another one can lead. The reason
   * is a TyphoonError: NOT_LEADER, STORE_RESTORED.
   */
  readonly lost: AbortSignal
  /** Hands over at once: another one may lead when this is fulfilled. Never rejects. */
  resign(): Promise<void>
}

/** Where nimbuses of a cluster meet. */
export interface Leadership {
  /**
   * Waits until this nimbus leads, for as long as another one does or the store does not answer.
   * @param signal gives up
   * @throws SERVICE_IN_USE (rejects) where only one may wait; STORE_REFUSED, STORE_RESTORED; what the signal has as its
   * reason
   */
  campaign(self: Leader, signal: AbortSignal): Promise<Reign>
  /** Who leads, as far as is known. @throws STORE_UNREACHABLE, STORE_REFUSED, STATE_CORRUPT (rejects) */
  leader(): Promise<Leader | undefined>
  /** What a nimbus may see that does not lead. */
  reader(area: Area): ClusterReader
  /** Is called when no reign lasts. */
  close(): Promise<void>
}
