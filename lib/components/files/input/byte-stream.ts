/** Bytes that are read forward, in blocks, and have to be waited for: what a packed file unpacks to, or a pipe. */
import type { Readable } from 'node:stream'

/** Where such bytes come from. */
export interface ByteStreamOptions {
  /** What it is called where something is wrong with it. */
  readonly path: string
  readonly stream: Readable
  /** What a failure of it is. */
  failed(cause: unknown): Error
  /** What is ended before the stream is. */
  readonly behind?: Readable
}

export class ByteStream {
  readonly path: string
  readonly #options: ByteStreamOptions
  readonly #blocks: AsyncIterator<Buffer>
  #block: Buffer = Buffer.alloc(0)
  /** Offset of the block's first byte in all bytes. */
  #at = 0
  #isAtEnd = false

  constructor(options: ByteStreamOptions) {
    this.path = options.path
    this.#options = options
    this.#blocks = options.stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Like `InputFile.readOn`; the pieces that come may be cut anywhere. @throws what `failed` makes of a failure */
  readOn(into: Buffer, offset: number, position: number): number | Promise<number> {
    const from = position - this.#at
    if (from < this.#block.length) return this.#block.copy(into, offset, from)
    return this.#isAtEnd ? 0 : this.#nextBlock().then(() => this.readOn(into, offset, position))
  }

  /** Ends the stream. */
  async close(): Promise<void> {
    this.#options.behind?.destroy()
    await this.#blocks.return?.()
  }

  async #nextBlock(): Promise<void> {
    try {
      const { done, value } = await this.#blocks.next()
      this.#at += this.#block.length
      this.#block = done ? Buffer.alloc(0) : value
      this.#isAtEnd = done === true
    } catch (cause) {
      throw this.#options.failed(cause)
    }
  }
}
