/** The files that a file spout is to read: names, folders, and patterns with `*` in their last part. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { messageOf, TyphoonError } from '../../../errors/typhoon-error.ts'
import { fileIdOf } from '../../../identity/file-id.ts'
import { literal } from '../../../util/literal.ts'

/** A file that is to be read. */
export interface ListedFile {
  readonly path: string
  /**
   * Modulo the number of tasks it says whose file it is. One that was named has its place among the arguments, one that
   * was found in a folder the checksum of its path: no other file changes that, so tasks that look into a folder at
   * different times do agree.
   */
  readonly number: number
}

/**
 * The files that the arguments stand for, in their order; those of one folder or pattern are sorted by name. `*` stands
 * for any characters; names that begin with a dot are left out unless the pattern begins with one, as in a shell.
 * Relative names start from the working directory. A file that several names lead to is listed once.
 * @param onTwice called with another name of a file that is listed already
 * @throws FILE_NOT_FOUND where a file does not exist or may not be read, or nothing matches
 */
export function listFiles(
  files: string | readonly string[],
  onTwice: (file: string, first: string) => void = () => {},
): ListedFile[] {
  const list = typeof files === 'string' ? [files] : files
  const first = new Map<string, ListedFile>()
  for (const file of list.flatMap((file, index) => (file.includes('*') ? matching(file) : named(file, index)))) {
    const { path } = file
    const id = tryTo(path, () => {
      accessSync(path, constants.R_OK)
      return fileIdOf(path) ?? path
    })
    const before = first.get(id)
    if (before !== undefined) onTwice(path, before.path)
    else first.set(id, file)
  }
  return [...first.values()]
}

function named(file: string, number: number): ListedFile[] {
  const stats = tryTo(file, () => statSync(file))
  if (stats.isFile()) return [{ path: file, number }]
  if (!stats.isDirectory()) throw notFound(file, `"${file}" is neither a file nor a folder`)
  return matching(join(file, '*'))
}

function matching(pattern: string): ListedFile[] {
  const folder = dirname(pattern)
  if (folder.includes('*'))
    throw notFound(pattern, `"${pattern}" has a * before its last part, which alone may have one`)
  const name = basename(pattern)
  const expression = wildcard(name)
  const files = tryTo(pattern, () => readdirSync(folder))
    .filter((entry) => expression.test(entry) && (name.startsWith('.') || !entry.startsWith('.')))
    .sort() // by code units: the same on every machine
    .map((entry) => join(folder, entry))
    .filter((file) => tryTo(file, () => statSync(file)).isFile())
  if (files.length === 0) throw notFound(pattern, `no file matches "${pattern}"`)
  return files.map((path) => ({ path, number: crc32(path) }))
}

/** What fits a name in which `*` stands for any characters. */
export function wildcard(name: string): RegExp {
  return new RegExp(`^${name.split('*').map(literal).join('.*')}$`, 's')
}

function tryTo<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(cause)}`
    throw notFound(file, `"${file}" ${why}`, cause)
  }
}

function notFound(file: string, message: string, cause?: unknown): TyphoonError {
  const hint = `give a file that exists; relative names start from ${process.cwd()}`
  return new TyphoonError('FILE_NOT_FOUND', message, { where: { file }, hint, cause })
}
