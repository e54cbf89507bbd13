/** The lines of a file, one by one, without holding all of it: it may have those of many runs. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const CHUNK_BYTES = 1_048_576

/** Without their line breaks; a last one that has none is left out, for its writer may have died. @throws as `open` */
export function* linesOf(path: string): Generator<Buffer> {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    // A device may have no end, a pipe no beginning.
    if (!fstatSync(file).isFile()) return
    let begun = Buffer.alloc(0)
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const count = readSync(file, chunk)
      if (count === 0) return
      const bytes = Buffer.concat([begun, chunk.subarray(0, count)])
      let from = 0
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield bytes.subarray(from, end)
        from = end + 1
      }
      begun = bytes.subarray(from)
    }
  } finally {
    closeSync(file)
  }
}
