/**
 * Which dead letters stand in their file already: an earlier life of a task has written them. What somebody has taken
 * out of the file since counts as if it still stood there.
 */
import type { TaskContext } from '../../index.ts'
import { BEHIND_ROOT, beginningOfTask } from './dead-letter.ts'
import { digestOf, goneOf } from './gone-letters.ts'
import { linesOf } from './lines-of-file.ts'

/**
 * Tells of a letter of this task and run, by what `beginningOf` gives, whether there is one for the same root. Reads
 * the file when it is called.
 */
export function rootsIn(path: string, context: TaskContext): (beginning: string) => boolean {
  const begin = Buffer.from(beginningOfTask(context))
  const there = collect(path, (line) => {
    const end = line.subarray(0, begin.length).equals(begin) ? line.lastIndexOf(BEHIND_ROOT) : 0
    return end > 0 ? line.toString('utf8', 0, end) : undefined
  })
  const { roots } = goneOf(path, context.run)
  return (beginning) => there.has(beginning) || (roots.size > 0 && roots.has(digestOf(beginning)))
}

/** Those of these lines that stand there. @param run of the letters */
export function linesIn(path: string, run: string, lines: readonly string[]): ReadonlySet<string> {
  const sought = new Set(lines)
  const there = collect(path, (line) => {
    const text = line.toString()
    return sought.has(text) ? text : undefined
  })
  const gone = goneOf(path, run).lines
  if (gone.size > 0) for (const line of lines) if (gone.has(digestOf(line))) there.add(line)
  return there
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
