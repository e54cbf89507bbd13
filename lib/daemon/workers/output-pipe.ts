/**
 * What one worker writes into a pipe, as lines. It is read only as fast as somebody takes it: else a reader of this run
 * who does not read would fill the memory, here or there.
 *
 * The promise: all that a worker has written before it died is passed on, also where a process that it has started
 * holds the pipe open, and its end waits for nobody who reads.
 */
import { readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { Lines } from '../../util/lines.ts'

/** A pipe holds less than this. Who goes on writing into that of a dead worker is not read any further. */
const MOST_LEFT_BYTES = 1024 * 1024
const CHUNK_BYTES = 65_536

export class OutputPipe {
  readonly #stream: Readable
  readonly #lines: Lines
  /** Settles when the lines up to now have been taken; it never rejects. */
  #busy: Promise<void> | undefined

  /** @param onLine returns a promise where no more is wanted before that settles */
  constructor(stream: Readable, onLine: (line: string) => Promise<void> | undefined) {
    this.#stream = stream
    this.#lines = new Lines((line) => {
      const taken = onLine(line)
      if (taken !== undefined) this.#wait(taken)
    })
    stream.on('data', (bytes: Uint8Array) => this.#lines.add(bytes))
    stream.on('error', () => {})
  }

  /**
   * The process has ended: passes on what it has left, at once, and lets go of the pipe. Settles when all lines have
   * been taken.
   */
  async end(): Promise<void> {
    this.#stream.pause()
    // What is read here goes to the listener.
    while (this.#stream.read() !== null);
    this.#readLeft()
    this.#stream.destroy()
    this.#lines.end()
    await this.#busy
  }

  /**
   * What is in the pipe, and no more: the stream could not tell that nothing is left, as the pipe does, where somebody
   * else holds it open.
   */
  #readLeft(): void {
    const fd = fdOf(this.#stream)
    if (fd === undefined) return
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    try {
      for (let left = MOST_LEFT_BYTES; left > 0; ) {
        const length = readSync(fd, chunk)
        if (length === 0) return
        this.#lines.add(chunk.subarray(0, length))
        left -= length
      }
    } catch {
      // EAGAIN: it is empty.
    }
  }

  #wait(taken: Promise<void>): void {
    this.#stream.pause()
    const before = this.#busy
    const busy = Promise.allSettled([before, taken]).then(() => {
      if (this.#busy !== busy) return
      this.#busy = undefined
      this.#stream.resume()
    })
    this.#busy = busy
  }
}

/** The descriptor of an open pipe, which does not block; see docs/decisions/024-descriptor-of-a-pipe.md. */
function fdOf(stream: Readable): number | undefined {
  const fd = (stream as { _handle?: { fd?: number } | null })._handle?.fd
  return fd === undefined || fd < 0 ? undefined : fd
}
