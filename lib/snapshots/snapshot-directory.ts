/**
 * Snapshots in a directory: a file for each part (`….part`), and one for each manifest (`….manifest`), which begins
 * with the CRC-32 of its JSON.
 *
 * The order of what is written makes the promise: the part, its `fsync`, the manifest under another name, its `fsync`,
 * the name, and the `fsync` of the directory. With `sync: 'none'` nothing waits for the disk, and a power cut may leave
 * a snapshot damaged; then it is not taken, but one before it.
 *
 * A run whose lease another one has taken completes and removes nothing: a manifest gets its name while the lease is
 * held, in one step, so it is there before the other run looks, or never.
 */
import { renameSync } from 'node:fs'
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { ErrorCode } from '../errors/catalogue.ts'
import { TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { type FileUse, fileTrouble } from '../identity/file-trouble.ts'
import { folderMade } from '../identity/make-folder.ts'
import { filesOf, type Manifest, SNAPSHOT_FORMAT } from './manifest.ts'
import type { NewFile, SnapshotStore } from './snapshot-store.ts'

const PART = '.part'
const MANIFEST = /^(\d{1,15})\.manifest$/
const CHECKSUM_CHARACTERS = 8

/** Where a file of a snapshot lies. */
export function partPath(directory: string, name: string): string {
  return join(directory, name + PART)
}

export interface SnapshotDirectoryOptions {
  /** Whether what is written survives a power cut, or the end of the process alone. */
  readonly sync: 'commit' | 'none'
  /** As that of `StateDirectory`; left out where no other run can come. @throws STATE_IN_USE, STATE_UNAVAILABLE */
  readonly hold?: (action: () => void) => void
}

export class SnapshotDirectory implements SnapshotStore {
  readonly path: string
  readonly #waits: boolean
  readonly #hold: (action: () => void) => void
  /** Another run, taken for dead, may still be writing a manifest of the same number. */
  readonly #draft = `.${Math.random().toString(36).slice(2)}.new`

  /** @param path of a directory that nobody else uses; made where it is not there */
  constructor(path: string, { sync, hold = (action) => action() }: SnapshotDirectoryOptions) {
    this.path = path
    this.#hold = hold
    this.#waits = sync === 'commit'
  }

  async create(name: string): Promise<NewFile> {
    const path = partPath(this.path, name)
    return this.#guard('write', path, async () => {
      await folderMade(this.path)
      return new DirectoryFile(name, path, await open(path, 'wx'), this.#waits)
    })
  }

  read(name: string, offset: number, length: number): Promise<Buffer> {
    const path = partPath(this.path, name)
    return this.#guard('read', path, async () => {
      const file = await open(path, 'r')
      try {
        const bytes = Buffer.allocUnsafeSlow(length)
        for (let at = 0; at < length; ) {
          const { bytesRead } = await file.read(bytes, at, length - at, offset + at)
          if (bytesRead === 0) throw corrupt(path, `ends after ${offset + at} bytes`)
          at += bytesRead
        }
        return bytes
      } finally {
        await file.close()
      }
    })
  }

  list(): Promise<number[]> {
    return this.#guard('read', this.path, async () => {
      await folderMade(this.path)
      const names = await readdir(this.path)
      return names
        .flatMap((name) => MANIFEST.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => b - a)
    })
  }

  manifest(snapshot: number): Promise<Manifest> {
    const path = this.#manifestPath(snapshot)
    return this.#guard('read', path, async () => manifestIn(await readFile(path), path))
  }

  async complete(manifest: Manifest): Promise<void> {
    const path = this.#manifestPath(manifest.snapshot)
    await this.#guard('write', path, async () => {
      await this.#mustHave(manifest)
      const json = Buffer.from(JSON.stringify(manifest))
      const draft = path + this.#draft
      const file = await open(draft, 'w')
      try {
        await file.writeFile(Buffer.concat([Buffer.from(checksumOf(json)), json]))
        if (this.#waits) await file.sync()
      } finally {
        await file.close()
      }
      this.#hold(() => renameSync(draft, path))
      if (this.#waits) await syncFile(this.path)
    })
  }

  async retain(manifests: readonly Manifest[]): Promise<void> {
    if (!this.#isHeld()) return
    const kept = new Set(manifests.map(({ snapshot }) => this.#manifestName(snapshot)))
    for (const manifest of manifests) for (const file of filesOf(manifest)) kept.add(file + PART)
    const newest = manifests.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...manifests.map((one) => one.snapshot))
    const names = await readdir(this.path).catch(() => [])
    // The manifests first: what they name must not be missing.
    const old = names.filter((name) => !kept.has(name) && numberOf(name) <= newest)
    for (const name of old.sort((a, b) => Number(b.endsWith('.manifest')) - Number(a.endsWith('.manifest'))))
      await rm(join(this.path, name), { force: true }).catch(() => {})
  }

  /** Whether no other run has the directory; where that cannot be known now, the one that has had it last still has. */
  #isHeld(): boolean {
    try {
      this.#hold(() => {})
      return true
    } catch (error) {
      return toProblem(error).code !== 'STATE_IN_USE'
    }
  }

  /** Someone may have removed what older snapshots have written. */
  async #mustHave(manifest: Manifest): Promise<void> {
    const names = new Set(await readdir(this.path))
    for (const file of filesOf(manifest))
      if (!names.has(file + PART)) throw corrupt(partPath(this.path, file), 'is missing')
  }

  #manifestName(snapshot: number): string {
    return `${snapshot}.manifest`
  }

  #manifestPath(snapshot: number): string {
    return join(this.path, this.#manifestName(snapshot))
  }

  async #guard<T>(verb: 'read' | 'write', file: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      if (error instanceof TyphoonError) throw error
      const { code } = error as NodeJS.ErrnoException
      if (verb === 'read' && code === 'ENOENT') throw corrupt(file, 'is missing')
      throw unavailable(file, verb === 'read' ? 'read' : 'written', error)
    }
  }
}

class DirectoryFile implements NewFile {
  readonly name: string
  size = 0
  readonly #path: string
  readonly #handle: FileHandle
  readonly #waits: boolean

  constructor(name: string, path: string, handle: FileHandle, waits: boolean) {
    this.name = name
    this.#path = path
    this.#handle = handle
    this.#waits = waits
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#try(async () => {
      for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten
    })
    this.size += bytes.length
  }

  async finish(): Promise<void> {
    await this.#try(async () => {
      if (this.#waits) await this.#handle.datasync()
      await this.#handle.close()
    })
  }

  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => {})
    await rm(this.#path, { force: true }).catch(() => {})
  }

  async #try(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      throw unavailable(this.#path, 'written', error)
    }
  }
}

/** @throws STATE_CORRUPT, STATE_FORMAT */
function manifestIn(bytes: Buffer, path: string): Manifest {
  const json = bytes.subarray(CHECKSUM_CHARACTERS)
  if (bytes.toString('latin1', 0, CHECKSUM_CHARACTERS) !== checksumOf(json)) throw corrupt(path, 'was damaged')
  const manifest = JSON.parse(json.toString()) as Manifest
  if (manifest.format === SNAPSHOT_FORMAT) return manifest
  const what = `has format ${manifest.format}; this version reads format ${SNAPSHOT_FORMAT}`
  throw failure('STATE_FORMAT', path, what, {
    hint: 'run the version of Typhoon that wrote it, or begin anew with --fresh',
  })
}

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_CHARACTERS, '0')
}

/** The number that a name begins with. */
function numberOf(name: string): number {
  return Number.parseInt(name, 10)
}

/** A directory is a file, too: of the names in it. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function unavailable(file: string, use: FileUse, cause: unknown): TyphoonError {
  const { code, message, hint } = fileTrouble(file, use, cause, { code: 'STATE_UNAVAILABLE' })
  const options = { where: { file }, hint: `${hint}; then it goes on by itself`, cause }
  return new TyphoonError(code, `a snapshot has to wait: ${message}`, options)
}

function corrupt(file: string, what: string): TyphoonError {
  return failure('STATE_CORRUPT', file, what)
}

function failure(
  code: ErrorCode,
  file: string,
  what: string,
  more: { hint?: string; cause?: unknown } = {},
): TyphoonError {
  return new TyphoonError(code, `the file ${file} of a snapshot ${what}`, { where: { file }, ...more })
}
