/**
 * The directory of a topology, `<topology.state.dir>/<topology>/`: made for it, marked as its own, and locked for one run at a time.
 *
 * All workers of a run share it. One process has started them all, so that process owns the lock. The lock stands in a store, whose
 * transactions are the mutual exclusion: they end with their process, however it ends, so nothing has to be cleaned up.
 *
 * A lock is taken over when its owner is dead, and all workers that had opened the directory for it: one that is still ending might write.
 * Processes are known by pid and, where the system tells it (Linux), by when they were started, as pids come again.
 */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TyphoonError } from '../../index.ts'
import { openStore, type Store, type StoreWriter } from './store.ts'

const FORMAT = 1
/** So long workers may take to end after their run was killed. */
const ENDING_MS = 5_000
const POLL_MS = 20

/** A process, told from a later one of the same number. */
interface Process {
  readonly pid: number
  /** Null where the system does not say. */
  readonly started: string | null
  readonly host: string
}

/** Who has the directory: one run, and the processes of it that write there. */
interface Lock {
  readonly owner: Process
  readonly workers: readonly Process[]
}

/** How a directory is opened. */
export interface StateDirectoryOptions {
  /** `topology.state.dir`, absolute. */
  readonly root: string
  readonly topology: string
  /** The process that owns the run. Default: the parent of this one, which has started all workers. */
  readonly ownerPid?: number
  /** So long it waits for the workers of a run that was killed. Default 5,000 */
  readonly patienceMs?: number
}

/** Where the files of a topology lie. */
export function topologyDirectory(root: string, topology: string): string {
  return join(root, fileNameOf(topology))
}

/** A name as the name of a file: the same for most, and never a path. */
export function fileNameOf(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('*', '%2A')
  return /^\.*$/.test(encoded) ? `%${encoded}` : encoded
}

/**
 * Makes the directory of a topology, or opens it for this run; each process of the run does so before it writes there, in any order, as often
 * as it likes.
 * @returns its path
 * @throws STATE_IN_USE another run has it; STATE_FORMAT, STATE_FOREIGN what stands there is not of this topology; STATE_CORRUPT;
 * STATE_UNAVAILABLE
 */
export async function openStateDirectory(options: StateDirectoryOptions): Promise<string> {
  const { root, topology, ownerPid = process.ppid, patienceMs = ENDING_MS } = options
  const directory = topologyDirectory(root, topology)
  const store = openStore(join(directory, 'run'), { sync: 'commit' })
  try {
    const owner = processOf(ownerPid)
    const until = performance.now() + patienceMs
    while (!tryLock(store, directory, topology, owner, performance.now() >= until)) await sleep(POLL_MS)
  } finally {
    await store.close()
  }
  return directory
}

/** Names the run that this process belongs to: the same text in all its processes, and another one for each run. */
export function runName(): string {
  return JSON.stringify(processOf(process.ppid))
}

/** False while only workers of a dead run are in the way, and there is patience left. */
function tryLock(store: Store, directory: string, topology: string, owner: Process, isLastTime: boolean): boolean {
  let isLocked = false
  store.transaction((writer) => {
    checkOrWriteManifest(store, writer, directory, topology)
    const held = store.get('lock') as Lock | undefined
    const isOurs = held !== undefined && isSame(held.owner, owner)
    if (held !== undefined && !isOurs && isAlive(held.owner)) throw inUse(directory, held.owner, 'runs')
    const workers = (held?.workers ?? []).filter(isAlive)
    if (!isOurs && workers.length > 0) {
      if (isLastTime) throw inUse(directory, workers[0]!, 'is a worker of a run that was killed, and still works')
      return
    }
    const self = processOf(process.pid)
    if (!isOurs || !workers.some((worker) => isSame(worker, self))) {
      writer.put('lock', { owner, workers: [...workers, self] })
    }
    isLocked = true
  })
  return isLocked
}

function checkOrWriteManifest(store: Store, writer: StoreWriter, directory: string, topology: string): void {
  const found = store.get('manifest') as { format?: unknown; topology?: unknown } | undefined
  if (found === undefined) {
    writer.put('manifest', { format: FORMAT, topology })
  } else if (found.format !== FORMAT) {
    const message = `${directory} has the format ${found.format}; this version reads ${FORMAT}`
    throw new TyphoonError('STATE_FORMAT', message, {
      where: { file: directory },
      hint: 'run the version of Typhoon that wrote it, or delete the directory to begin anew',
    })
  } else if (found.topology !== topology) {
    const message = `${directory} belongs to the topology "${found.topology}", not to "${topology}"`
    throw new TyphoonError('STATE_FOREIGN', message, {
      where: { file: directory },
      hint: 'name another directory with --state DIR, or give the topology the name that it had',
    })
  }
}

function inUse(directory: string, { pid, host }: Process, does: string): TyphoonError {
  return new TyphoonError('STATE_IN_USE', `the process ${pid} on ${host} ${does} with the state in ${directory}`, {
    where: { file: directory },
    hint: `stop it (kill ${pid}), or name another directory with --state DIR`,
  })
}

function processOf(pid: number): Process {
  return { pid, started: startOf(pid), host: hostname() }
}

function isSame(a: Process, b: Process): boolean {
  return a.pid === b.pid && a.host === b.host && a.started === b.started
}

/** Of another machine nothing can be known: its processes count as alive. */
function isAlive({ pid, started, host }: Process): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return started === null || now === null || started === now
}

/** When a process was started, in ticks since that boot of the machine; null where the system does not say. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program may hold spaces and brackets; the 20th field after it is the time.
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return started === undefined ? null : `${boot}/${started}`
  } catch {
    return null
  }
}
