/**
 * Leadership over a directory of this machine: whoever works with the directory leads, and nobody waits for it. What is
 * kept is a file each, in a folder for each area.
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
    const lease = await leaseFolder(this.#directory)
    this.#leader = self
    const lost = new AbortController()
    return {
      store: (area) => new GuardedStore(this.#storeOf(area), lost.signal),
      lost: lost.signal,
      resign: async () => {
        if (lost.signal.aborted) return
        this.#leader = undefined
        lost.abort(notLeader('it has resigned'))
        await lease.close()
      },
    }
  }

  /** Only this process can know of itself. */
  async leader(): Promise<Leader | undefined> {
    return this.#leader
  }

  reader(area: Area): ClusterReader {
    return this.#storeOf(area)
  }

  async close(): Promise<void> {}

  #storeOf(area: Area): StoreDirectory {
    return new StoreDirectory(join(this.#directory, area))
  }
}

/** Leased by this process, which the lease itself would let in again. */
const held = new Set<string>()

/** Takes the folder of a nimbus, which is one's at a time. @throws SERVICE_IN_USE, STATE_UNAVAILABLE (rejects) */
export async function leaseFolder(directory: string): Promise<StateDirectory> {
  if (held.has(directory)) throw inUse(directory)
  held.add(directory)
  try {
    const lease = await openStateDirectory({ root: directory, topology: LEASE, run: nanoid() })
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
