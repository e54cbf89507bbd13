/**
 * A disk that is full for a while, as this process sees it: what writes to a file by Node.js, of Typhoon's or of the
 * user's, gets ENOSPC. Without privileges no real disk can be filled for one process alone.
 *
 * Not seen are writes past Node.js: those of LMDB, and of child processes. Pipes and sockets are no files.
 */
import fs from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'

type Write = (...args: any[]) => any

/** From now on writing fails while `isFull` says so. */
export async function fillWhile(isFull: () => boolean): Promise<void> {
  const failsFor = (file: unknown): boolean => isFull() && typeof file === 'number' && fs.fstatSync(file).isFile()
  const target = fs as unknown as Record<string, Write>
  for (const name of ['writeSync', 'writevSync']) {
    const write = target[name]!
    target[name] = (file, ...rest) => {
      if (failsFor(file)) throw noSpace()
      return write(file, ...rest)
    }
  }
  for (const name of ['write', 'writev']) {
    const write = target[name]!
    target[name] = (file, ...rest) => {
      if (!failsFor(file)) return write(file, ...rest)
      const done = rest.at(-1) as (error: Error) => void
      setImmediate(() => done(noSpace()))
    }
  }
  syncBuiltinESMExports()
  await fillHandles(isFull)
}

/** What `open` of `node:fs/promises` returns is of a class that has no name outside. */
async function fillHandles(isFull: () => boolean): Promise<void> {
  const handle = await open(fileURLToPath(import.meta.url), 'r')
  const methods = Object.getPrototypeOf(handle) as Record<string, Write>
  await handle.close()
  for (const name of ['write', 'writev', 'writeFile', 'appendFile']) {
    const write = methods[name]!
    methods[name] = async function (this: FileHandle, ...rest: unknown[]) {
      if (isFull()) throw noSpace()
      return write.apply(this, rest)
    }
  }
}

function noSpace(): NodeJS.ErrnoException {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
}
