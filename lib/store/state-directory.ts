/**
 * The directory of a topology, `<topology.state.dir>/<topology>/`: made for it, marked as its own, and leased to one
 * run at a time (`lease.ts`). All workers of a run share the lease; the last one to close the directory ends it.
 */
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { TyphoonError } from '../errors/typhoon-error.ts'
import { type HeldLease, takeLease } from './lease.ts'
import { checkOwner } from './manifest.ts'
import { openStore, type Store, type StoreWriter } from './store.ts'
import { topologyDirectory } from './topology-directory.ts'

const FORMAT = 1
/**
 * How long it waits for the workers of a run that was killed to end, and for a sign of life of those of whom nothing
 * can be known.
 */
const PATIENCE_MS = 5_000

/** How a directory is opened. */
export interface StateDirectoryOptions {
  /** `topology.state.dir`, absolute. */
  readonly root: string
  readonly topology: string
  /** The name of the run, `TaskContext.run`. */
  readonly run: string
  /** Default 5,000. */
  readonly patienceMs?: number
  /** Called with a reason not to keep a state here. */
  readonly warn?: (message: string) => void
  /** As that of `LeaseOptions`. */
  readonly leads?: boolean
  /** As that of `LeaseOptions`. */
  readonly isAlone?: boolean
  /** Another run has taken the directory, or another process leads this one: it was taken for dead. */
  readonly onLost?: (problem: TyphoonError) => void
}

/** What this process has open of one directory for one run. */
interface Opened {
  readonly lease: HeldLease
  readonly end: (leaves: boolean) => Promise<void>
  /** Of all users that want to hear it. */
  readonly onLost: Set<(problem: TyphoonError) => void>
  users: number
}

/** A directory that is open. */
export interface StateDirectory extends Pick<HeldLease, 'hold' | 'join' | 'leave'> {
  readonly path: string
  /** Must be called once; when all users have called it, the lease ends. */
  close(): Promise<void>
}

/** What this process has open, by directory and run. */
const opened = new Map<string, Opened>()

/**
 * Makes the directory of a topology, or opens it for this run; each process of the run does so before it writes there,
 * in any order, as often as it likes.
 * @throws STATE_IN_USE another run has it; STATE_FORMAT, STATE_FOREIGN what stands there is not of this topology;
 * STATE_CORRUPT; STATE_UNAVAILABLE
 */
export async function openStateDirectory(options: StateDirectoryOptions): Promise<StateDirectory> {
  const path = topologyDirectory(options.root, options.topology)
  const name = JSON.stringify([path, options.run])
  if (!opened.has(name)) {
    const made = await openLeased(path, options)
    // Somebody else in this process may have been faster.
    if (opened.has(name)) await made.end(false)
    else opened.set(name, made)
  }
  const entry = opened.get(name)!
  const { lease, end, onLost } = entry
  const tellLost = (problem: TyphoonError): void => options.onLost?.(problem)
  onLost.add(tellLost)
  entry.users++
  return {
    path,
    hold: (action) => lease.hold(action),
    join: (pid) => lease.join(pid),
    leave: (pid) => lease.leave(pid),
    async close() {
      onLost.delete(tellLost)
      if (--entry.users > 0) return
      opened.delete(name)
      await end(true)
    },
  }
}

async function openLeased(path: string, options: StateDirectoryOptions): Promise<Opened> {
  const { topology, run, patienceMs = PATIENCE_MS, leads = false, isAlone = false, warn } = options
  const store = openStore(join(path, 'lease'), { sync: 'none' })
  try {
    const system = systemWithoutLocks(path)
    if (system !== undefined)
      warn?.(`the state directory ${path} is on ${system}, which need not keep two machines from writing there at once`)
    const check = (writer: StoreWriter): void => checkOrWriteManifest(store, writer, path, topology)
    const onLost = new Set<(problem: TyphoonError) => void>()
    const tellLost = (problem: TyphoonError): void => {
      for (const tell of onLost) tell(problem)
    }
    const lease = await takeLease({ store, directory: path, run, patienceMs, leads, isAlone, check, onLost: tellLost })
    const end = async (leaves: boolean): Promise<void> => {
      lease.end(leaves)
      await store.close()
    }
    return { lease, end, onLost, users: 0 }
  } catch (error) {
    await store.close()
    throw error
  }
}

function checkOrWriteManifest(store: Store, writer: StoreWriter, directory: string, topology: string): void {
  const manifest = { format: FORMAT, topology }
  const stored = store.get('manifest')
  if (stored === undefined) writer.put('manifest', manifest)
  else checkOwner(directory, stored, manifest)
}

/** File systems by the number that `statfs` returns (Linux). */
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
