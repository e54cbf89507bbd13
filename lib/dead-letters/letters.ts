/**
 * Files of dead letters as data. All kinds of runs write the same lines: spouts that are acked, bolts whose tuples are
 * atomic, batches of Trident, components in other languages. A line that is no letter is told of by its number, and
 * hides no other.
 *
 * A letter is named by a digest of its line, which stays the same for as long as the line does; letters whose lines are
 * the same are counted: `3f2a9c01b7de`, `3f2a9c01b7de-2`.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { DeadLetter } from '../components/reliability/dead-letter.ts'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { fileTrouble } from '../identity/file-trouble.ts'
import { decode } from '../values/text.ts'
import { type Line, LONGEST_BYTES, linesOf } from './lines.ts'

const ID_DIGITS = 12

/** A letter, and where it stands. */
export interface FoundLetter {
  readonly id: string
  readonly file: string
  /** From 1 up. */
  readonly line: number
  /** The line itself. */
  readonly text: string
  readonly letter: DeadLetter
}

/** A line that is no letter. */
export interface DamagedLine {
  readonly file: string
  /** From 1 up. */
  readonly line: number
  /** It is the last one, and has no end: its writer has died, or writes it just now. */
  readonly isTorn: boolean
  readonly why: string
}

/** One or the other, with where it stands in its file. */
export type Entry = (FoundLetter | DamagedLine) & { readonly place: Pick<Line, 'from' | 'to'> }

/** Whether a line is a letter. */
export function isLetter<T extends FoundLetter | DamagedLine>(entry: T): entry is T & FoundLetter {
  return 'letter' in entry
}

/**
 * What stands in a file. Nothing where there is no such file.
 * @throws FILE_UNUSABLE (rejects)
 */
export async function* lettersIn(path: string): AsyncGenerator<Entry> {
  const file = await opened(path)
  if (file === undefined) return
  try {
    yield* entriesOf(file, path, (await file.stat()).size)
  } finally {
    await file.close()
  }
}

/** What stands in the first bytes of an open file. @param path for the places */
export async function* entriesOf(file: FileHandle, path: string, size: number): AsyncGenerator<Entry> {
  const seen = new Map<string, number>()
  for await (const line of linesOf(file, size)) {
    const entry = entryOf(line, path, seen)
    if (entry !== undefined) yield { ...entry, place: { from: line.from, to: line.to } }
  }
}

/** Undefined: the line is empty. @param seen how often there was a line with this digest */
function entryOf(line: Line, file: string, seen: Map<string, number>): FoundLetter | DamagedLine | undefined {
  const { number, bytes, isEnded } = line
  const damaged = (why: string): DamagedLine => ({ file, line: number, isTorn: !isEnded, why })
  if (bytes === undefined) return damaged(`it is longer than ${LONGEST_BYTES} bytes`)
  const text = bytes.toString()
  if (text.trim() === '') return undefined
  try {
    const letter = letterIn(text)
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, ID_DIGITS)
    const times = (seen.get(digest) ?? 0) + 1
    seen.set(digest, times)
    return { id: times === 1 ? digest : `${digest}-${times}`, file, line: number, text, letter }
  } catch (error) {
    return damaged(messageOf(error))
  }
}

/** What a letter must have to be one: names of a later version of Typhoon beside them do no harm. */
const TEXTS = ['topology', 'component', 'stream', 'time'] as const

/** The letter of a line. @throws Error that says why it is none */
function letterIn(text: string): DeadLetter {
  const value = decode(text)
  if (!isObject(value)) throw new Error('it is no JSON object')
  for (const name of TEXTS) if (typeof value[name] !== 'string') throw new Error(`its "${name}" is no text`)
  for (const name of ['values', 'reason']) if (!isObject(value[name])) throw new Error(`its "${name}" is no object`)
  if (!Number.isSafeInteger(value['attempts'])) throw new Error('its "attempts" is no whole number')
  return value as unknown as DeadLetter
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined where there is none. @throws FILE_UNUSABLE (rejects) */
async function opened(path: string): Promise<FileHandle | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileTrouble(path, 'read', error)
  }
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new TyphoonError('FILE_UNUSABLE', `${path} is no file that can be read from its beginning`, {
    where: { file: path },
    hint: 'dead letters that go to a pipe or a device are no longer there',
  })
}
