/** The file system, as far as a file sink needs it: a port, so that tests can stop between any two of its steps. */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { claimFile, type Writer } from '../../components/files/claim.ts'
import { fileIdOf } from '../../identity/file-id.ts'
import { makeFolder } from '../../identity/make-folder.ts'
import type { LeaseOfRun } from '../../index.ts'

/** A file that is open for reading and writing. */
export interface OpenFile {
  size(): number
  /** Whether it is still the file that this path names: it may have been removed, renamed or replaced. */
  isAt(path: string): boolean
  /** Fills the buffer from a position on; fewer bytes only at the end of the file. */
  read(buffer: Uint8Array, position: number): number
  /** Writes all bytes; where it throws, some of them may have been written. */
  write(bytes: Uint8Array, position: number): void
  truncate(length: number): void
  /** What was written and cut is on the disk when it returns. */
  sync(): void
  close(): void
}

/** Where files come from. */
export interface Files {
  exists(path: string): boolean
  /**
   * Opens a file; makes it, and its folder, where there is none. With `sync` its name is on the disk when it returns.
   */
  open(path: string, sync: boolean): OpenFile
}

/**
 * Those of the disk. A file is claimed when it is opened, so that it has no other writer: `open` throws OUTPUT_IN_USE.
 * @param lease is looked at before anything is written or cut
 * @param warn called if no claim can be made
 */
export function filesOfDisk(writer: Writer, lease: LeaseOfRun, warn: (message: string) => void): Files {
  return {
    exists: existsSync,
    open(path, sync) {
      const folder = dirname(path)
      makeFolder(folder)
      const isNew = !existsSync(path)
      // 'a' makes the file where there is none; 'r+' writes where it is told to.
      if (isNew) closeSync(openSync(path, 'a'))
      const file = openSync(path, 'r+')
      try {
        const endClaim = claimFile(file, path, writer, warn)
        if (sync && isNew) syncFolder(folder)
        return new DiskFile(file, lease, endClaim)
      } catch (error) {
        closeSync(file)
        throw error
      }
    },
  }
}

class DiskFile implements OpenFile {
  readonly #file: number
  readonly #lease: LeaseOfRun
  readonly #endClaim: () => void

  constructor(file: number, lease: LeaseOfRun, endClaim: () => void) {
    this.#file = file
    this.#lease = lease
    this.#endClaim = endClaim
  }

  size(): number {
    return fstatSync(this.#file).size
  }

  isAt(path: string): boolean {
    return fileIdOf(path) === fileIdOf(this.#file)
  }

  read(buffer: Uint8Array, position: number): number {
    return readSync(this.#file, buffer, 0, buffer.length, position)
  }

  write(bytes: Uint8Array, position: number): void {
    this.#lease.check()
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, position + done)
  }

  truncate(length: number): void {
    this.#lease.check()
    ftruncateSync(this.#file, length)
  }

  sync(): void {
    fsyncSync(this.#file)
  }

  close(): void {
    this.#endClaim()
    closeSync(this.#file)
  }
}

/** A new file can be gone after a power cut as long as its folder is not on the disk. Windows knows no such thing. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
