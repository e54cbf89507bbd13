/** Small helps with files. */
import { readFile } from 'node:fs/promises'
import { messageOf } from '../../errors/typhoon-error.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'must not be read by this user',
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
