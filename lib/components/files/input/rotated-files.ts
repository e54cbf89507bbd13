/**
 * Files that a rotation has put aside: `app.log` becomes `app.log.1`, or `app.log-20261130`. Where that has happened
 * more than once since a file was looked at, those that came after it must not be passed over.
 */
import { type BigIntStats, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type FileId, fileIdOf } from '../../../identity/file-id.ts'
import { literal } from '../../../util/literal.ts'
import type { FileMark } from './file-position.ts'
import { InputFile } from './input-file.ts'

/** What stands behind the name: a number or a date. Packed ones are left out: what they hold was read before. */
const ROTATED = '[.-]\\d[\\d.:_T-]*'

/** A file that had a name once. */
export interface RotatedFile {
  readonly path: string
  readonly id: FileId
}

/**
 * Those that had a name after another file had it, and have it no more, in the order in which they were written. It
 * goes by when they were written to last. A copy of that file, which `copytruncate` makes, is none of them.
 */
export function rotatedAfter(path: string, mark: FileMark): RotatedFile[] {
  if (mark.mtimeMs === undefined || isStill(path, mark)) return []
  const now = fileIdOf(path)
  const folder = dirname(path)
  const isRotated = new RegExp(`^${literal(basename(path))}${ROTATED}$`)
  return namesIn(folder)
    .filter((name) => isRotated.test(name))
    .map((name) => ({ path: join(folder, name), stats: statsOf(join(folder, name)) }))
    .filter(({ path, stats }) => stats !== undefined && isAfter(path, stats, mark))
    .sort((a, b) => Number(a.stats!.mtimeNs - b.stats!.mtimeNs))
    .map(({ path, stats }) => ({ path, id: `${stats!.dev}-${stats!.ino}` }))
    .filter(({ id }) => id !== now)
}

function isAfter(path: string, stats: BigIntStats, mark: FileMark): boolean {
  if (!stats.isFile() || stats.size === 0n || Number(stats.mtimeNs) / 1e6 <= mark.mtimeMs!) return false
  return !isStill(path, mark)
}

/** Whether it is the file of the mark, or a copy. An identity is given again when its file is gone. */
function isStill(path: string, mark: FileMark): boolean {
  try {
    return InputFile.with(path, undefined, (file) =>
      mark.headBytes === 0 ? file.id === mark.id : file.beginsLike(mark),
    )
  } catch {
    return false
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function statsOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })
}
