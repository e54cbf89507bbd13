/**
 * The port through which a service keeps what must outlast it: which topologies there are, and what became of them. It
 * holds kilobytes, never a tuple and never state. Whoever writes says which version it has read, so that of two who
 * change the same thing one learns of the other.
 */

/** What stands under a key. */
export interface Entry {
  /** Plain JSON. */
  readonly value: unknown
  /** Grows with each change of it. */
  readonly version: number
}

/** Kinds of what is kept, each with keys of its own. */
export type Area = 'topologies' | 'tokens' | 'requests' | 'hosts'

/** What anybody may do. Keys are well-formed texts of any characters, with at most 80 of them. */
export interface ClusterReader {
  /** @throws STATE_CORRUPT, STATE_UNAVAILABLE, and where it is elsewhere STORE_UNREACHABLE, STORE_REFUSED (rejects) */
  get(key: string): Promise<Entry | undefined>
  /** All keys under which something stands, in no order. @throws as `get` (rejects) */
  keys(): Promise<readonly string[]>
}

/** What only whoever leads may do: nothing is written for a leader that has lost its lease. */
export interface ClusterStore extends ClusterReader {
  /**
   * It lasts when this is fulfilled.
   * @param expected the version that was read; 0: there was none
   * @returns the new version
   * @throws TOPOLOGY_BUSY (rejects) where somebody else has changed it meanwhile; NOT_LEADER; RECORD_TOO_LARGE;
   * STORE_UNREACHABLE: then it may be written or not, and what is put next finds out
   */
  put(key: string, value: unknown, expected: number): Promise<number>
  /** @throws TOPOLOGY_BUSY, NOT_LEADER, STORE_UNREACHABLE (rejects), as `put` */
  remove(key: string, expected: number): Promise<void>
}
