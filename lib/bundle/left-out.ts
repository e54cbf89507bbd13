/** What a user leaves out of a bundle: `.typhoonignore` at the root of the project, in the syntax of `.gitignore`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ignore from 'ignore'
import { fileTrouble } from '../identity/file-trouble.ts'

/** The name of the file. */
export const IGNORE_FILE = '.typhoonignore'

/** Whether a path below the root is left out. @param path with `/` between its parts; that of a folder ends with one */
export type LeftOut = (path: string) => boolean

/** @param root of the project @throws FILE_UNUSABLE (rejects) where the file is there and cannot be read */
export async function leftOutOf(root: string): Promise<LeftOut> {
  const file = join(root, IGNORE_FILE)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw fileTrouble(file, 'read', error)
  })
  if (text.trim() === '') return () => false
  // Names differ in capitals, as for git on Linux.
  const rules = ignore({ ignorecase: false }).add(text)
  return (path) => rules.ignores(path)
}
