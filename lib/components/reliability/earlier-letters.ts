/**
 * The dead letters that earlier lives of a task have written in this run, found in the file by how their lines begin:
 * which root, of which task, in which run. Other letters, which may be many, are passed over and not kept.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import type { TaskContext } from '../../index.ts'
import { BEHIND_ROOT, beginningOfTask } from './dead-letter.ts'

const CHUNK_BYTES = 1_048_576

/** The beginnings of their lines, see `beginningOf`; none where there is no file that can be read. */
export function earlierLetters(path: string, context: TaskContext): ReadonlySet<string> {
  const begin = Buffer.from(beginningOfTask(context))
  const found = new Set<string>()
  try {
    for (const line of linesOf(path)) {
      if (!line.subarray(0, begin.length).equals(begin)) continue
      const end = line.lastIndexOf(BEHIND_ROOT)
      if (end > 0) found.add(line.toString('utf8', 0, end))
    }
  } catch {
    // What cannot be read is written a second time, if need be.
  }
  return found
}

function* linesOf(path: string): Generator<Buffer> {
  const file = openSync(path, 'r')
  try {
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
