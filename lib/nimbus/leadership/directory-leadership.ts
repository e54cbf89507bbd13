/**
 * Leadership over a directory of this machine: whoever works with the directory leads, and nobody waits for it. What is
 * kept is a file each, in a folder for each area.
 *
 * A leader that stood still with its whole container may have been taken for dead. A file gets its name, or is removed,
 * while the lease of the directory is held; so a leader that has lost that changes nothing, however late it goes on.
 */
import { join } from 'node:path'
import { nanoid } from 'nanoid'
import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { openStateDirectory, type StateDirectory } from '../../store/state-directory.ts'
import type { Area, ClusterReader, ClusterStore } from './cluster-store.ts'
import type { Leader, Leadership, Reign } from './leadership.ts'
import { notLeader } from './not-leader.ts'
import { StoreDirectory } from './store-directory.ts'

const LEASE = 'nimbus'

export class DirectoryLeadership implements Leadership {
  readonly #directory: string
  #leader: Leader | undefined

  /** @param directory is there */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** @throws SERVICE_IN_USE, STATE_UNAVAILABLE (rejects) */
  async campaign(self: Leader, signal: AbortSignal): Promise<Reign> {
    signal.throwIfAborted()
    const lost = new AbortController()
    const lose = (reason: TyphoonError): void => {
      this.#leader = undefined
      if (!lost.signal.aborted) lost.abort(reason)
    }
    const taken = (cause: unknown): void => lose(notLeader('another service has taken its folder', cause))
    const lease = await leaseFolder(this.#directory, taken)
    this.#leader = self
    const commit = (action: () => void): void => {
      lost.signal.throwIfAborted()
      try {
        lease.hold(action)
      } catch (error) {
        if (toProblem(error).code !== 'STATE_IN_USE') throw error
        taken(error)
        lost.signal.throwIfAborted()
      }
    }
    let closing: Promise<void> | undefined
    return {
      store: (area) => new GuardedStore(new StoreDirectory(join(this.#directory, area), commit), lost.signal),
      lost: lost.signal,
      resign: () => {
        lose(notLeader('it has resigned'))
        closing ??= lease.close()
        return closing
      },
    }
  }

  /** Only this process can know of itself. */
  async leader(): Promise<Leader | undefined> {
    return this.#leader
  }

  reader(area: Area): ClusterReader {
    return new StoreDirectory(join(this.#directory, area))
  }

  async close(): Promise<void> {}
}

/** Leased by this process, which the lease itself would let in again. */
const held = new Set<string>()

/**
 * Takes the folder of a nimbus, which is one's at a time.
 * @param onLost another service has taken it, for this one was taken for dead
 * @throws SERVICE_IN_USE, STATE_UNAVAILABLE (rejects)
 */
export async function leaseFolder(directory: string, onLost: (problem: TyphoonError) => void): Promise<StateDirectory> {
  if (held.has(directory)) throw inUse(directory)
  held.add(directory)
  try {
    const lease = await openStateDirectory({ root: directory, topology: LEASE, run: nanoid(), onLost })
    return {
      ...lease,
      async close() {
        await lease.close()
        held.delete(directory)
      },
    }
  } catch (cause) {
    held.delete(directory)
    throw toProblem(cause).code === 'STATE_IN_USE' ? inUse(directory, cause) : cause
  }
}

function inUse(directory: string, cause?: unknown): TyphoonError {
  return new TyphoonError('SERVICE_IN_USE', `another service works with ${directory}`, {
    where: { file: directory },
    hint: 'stop it, or name another directory with --dir DIR',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Writes nothing when the reign is over. */
class GuardedStore implements ClusterStore {
  readonly #store: ClusterStore
  readonly #lost: AbortSignal

  constructor(store: ClusterStore, lost: AbortSignal) {
    this.#store = store
    this.#lost = lost
  }

  get(key: string) {
    return this.#store.get(key)
  }

  keys() {
    return this.#store.keys()
  }

  async put(key: string, value: unknown, expected: number): Promise<number> {
    this.#lost.throwIfAborted()
    return this.#store.put(key, value, expected)
  }

  async remove(key: string, expected: number): Promise<void> {
    this.#lost.throwIfAborted()
    return this.#store.remove(key, expected)
  }
}
