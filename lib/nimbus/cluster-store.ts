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

/** Keys are texts without limits on their characters. */
export interface ClusterStore {
  /** @throws STATE_CORRUPT (rejects) */
  get(key: string): Promise<Entry | undefined>
  /** All keys under which something stands, in no order. */
  keys(): Promise<readonly string[]>
  /**
   * It lasts when this is fulfilled.
   * @param expected the version that was read; 0: there was none
   * @returns the new version
   * @throws TOPOLOGY_BUSY (rejects) where somebody else has changed it meanwhile
   */
  put(key: string, value: unknown, expected: number): Promise<number>
  /** @throws TOPOLOGY_BUSY (rejects), as `put` */
  remove(key: string, expected: number): Promise<void>
}
