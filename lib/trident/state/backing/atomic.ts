/** Whether a `multiPut` is written whole or not at all. */
import type { BackingMap } from '../state.ts'

/** A backing map whose `multiPut` is written whole or not at all says so; then a commit is one call. */
export interface AtomicBackingMap<T = any> extends BackingMap<T> {
  readonly isAtomic: true
}

/** False unless it says so. */
export function isAtomic(backing: BackingMap): boolean {
  return (backing as Partial<AtomicBackingMap>).isAtomic === true
}
