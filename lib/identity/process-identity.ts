/** Processes of this machine, told from later ones of the same number: by when they were started, where the system says it (Linux). */
import { readFileSync } from 'node:fs'

/** A process. */
export interface ProcessIdentity {
  readonly pid: number
  /** In ticks since that boot of the machine; null where the system does not say. */
  readonly started: string | null
}

/** It has ended, and its parent has not asked how. */
const ENDED = 'ended'

/** The process that has this number now. */
export function processOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) }
}

/** Whether both are one process, not only one number. */
export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.started === b.started
}

/** Whether it may still do something: false for one that has ended and was not collected yet. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return now !== ENDED && (now === null || started === null || now === started)
}

function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program may hold spaces and brackets; what follows it begins with the state, and the 20th is the time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return ENDED
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
  } catch {
    return null
  }
}
