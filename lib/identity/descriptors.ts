/** How many files and connections this process may have open, and what it says when it has them all. */
import { readFileSync } from 'node:fs'
import { RAISE_LIMIT } from '../errors/out-of-descriptors.ts'
import type { Problem } from '../errors/typhoon-error.ts'

/** Where the system does not tell: the least that systems set. */
const ASSUMED = 256

/** Found out at once: later there may be no descriptor left to find it out. */
const LIMIT = readLimit()

/** The limit of descriptors of this process (`ulimit -n`). */
function descriptorLimit(): number {
  return LIMIT
}

/** The given share of the descriptors of this process, and no more than `most`. */
export function shareOfDescriptors(oneIn: number, most: number): number {
  return Math.min(most, Math.ceil(LIMIT / oneIn))
}

function readLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? ASSUMED : Number(soft)
  } catch {
    return ASSUMED
  }
}

/** What is said of it. @param what could not be done */
export function outOfDescriptors(what: string): Problem {
  return {
    code: 'OUT_OF_DESCRIPTORS',
    message: `${what}: the process has no file descriptor left, of ${descriptorLimit()}`,
    where: {},
    hint: RAISE_LIMIT,
  }
}
