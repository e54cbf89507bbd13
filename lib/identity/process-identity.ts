/**
 * Processes, known beyond their numbers: a number comes again, and means another process in another container. Whether
 * one is still there can be told only from where its number means the same.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, distinguished from a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it was started, in ticks since the boot; null where the system does not say (it does on Linux). */
  readonly started: string | null
  /** Where its number counts: this boot of this machine, and the namespace of a container. */
  readonly space: string
  /** The name of the machine, for messages. */
  readonly host: string
}

/** What can be known of a process from here. */
export type Fate = 'alive' | 'dead' | 'unknown'

/** Stands in the place of the time: the process has ended, and its parent has not collected it. */
const ENDED = 'ended'

/** The process that has this number now. */
export function processOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid), space: ownSpace(), host: hostname() }
}

/** Whether both are one process, not only one number. */
export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.space === b.space && a.started === b.started
}

/**
 * Whether it may still do something: one that has ended and was not collected yet is dead. Of another machine, another
 * container, or a time before the last boot nothing can be known.
 */
export function fateOf({ pid, started, space }: ProcessIdentity): Fate {
  if (space !== ownSpace()) return 'unknown'
  if (!(pid > 0)) return 'dead'
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'dead'
  }
  const now = startOf(pid)
  return now !== ENDED && (now === null || started === null || now === started) ? 'alive' : 'dead'
}

function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program may hold spaces and brackets; what follows it begins with the state, and the 20th is the
    // time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return ENDED
    return fields[19] ?? null
  } catch {
    return null
  }
}

function ownSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}
