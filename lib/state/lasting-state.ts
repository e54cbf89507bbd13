/** A state of which snapshots are taken: what `MemoryState` promises, wherever its values are. */
import type { KeyValueState } from '../topology/component/state.ts'
import type { FormWatch } from './form-watch.ts'
import type { Group } from './group.ts'
import type { Capture, Change, MemoryState } from './memory-state.ts'

export interface LastingState<K = any, V = any> extends KeyValueState<K, V>, Pick<MemoryState<K, V>, Kept> {
  formWatch: FormWatch | undefined
  capture(whole?: boolean): Capture
  restore(changes: Iterable<Change>, isOwn?: boolean): void
  groupOf(key: K): Group | undefined
}

type Kept = 'keep' | 'undo' | 'aside' | 'abandon'
