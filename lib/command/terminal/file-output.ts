/**
 * stdout where it is a file. The promise: a text is written whole, or the error is reported. Node.js' own stream takes
 * no notice of a file that has room for a part of it only.
 */
import { fstatSync, writeSync } from 'node:fs'
import type { WritableLike } from './terminal.ts'

const STDOUT_FD = 1

/** The stream to write results to. */
export function stdoutOf(stream: WritableLike): WritableLike {
  return isFile(STDOUT_FD) ? new FileOutput(STDOUT_FD) : stream
}

/** Writes at once, so that nothing ever waits. */
export class FileOutput implements WritableLike {
  readonly writableNeedDrain = false
  readonly writableLength = 0
  readonly #fd: number
  #onError: (error: NodeJS.ErrnoException) => void = () => {}

  constructor(fd: number) {
    this.#fd = fd
  }

  write(text: string, done?: () => void): boolean {
    try {
      const bytes = Buffer.from(text)
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written)
    } catch (error) {
      this.#onError(error as NodeJS.ErrnoException)
    }
    done?.()
    return true
  }

  on(event: 'error' | 'drain', listener: (error: NodeJS.ErrnoException) => void): void {
    if (event === 'error') this.#onError = listener
  }
}

/**
 * By BigInt, for Node.js keeps what it has asked for otherwise last: where that is a pipe or a socket, the imports that
 * follow do not resolve symbolic links any more, and a package that is linked (by pnpm, or `npm link`) is loaded again
 * under its other name: a second Typhoon, and a second LMDB, in one process.
 */
function isFile(fd: number): boolean {
  try {
    return fstatSync(fd, { bigint: true }).isFile()
  } catch {
    return false // it is closed
  }
}
