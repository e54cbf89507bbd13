/** Small helps with files. */
import { readFile, stat } from 'node:fs/promises'
import { messageOf } from '../../errors/typhoon-error.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'is not readable by this user',
  NOT_A_FILE: 'is not a file',
}

/**
 * Its size in bytes. Reading something else, a pipe say, might never end. @throws where it is not a file (rejects)
 */
export async function sizeOfFile(path: string): Promise<number> {
  const stats = await stat(path)
  if (stats.isFile()) return stats.size
  throw Object.assign(new Error('it is not a file'), { code: stats.isDirectory() ? 'EISDIR' : 'NOT_A_FILE' })
}

/** Why a file cannot be read, as a sentence. */
export function whyUnreadable(file: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  return `${file} ${REASONS[code] ?? `cannot be read: ${messageOf(error)}`}`
}

/** A line of a file, from 1 up; `undefined` where there is no such line or file. */
export async function lineOf(file: string, line: number): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.replace(/^\uFEFF/, '').split(/\r?\n/)[line - 1] || undefined
}
