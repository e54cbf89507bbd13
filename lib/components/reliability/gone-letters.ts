/**
 * Which dead letters somebody has taken out of their file, or has put another one in the place of. A run that goes back
 * to a snapshot looks in the file which of its letters stand there, and writes the others: without this it would bring
 * back what was dropped.
 *
 * They are remembered in a file beside that of the letters, a line for each, by digests alone: what was dropped is not
 * to be kept.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { BEHIND_ROOT } from './dead-letter.ts'
import { linesOf } from './lines-of-file.ts'

/** Hexadecimal digits of a digest: 64 bits. */
const DIGITS = 16

/** What was taken away of one run. */
export interface GoneLetters {
  /** Digests of lines. */
  readonly lines: ReadonlySet<string>
  /** Digests of what `beginningOf` gives. */
  readonly roots: ReadonlySet<string>
}

/** The file in which that is remembered. @param path that of the letters, or one that leads to it */
export function goneFileOf(path: string): string {
  try {
    return `${realpathSync(path)}.gone`
  } catch {
    return `${path}.gone`
  }
}

/** How a letter is remembered that is taken away, as a line without its line break. @param run of the letter */
export function goneLine(run: string, line: string): string {
  const end = line.lastIndexOf(BEHIND_ROOT)
  return JSON.stringify({ run, line: digestOf(line), ...(end > 0 ? { root: digestOf(line.slice(0, end)) } : {}) })
}

/** What was taken away of a run. @param path that of the letters */
export function goneOf(path: string, run: string): GoneLetters {
  const lines = new Set<string>()
  const roots = new Set<string>()
  try {
    for (const bytes of linesOf(goneFileOf(path))) {
      const entry = entryIn(bytes.toString())
      if (entry?.['run'] !== run) continue
      lines.add(String(entry['line']))
      if (entry['root'] !== undefined) roots.add(String(entry['root']))
    }
  } catch {
    // There is no such file, or none that can be read: nothing was taken away then, as far as can be known.
  }
  return { lines, roots }
}

/** Of a line, or of its beginning. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS)
}

function entryIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  } catch {
    // Its writer died.
    return undefined
  }
}
