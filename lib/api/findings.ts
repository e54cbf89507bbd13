/** What is wrong with a topology that is seen. */
import type { Finding } from '../doctor/finding.ts'
import type { Window } from '../history/windows.ts'
import { findingsOver } from '../run/findings.ts'
import type { SeenTopology } from './seen.ts'

/** The gravest first. */
export function findingsOf({ history, examined }: SeenTopology, window: Window, now: Date): Finding[] {
  return findingsOver(history, examined?.topology, window, now)
}
