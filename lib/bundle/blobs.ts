/**
 * The contents of bundles on the disk of whoever runs them, by digest. What has its name has been written whole, and
 * its digest was compared: a process that was killed leaves a file of another name behind.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { fileTrouble, isOfDisk } from '../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../identity/make-folder.ts'
import { BUNDLE_LIMITS } from './manifest.ts'

/** Where a blob is, and how long. */
export class BlobDirectory {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The file of a blob, which need not be there. @param digest was checked */
  pathOf(digest: string): string {
    return join(this.#directory, digest.slice(0, 2), digest)
  }

  async has(digest: string): Promise<boolean> {
    return stat(this.pathOf(digest)).then(
      () => true,
      () => false,
    )
  }

  /** Those of these that are not there. */
  async missing(digests: readonly string[]): Promise<string[]> {
    const known = await Promise.all(digests.map((digest) => this.has(digest)))
    return digests.filter((_, index) => !known[index])
  }

  /**
   * Takes one in.
   * @throws BAD_BUNDLE where it is too long, or is not what its name says; FILE_UNUSABLE; what `content` fails with
   * (rejects)
   */
  async put(digest: string, content: Readable, mostBytes = BUNDLE_LIMITS.bytes): Promise<void> {
    const path = this.pathOf(digest)
    const half = `${path}.${randomUUID()}`
    try {
      await folderMade(dirname(path), PRIVATE)
      await pipeline(content, checked(digest, mostBytes), createWriteStream(half, { flags: 'wx', mode: 0o600 }))
      await sync(half)
      await rename(half, path)
    } catch (error) {
      await rm(half, { force: true }).catch(() => {})
      throw isOfDisk(error) ? fileTrouble(path, 'written', error) : error
    }
  }

  /** Removes one, which is damaged. */
  async drop(digest: string): Promise<void> {
    await rm(this.pathOf(digest), { force: true })
  }

  /** Removes all that is not one of these. */
  async retain(digests: ReadonlySet<string>): Promise<void> {
    for (const folder of await readdir(this.#directory).catch(() => []))
      for (const name of await readdir(join(this.#directory, folder)))
        if (!digests.has(name)) await rm(join(this.#directory, folder, name), { force: true })
  }
}

/** Passes on what has a digest, and fails at its end where it has another. @throws BAD_BUNDLE */
export function checked(digest: string, mostBytes: number) {
  return async function* (content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of content) {
      bytes += chunk.length
      if (bytes > mostBytes)
        throw new TyphoonError('BAD_BUNDLE', `a file of the bundle has more than ${mostBytes} bytes`)
      hash.update(chunk)
      yield chunk
    }
    if (hash.digest('hex') === digest) return
    throw new TyphoonError('BAD_BUNDLE', `the content of ${digest.slice(0, 12)}… is not what its digest says`, {
      hint: 'it was changed on its way, or on the disk: submit the topology again',
    })
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
