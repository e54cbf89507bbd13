/**
 * Sessions of one key: windows that are merged where they touch.
 *
 * The law: whatever order the elements come in, the sessions are those of the sorted elements, cut where a gap is as
 * long as `gapMs` or longer.
 */
import type { Window } from './window.ts'

/** What becomes of the sessions of a key when an element comes. */
export interface Merged<S extends Window> {
  /** The window that the element lies in now. */
  readonly window: Window
  /** Those that have become a part of it. */
  readonly absorbed: readonly S[]
  /** Those that have nothing to do with it. */
  readonly others: readonly S[]
}

/**
 * Adds the window of one element.
 * @param sessions of the key; no two touch
 */
export function addToSessions<S extends Window>(sessions: readonly S[], { start, end }: Window): Merged<S> {
  const absorbed = sessions.filter((session) => session.start < end && start < session.end)
  const others = sessions.filter((session) => !absorbed.includes(session))
  const window = {
    start: Math.min(start, ...absorbed.map((session) => session.start)),
    end: Math.max(end, ...absorbed.map((session) => session.end)),
  }
  return { window, absorbed, others }
}
