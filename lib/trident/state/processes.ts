/**
 * Processes, known beyond their numbers: a number comes again, and means another process in another container. Whether one is still there can be told
 * only from where its number means the same.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, told from a later one of the same number. */
export interface Process {
  readonly pid: number
  /** When it was started, in ticks since the boot; null where the system does not say (it does on Linux). */
  readonly started: string | null
  /** Where its number counts: this boot of this machine, and the namespace of a container. */
  readonly space: string
  /** For people. */
  readonly host: string
}

/** What can be known of a process from here. */
export type Fate = 'alive' | 'dead' | 'unknown'

/** The process of that number, as it is now. */
export function processOf(pid: number): Process {
  return { pid, started: startOf(pid), space: ownSpace(), host: hostname() }
}

/** Whether two are one process. */
export function isSameProcess(a: Process, b: Process): boolean {
  return a.pid === b.pid && a.space === b.space && a.started === b.started
}

/** Of another machine, another container, or a time before the last boot nothing can be known. */
export function fateOf({ pid, started, space }: Process): Fate {
  if (space !== ownSpace()) return 'unknown'
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ESRCH') return 'dead'
  }
  const now = startOf(pid)
  return started === null || now === null || started === now ? 'alive' : 'dead'
}

function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program may hold spaces and brackets; the 20th field after it is the time.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
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
