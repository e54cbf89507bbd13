// Which specifications share a thread, and which begin first.
//
// Those of a room share one, which loads the runtime once for all of them. A specification that starts processes has a
// thread of its own: all tests of a thread begin at once, and the processes of several files together would wait for
// the processors longer than any test waits for them. These come first, the longest ones before all others, and one
// thread more runs at a time than there are processors, for they wait more than they compute.
import { availableParallelism } from 'node:os'

/** The folders of specifications that start processes. */
export const PROCESSES = ['processes', 'children']

/** Of those the ones that take longest. */
const LONGEST = [
  'children/contract',
  'processes/trident-commit-kills',
  'processes/trident-random-kills',
  'processes/trident-examples',
  'processes/documents',
  'processes/dying-workers',
].map((name) => `${name}.spec.js`)

/** How many threads run at a time. */
export const CONCURRENCY = availableParallelism() + 1

/** What is less begins first. */
export function rankOf(file) {
  const longest = LONGEST.findIndex((name) => file.endsWith(`/spec/${name}`))
  if (longest >= 0) return longest
  return /\/spec\/(?:processes|children)\//.test(file) ? LONGEST.length : LONGEST.length + 1
}
