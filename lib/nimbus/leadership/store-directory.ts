/**
 * A cluster store in a directory of this machine, for one service: a file for each key, which is written whole and is
 * on the disk before anyone goes on.
 */
import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { type FileUse, fileTrouble } from '../../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../../identity/make-folder.ts'
import { namesIn } from '../../identity/names-in.ts'
import { anything, object, whole } from '../../shape/guards.ts'
import { fileNameOf } from '../../store/topology-directory.ts'
import type { ClusterStore, Entry } from './cluster-store.ts'
import { busy } from './store-errors.ts'

const ENDING = '.json'
const entry = object({ value: anything, version: whole(1) })

export class StoreDirectory implements ClusterStore {
  readonly #directory: string
  readonly #commit: (action: () => void) => void

  /** @param commit does what changes something, or throws where that is not to be changed any more */
  constructor(directory: string, commit = (action: () => void): void => action()) {
    this.#directory = directory
    this.#commit = commit
  }

  async get(key: string): Promise<Entry | undefined> {
    return read(this.#pathOf(key))
  }

  async keys(): Promise<readonly string[]> {
    const names = await namesIn(this.#directory).catch((cause: unknown) => {
      throw unavailable(this.#directory, 'read', cause)
    })
    return names.filter((name) => name.endsWith(ENDING)).map((name) => keyOf(name.slice(0, -ENDING.length)))
  }

  async put(key: string, value: unknown, expected: number): Promise<number> {
    await this.#expect(key, expected)
    const version = expected + 1
    const path = this.#pathOf(key)
    try {
      await folderMade(this.#directory, PRIVATE)
      await writeWhole(path, JSON.stringify({ value, version }), this.#commit)
      await syncFolder(dirname(path))
    } catch (cause) {
      throw unavailable(path, 'written', cause)
    }
    return version
  }

  async remove(key: string, expected: number): Promise<void> {
    await this.#expect(key, expected)
    const path = this.#pathOf(key)
    try {
      this.#commit(() => rmSync(path, { force: true }))
      await syncFolder(this.#directory)
    } catch (cause) {
      throw unavailable(path, 'removed', cause)
    }
  }

  async #expect(key: string, expected: number): Promise<void> {
    const { version } = (await this.get(key)) ?? { version: 0 }
    if (version !== expected) throw busy(key)
  }

  #pathOf(key: string): string {
    return join(this.#directory, `${fileNameOf(key)}${ENDING}`)
  }
}

/** The name that `fileNameOf` has made a file's of. */
function keyOf(name: string): string {
  return /^%\.*$/.test(name) ? name.slice(1) : decodeURIComponent(name)
}

async function read(path: string): Promise<Entry | undefined> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unavailable(path, 'read', error)
  })
  if (content === undefined) return undefined
  try {
    const found: unknown = JSON.parse(content)
    if (entry(found)) return found
  } catch {
    // It is said below.
  }
  throw new TyphoonError('STATE_CORRUPT', `${path} is damaged`, {
    where: { file: path },
    hint: 'put a copy of it back, or remove the file: its topology is forgotten then, and can be submitted again',
  })
}

/** Whoever was taken for dead may still be writing what was to be here: each has a file of its own. */
async function writeWhole(path: string, content: string, commit: (action: () => void) => void): Promise<void> {
  const half = `${path}.${randomUUID()}.half`
  const file = await open(half, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
    commit(() => renameSync(half, path))
  } catch (error) {
    await rm(half, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

function unavailable(path: string, use: FileUse, cause: unknown): TyphoonError {
  return fileTrouble(path, use, cause, { code: 'STATE_UNAVAILABLE' })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
