/**
 * The directory of a topology, `<topology.state.dir>/<topology>/`: made for it, marked as its own, and leased to one
 * run at a time.
 *
 * All workers of a run share the lease, which bears the run's name; each renews it as long as it has the directory
 * open. The lease stands in a store, whose transactions are the mutual exclusion: they end with their process, however
 * it ends. The last worker to close the directory ends it.
 *
 * A lease that was not ended is over when all its workers are dead. Of a process in another container or on another
 * machine that cannot be known: there it is over when nobody has renewed it for a while. Should its run go on all the
 * same (a machine that stood still), then nothing of it is written any more: each store bears the name of the run that
 * opened it last, and a commit of any other is refused (`store.ts`).
 */
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fateOf, isSameProcess, type ProcessIdentity, processOf } from '../../identity/process-identity.ts'
import { TyphoonError } from '../../index.ts'
import { openStore, type Store, type StoreWriter } from './store.ts'

const FORMAT = 1
/**
 * So long it waits for the workers of a run that was killed to end, and for a sign of life of those of whom nothing can
 * be known.
 */
const PATIENCE_MS = 5_000
/** A lease is renewed so often. */
const BEAT_MS = 1_000
const POLL_MS = 20
/** The process that takes orphans. */
const INIT = 1

/** Who has the directory. */
interface Lease {
  readonly run: string
  /** Grows as long as a worker of the run lives. */
  readonly beat: number
  /** All that have the directory open. */
  readonly workers: readonly Worker[]
}

interface Worker extends ProcessIdentity {
  /** Who has started it, for as long as that one lives: then the run goes on. Null for an orphan. */
  readonly parent: ProcessIdentity | null
}

/** How a directory is opened. */
export interface StateDirectoryOptions {
  /** `topology.state.dir`, absolute. */
  readonly root: string
  readonly topology: string
  /** The name of the run, `TaskContext.run`. */
  readonly run: string
  /** Default 5,000. */
  readonly patienceMs?: number
  /** Told what speaks against keeping a state here. */
  readonly warn?: (message: string) => void
}

/** A directory that is open. */
export interface StateDirectory {
  readonly path: string
  /** To be called once; when all have, the lease ends. */
  close(): Promise<void>
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

/** The part of this process in leases, by directory and run. */
const parts = new Map<string, { readonly part: Part; users: number }>()

/**
 * Makes the directory of a topology, or opens it for this run; each process of the run does so before it writes there,
 * in any order, as often as it likes.
 * @throws STATE_IN_USE another run has it; STATE_FORMAT, STATE_FOREIGN what stands there is not of this topology;
 * STATE_CORRUPT; STATE_UNAVAILABLE
 */
export async function openStateDirectory(options: StateDirectoryOptions): Promise<StateDirectory> {
  const path = topologyDirectory(options.root, options.topology)
  const name = JSON.stringify([path, options.run])
  if (!parts.has(name)) {
    const part = await Part.take(path, options)
    // Somebody else in this process may have been faster.
    if (parts.has(name)) await part.end(false)
    else parts.set(name, { part, users: 0 })
  }
  const entry = parts.get(name)!
  entry.users++
  return {
    path,
    async close() {
      if (--entry.users > 0) return
      parts.delete(name)
      await entry.part.end(true)
    },
  }
}

/** The part that this process has in the lease of a run. */
class Part {
  readonly #store: Store
  readonly #run: string
  readonly #timer: NodeJS.Timeout

  private constructor(store: Store, run: string) {
    this.#store = store
    this.#run = run
    this.#timer = setInterval(() => this.#renew(), BEAT_MS).unref()
  }

  static async take(directory: string, options: StateDirectoryOptions): Promise<Part> {
    const { topology, run, patienceMs = PATIENCE_MS, warn } = options
    const store = openStore(join(directory, 'lease'), { sync: 'none' })
    try {
      const system = systemWithoutLocks(directory)
      if (system !== undefined)
        warn?.(
          `the state directory ${directory} is on ${system}, which need not keep two machines from writing there at once`,
        )
      const taking = new Taking(directory, topology, run, patienceMs)
      while (!taking.try(store)) await sleep(POLL_MS)
      return new Part(store, run)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** @param leaves whether this process takes itself out of the lease */
  async end(leaves: boolean): Promise<void> {
    clearInterval(this.#timer)
    if (leaves) {
      this.#change((lease) => ({ ...lease, workers: lease.workers.filter((worker) => worker.pid !== process.pid) }))
    }
    await this.#store.close()
  }

  #renew(): void {
    this.#change((lease) => ({ ...lease, beat: lease.beat + 1 }))
  }

  #change(change: (lease: Lease) => Lease): void {
    try {
      this.#store.transaction((writer) => {
        const lease = leaseIn(this.#store)
        if (lease?.run !== this.#run) return
        const next = change(lease)
        if (next.workers.length === 0) writer.remove('lease')
        else writer.put('lease', next)
      })
    } catch {
      // A full disk. The commits of the run tell of it.
    }
  }
}

/** One attempt after the other to take a lease. */
class Taking {
  readonly #directory: string
  readonly #topology: string
  readonly #run: string
  readonly #patienceMs: number
  #until: number
  /** The lease in the way, as it was first seen. */
  #seen: Lease | undefined

  constructor(directory: string, topology: string, run: string, patienceMs: number) {
    this.#directory = directory
    this.#topology = topology
    this.#run = run
    this.#patienceMs = patienceMs
    this.#until = performance.now() + patienceMs
  }

  /** False where a lease is in the way that may end. @throws STATE_IN_USE, STATE_FORMAT, STATE_FOREIGN */
  try(store: Store): boolean {
    let isTaken = false
    store.transaction((writer) => {
      checkOrWriteManifest(store, writer, this.#directory, this.#topology)
      const lease = leaseIn(store)
      const isOurs = lease?.run === this.#run
      if (lease !== undefined && !isOurs && !this.#isOver(lease)) return
      const self: Worker = { ...processOf(process.pid), parent: process.ppid === INIT ? null : processOf(process.ppid) }
      const others = isOurs
        ? lease.workers.filter((worker) => fateOf(worker) !== 'dead' && !isSameProcess(worker, self))
        : []
      writer.put('lease', { run: this.#run, beat: 0, ...(isOurs && { beat: lease.beat }), workers: [...others, self] })
      isTaken = true
    })
    return isTaken
  }

  /** @throws STATE_IN_USE where its run goes on */
  #isOver(lease: Lease): boolean {
    // What this process itself has left is nobody else's.
    const others = lease.workers.filter((worker) => !isSameProcess(worker, processOf(process.pid)))
    const alive = others.find((worker) => fateOf(worker) === 'alive')
    const unknown = others.find((worker) => fateOf(worker) === 'unknown')
    if (this.#seen?.run !== lease.run) {
      this.#seen = lease
      this.#until = performance.now() + this.#patienceMs
    }
    const isLastTime = performance.now() >= this.#until
    if (alive !== undefined) {
      const isRunning = alive.parent !== null && fateOf(alive.parent) === 'alive'
      if (isRunning) throw inUse(this.#directory, alive.parent ?? alive, 'runs')
      if (isLastTime) throw inUse(this.#directory, alive, 'is a worker of a run that was killed, and still works')
      return false
    }
    if (unknown === undefined) return true
    if (lease.beat !== this.#seen.beat) throw inUse(this.#directory, unknown, 'works')
    return isLastTime
  }
}

function leaseIn(store: Store): Lease | undefined {
  return store.get('lease') as Lease | undefined
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

function inUse(directory: string, holder: ProcessIdentity, does: string): TyphoonError {
  const { pid, host } = holder
  const isHere = fateOf(holder) !== 'unknown'
  return new TyphoonError('STATE_IN_USE', `the process ${pid} on ${host} ${does} with the state in ${directory}`, {
    where: { file: directory },
    hint: `stop it (${isHere ? `kill ${pid}` : `it is in another container or on another machine`}), or name another directory with --state DIR`,
  })
}

/** By the number that `statfs` gives (Linux). */
const WITHOUT_LOCKS: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4266872130: 'SMB',
  4283649346: 'SMB',
  16914839: 'a shared folder (9p)',
  1702057286: 'a FUSE file system',
}

/**
 * The kind of the file system of a directory where its locks do not hold between machines; undefined where they do, as
 * far as is known.
 */
function systemWithoutLocks(directory: string): string | undefined {
  try {
    return WITHOUT_LOCKS[statfsSync(directory).type >>> 0]
  } catch {
    return undefined
  }
}
