/** What a packed file unpacks to, from its beginning: a stream that is read forward, in blocks, whatever its size. */
import { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { damaged, unreadable } from './input-error.ts'
import type { InputFile, Packing } from './input-file.ts'

const BLOCK = 262_144

/** Node's own; zstd came with 22.15. */
const UNPACK: Readonly<Record<Packing, (() => NodeJS.ReadWriteStream) | undefined>> = {
  gzip: () => zlib.createGunzip({ chunkSize: BLOCK }),
  zstd: (zlib as { createZstdDecompress?: (options: object) => NodeJS.ReadWriteStream }).createZstdDecompress?.bind(
    undefined,
    { chunkSize: BLOCK },
  ),
}

/** All of a small one. @throws where it is damaged, or unpacks to more than `maxBytes` */
export function unpackAll(bytes: Buffer, packing: Packing, maxBytes: number): Buffer {
  if (packing === 'gzip') return zlib.gunzipSync(bytes, { maxOutputLength: maxBytes })
  const { zstdDecompressSync: unpack } = zlib as {
    zstdDecompressSync?: (bytes: Buffer, options: object) => Buffer
  }
  if (unpack === undefined) throw new Error(NO_ZSTD)
  return unpack(bytes, { maxOutputLength: maxBytes })
}

const NO_ZSTD = `it is packed by zstd, which Node ${process.versions.node} cannot unpack; 22.15 and later can`

export class UnpackedFile {
  readonly #path: string
  readonly #source: Readable
  readonly #blocks: AsyncIterator<Buffer>
  #block: Buffer = Buffer.alloc(0)
  /** Offset of the block's first byte in the unpacked bytes. */
  #at = 0
  #isAtEnd = false

  /** @param file stays open until this is closed @throws FILE_NOT_FOUND where this Node cannot unpack it */
  constructor(file: InputFile, packing: Packing) {
    this.#path = file.path
    const unpack = UNPACK[packing]
    if (unpack === undefined) throw unreadable(file.path, new Error(NO_ZSTD))
    this.#source = Readable.from(blocksOf(file), { objectMode: false, highWaterMark: BLOCK })
    const unpacked = unpack() as NodeJS.ReadWriteStream & Readable
    this.#source.on('error', (error) => unpacked.destroy(error))
    this.#source.pipe(unpacked)
    this.#blocks = unpacked[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Like `InputFile.readOn`; the pieces that come may be cut anywhere. @throws INPUT_DAMAGED */
  readOn(into: Buffer, offset: number, position: number): number | Promise<number> {
    const from = position - this.#at
    if (from < this.#block.length) return this.#block.copy(into, offset, from)
    return this.#isAtEnd ? 0 : this.#nextBlock().then(() => this.readOn(into, offset, position))
  }

  /** Ends the stream; the file stays open. */
  async close(): Promise<void> {
    this.#source.destroy()
    await this.#blocks.return?.()
  }

  async #nextBlock(): Promise<void> {
    try {
      const { done, value } = await this.#blocks.next()
      this.#at += this.#block.length
      this.#block = done ? Buffer.alloc(0) : value
      this.#isAtEnd = done === true
    } catch (cause) {
      throw damaged(this.#path, cause)
    }
  }
}

function* blocksOf(file: InputFile): Generator<Buffer> {
  for (let position = 0; ; ) {
    const block = Buffer.allocUnsafe(BLOCK)
    const count = file.readAt(block, position)
    if (count === 0) return
    position += count
    yield block.subarray(0, count)
  }
}
