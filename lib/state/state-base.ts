/**
 * Where the values of a state are that do not fit into memory: a port. What it holds is of no worth after its worker: a
 * run that goes on writes it anew, from a snapshot.
 */

import type { MapKey } from '../values/own-key.ts'
import type { Group } from './group.ts'
import type { Change } from './memory-state.ts'

/** A value, and what it goes with. */
export interface Based {
  readonly group: Group
  readonly value: unknown
}

/** The values of one state of one task. */
export interface StateBase {
  /** The value is the caller's own. @throws STATE_CORRUPT */
  get(key: MapKey): Based | undefined
  /** All of it, or none where it throws. @throws STATE_UNAVAILABLE */
  write(changes: readonly Change[]): void
  /** All that has a value; nothing is written before the last one is read. */
  entries(): Iterable<readonly [MapKey, Based]>
}

/** The bases of the states of a worker. */
export interface StateBases {
  of(task: number, state: string): StateBase
  /** Nothing is asked of them any more. */
  close(): Promise<void>
}
