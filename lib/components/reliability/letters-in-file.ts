/**
 * Which dead letters stand in their file already: an earlier life of a task has written them. The file is read line by
 * line, for it may have those of many runs.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { TaskContext } from '../../index.ts'
import { BEHIND_ROOT, beginningOfTask } from './dead-letter.ts'

const CHUNK_BYTES = 1_048_576

/** How the lines of all letters of a task in its run begin: see `beginningOf`. */
export function rootsIn(path: string, context: TaskContext): ReadonlySet<string> {
  const begin = Buffer.from(beginningOfTask(context))
  return collect(path, (line) => {
    const end = line.subarray(0, begin.length).equals(begin) ? line.lastIndexOf(BEHIND_ROOT) : 0
    return end > 0 ? line.toString('utf8', 0, end) : undefined
  })
}

/** Those of these lines that stand there. */
export function linesIn(path: string, lines: readonly string[]): ReadonlySet<string> {
  const sought = new Set(lines)
  return collect(path, (line) => {
    const text = line.toString()
    return sought.has(text) ? text : undefined
  })
}

/** Nothing where there is no file that can be read: what stands there is written a second time then. */
function collect(path: string, pick: (line: Buffer) => string | undefined): Set<string> {
  const found = new Set<string>()
  try {
    for (const line of linesOf(path)) {
      const picked = pick(line)
      if (picked !== undefined) found.add(picked)
    }
  } catch {
    // Said above.
  }
  return found
}

function* linesOf(path: string): Generator<Buffer> {
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
