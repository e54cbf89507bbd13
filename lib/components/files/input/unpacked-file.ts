/** What a packed file unpacks to, from its beginning: a stream that is read forward, in blocks, whatever its size. */
import { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { ByteStream } from './byte-stream.ts'
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

/** @param file stays open until the stream is closed @throws FILE_NOT_FOUND where this Node cannot unpack it */
export function unpackedFile(file: InputFile, packing: Packing): ByteStream {
  const { path } = file
  const unpack = UNPACK[packing]
  if (unpack === undefined) throw unreadable(path, new Error(NO_ZSTD))
  const packed = Readable.from(blocksOf(file), { objectMode: false, highWaterMark: BLOCK })
  const stream = unpack() as NodeJS.ReadWriteStream & Readable
  packed.on('error', (error) => stream.destroy(error))
  packed.pipe(stream)
  return new ByteStream({ path, stream, behind: packed, failed: (cause) => damaged(path, cause) })
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
