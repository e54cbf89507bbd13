/** The files that a file spout is to read: names, folders, and patterns with `*` in their last part. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { messageOf, TyphoonError } from '../../../errors/typhoon-error.ts'
import { type FileId, fileIdOf } from '../../../identity/file-id.ts'
import { literal } from '../../../util/literal.ts'

/** A file that is to be read. */
export interface ListedFile {
  readonly path: string
  /**
   * Modulo the number of tasks it says whose file it is: see `numberOf`. No other file changes that, and no other name,
   * so tasks that look into a folder at different times do agree.
   */
  readonly number: number
  readonly id: FileId
}

/**
 * The number of a file among those that the arguments stand for. Where they are names, it is the place of the name
 * among them; what was found in a folder or by a pattern goes by its identity, for a rotation gives it another name.
 */
export function numberOf(files: string | readonly string[], path: string, id: FileId): number {
  const list = [files].flat()
  const named = list.some((file) => file.includes('*')) ? -1 : list.indexOf(path)
  return named === -1 ? crc32(id) : named
}

/**
 * The files that the arguments stand for, in their order; those of one folder or pattern are sorted by name. `*` stands
 * for any characters; names that begin with a dot are left out unless the pattern begins with one, as in a shell.
 * Relative names start from the working directory. A file that several names lead to is listed once.
 * @param onTwice called with another name of a file that is listed already
 * @param onMissing called with the error of what is not there, which is left out then, for it may come; unless given it
 * is thrown
 * @throws FILE_NOT_FOUND where a file does not exist or may not be read, or nothing matches
 */
export function listFiles(
  files: string | readonly string[],
  onTwice: (file: string, first: string) => void = () => {},
  onMissing?: (error: TyphoonError) => void,
): ListedFile[] {
  const first = new Map<FileId, ListedFile>()
  const unlessMissing = <T>(find: () => T): T | undefined => {
    try {
      return find()
    } catch (error) {
      if (onMissing === undefined || !(error instanceof TyphoonError) || error.code !== 'FILE_NOT_FOUND') throw error
      onMissing(error)
      return undefined
    }
  }
  for (const path of [files].flat().flatMap((file) => unlessMissing(() => pathsOf(file)) ?? [])) {
    const id = unlessMissing(() => readableId(path))
    if (id === undefined) continue
    const before = first.get(id)
    if (before !== undefined) onTwice(path, before.path)
    else first.set(id, { path, id, number: numberOf(files, path, id) })
  }
  return [...first.values()]
}

/** Whether a file of this name would be listed, if there were one. */
export function isMeant(files: string | readonly string[], path: string): boolean {
  return [files].flat().some((file) => {
    if (!file.includes('*')) return path === file || isMatch(join(file, '*'), path)
    return isMatch(file, path)
  })
}

function isMatch(pattern: string, path: string): boolean {
  return join(dirname(pattern), basename(path)) === path && fits(basename(pattern), basename(path))
}

/** As a shell has it: a name that begins with a dot is left out, unless the pattern does. */
function fits(pattern: string, name: string): boolean {
  return wildcard(pattern).test(name) && (pattern.startsWith('.') || !name.startsWith('.'))
}

function readableId(path: string): FileId {
  return tryTo(path, () => {
    accessSync(path, constants.R_OK)
    return fileIdOf(path) ?? path
  })
}

function pathsOf(file: string): string[] {
  if (file.includes('*')) return matching(file)
  const stats = tryTo(file, () => statSync(file))
  if (stats.isFile()) return [file]
  if (!stats.isDirectory()) throw notFound(file, `"${file}" is neither a file nor a folder`)
  return matching(join(file, '*'))
}

function matching(pattern: string): string[] {
  const folder = dirname(pattern)
  if (folder.includes('*'))
    throw notFound(pattern, `"${pattern}" has a * before its last part, which alone may have one`)
  const name = basename(pattern)
  const files = tryTo(pattern, () => readdirSync(folder))
    .filter((entry) => fits(name, entry))
    .sort() // by code units: the same on every machine
    .map((entry) => join(folder, entry))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
  if (files.length === 0) throw notFound(pattern, `no file matches "${pattern}"`)
  return files
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
