// Which specifications share a thread, which begin first, and what runs at the same time.
//
// Those of a room share a thread, which loads the runtime once for all of them, and take turns in it: all that begin at
// once hold their memory at once, which costs the collector a third of the time. Rooms follow each other in lanes.
//
// A specification that starts processes has a thread of its own: all tests of a thread begin at once, and the processes
// of several files together would wait for the processors longer than any test waits for them. The longest ones come
// before all others, and one thread more runs at a time than there are processors, for they wait more than they
// compute.
import { availableParallelism } from 'node:os'

/** The folders of specifications that start processes. */
export const PROCESSES = ['processes', 'children', 'browser']

/** Of those the ones that take longest. */
const LONGEST = [
  'children/contract',
  'processes/documents',
  'processes/trident-commit-kills',
  'processes/trident-random-kills',
  'processes/dying-workers',
  'processes/trident-examples',
].map((name) => `${name}.spec.js`)

/** The rooms that take longest. */
const LONGEST_ROOMS = ['stories', 'trident', 'exact', 'flux', 'simulation', 'multilang', 'contract', 'command']

const ROOM_LANES = Math.max(1, Math.floor(availableParallelism() / 2))

/** How many lanes there are. What the first one takes first is all specifications that start processes. */
export const LANES = 1 + ROOM_LANES

/** How many specifications that start processes run at a time, beside the rooms of the other lanes. */
export const PROCESS_THREADS = availableParallelism() + 1 - ROOM_LANES

/** The files of rooms in the order in which they begin. */
export function longestFirst(files) {
  return files.toSorted((a, b) => roomRankOf(a) - roomRankOf(b))
}

function roomRankOf(file) {
  const longest = LONGEST_ROOMS.findIndex((name) => file.endsWith(`/${name}.spec.js`))
  return longest >= 0 ? longest : LONGEST_ROOMS.length
}

/** What is less begins first. */
export function rankOf(file) {
  const longest = LONGEST.findIndex((name) => file.endsWith(`/spec/${name}`))
  return longest >= 0 ? longest : LONGEST.length
}
