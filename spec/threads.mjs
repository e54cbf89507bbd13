// Which specifications share a thread, and which begin first.
//
// Those of a room share one, which loads the runtime once for all of them. Those that start processes wait more than
// they compute: they come first, the longest ones each in a thread of its own, and one thread more runs at a time than
// there are processors.
import { availableParallelism } from 'node:os'

/** The folders of specifications that start processes. */
export const PROCESSES = ['processes', 'children']

/** Of those the ones that take longest. */
export const LONGEST = [
  'children/contract',
  'processes/trident-commit-kills',
  'processes/trident-random-kills',
  'processes/trident-examples',
  'processes/documents',
  'processes/dying-workers',
  // Its children must be heard while the others of a thread compute.
  'children/real-children',
].map((name) => `${name}.spec.js`)

/** How many threads the others of them share. */
export const SHARED = 6

/** How many threads run at a time. */
export const CONCURRENCY = availableParallelism() + 1

/** What is less begins first. */
export function rankOf(file) {
  const longest = LONGEST.findIndex((name) => file.endsWith(`/spec/${name}`))
  if (longest >= 0) return longest
  return /\/(?:rooms|spec)\/(?:processes|children)\b/.test(file) ? LONGEST.length : LONGEST.length + 1
}
