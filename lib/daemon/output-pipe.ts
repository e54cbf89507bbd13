/**
 * What one worker writes to its stdout or stderr, as lines. It is read only as fast as somebody takes it: else a reader of this run who
 * does not read would fill the memory, here or there.
 *
 * The promise: all that a worker has written before it died is passed on, also where a process that it has started holds the pipe open.
 */

import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Lines } from '../util/lines.ts'

/** A pipe holds less than this. Who goes on writing into that of a dead worker is not read any further. */
const MOST_LEFT_BYTES = 1024 * 1024

export class OutputPipe {
  readonly #stream: Readable
  readonly #lines: Lines
  #busy: Promise<void> | undefined
  #bytes = 0

  /** @param onLine returns a promise where no more is wanted before that settles */
  constructor(stream: Readable, onLine: (line: string) => Promise<void> | undefined) {
    this.#stream = stream
    this.#lines = new Lines((line) => {
      this.#busy = onLine(line) ?? this.#busy
    })
    stream.on('data', (bytes: Uint8Array) => this.#read(bytes))
    stream.on('error', () => {})
  }

  /** The process has ended: reads what it has left, and lets go of the pipe. */
  async end(): Promise<void> {
    const most = this.#bytes + MOST_LEFT_BYTES
    for (let before = -1; before !== this.#bytes && this.#bytes <= most; ) {
      await this.#busy
      before = this.#bytes
      // What is in the pipe is read in the next turn of the event loop; a stream that was paused needs one more to begin.
      for (let turns = 0; turns < 3 && before === this.#bytes; turns++) await turn()
    }
    this.#stream.destroy()
    this.#lines.end()
    await this.#busy
  }

  #read(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    this.#lines.add(bytes)
    if (this.#busy === undefined) return
    this.#stream.pause()
    void this.#busy.then(() => {
      this.#busy = undefined
      this.#stream.resume()
    })
  }
}
