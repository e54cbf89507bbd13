/** The stdin of the run as bytes, whatever it is: a pipe, a terminal, a file. */
import { createReadStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { ByteStream } from './byte-stream.ts'
import { unreadable } from './input-error.ts'

const NAME = 'stdin'

/** @param descriptor of it in this process @throws FILE_NOT_FOUND where it is closed */
export function openStdin(descriptor: number): ByteStream {
  const failed = (cause: unknown): Error => unreadable(NAME, cause)
  try {
    const stream = streamOf(descriptor)
    // Until somebody waits for it, an error is nobody's.
    stream.on('error', () => {})
    return new ByteStream({ path: NAME, stream, behind: stream, failed })
  } catch (cause) {
    throw failed(cause)
  }
}

/** A read that waits in a thread would keep the process from ending, so only what never waits is read by `fs`. */
function streamOf(fd: number): Readable {
  // By BigInt, or modules that are imported later may be found under other names (`command/terminal/file-output.ts`).
  const stats = fstatSync(fd, { bigint: true })
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd, readable: true, writable: false })
  return isatty(fd) ? new ReadStream(fd) : createReadStream('', { fd })
}
