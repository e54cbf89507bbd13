/**
 * Writes the files of an export. The law: a file that no export has written is somebody's, and is never overwritten or
 * removed; all are looked at before the first is written; nothing of an earlier export is left beside it.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { folderMade } from '../identity/make-folder.ts'

/** What the first characters of a comment may be: `# `, `// `. */
const LONGEST_COMMENT = 3

/**
 * @param mark what the first line of each of them says behind the sign of a comment
 * @param contents by path; undefined: it has no such file, and that of an earlier export is removed
 * @throws OUTPUT_EXISTS (rejects); what the system says of what it cannot write
 */
export async function writeOwn(mark: string, contents: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) if (content !== undefined) await checkOwn(mark, path)
  for (const [path, content] of Object.entries(contents)) {
    if (content !== undefined) {
      await folderMade(dirname(path))
      await writeFile(path, content)
    } else if ((await whoseIs(mark, path)) === 'own') await rm(path)
  }
}

async function checkOwn(mark: string, path: string): Promise<void> {
  if ((await whoseIs(mark, path)) !== 'other') return
  throw new TyphoonError('OUTPUT_EXISTS', `${path} is there, and no export has written it`, {
    where: { file: path },
    hint: 'write to another folder: --out DIR',
  })
}

/** Whether an export has written a file, or somebody else; undefined where there is none. */
async function whoseIs(mark: string, path: string): Promise<'own' | 'other' | undefined> {
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (found === undefined) return undefined
  return found.slice(0, mark.length + LONGEST_COMMENT).includes(mark) ? 'own' : 'other'
}

/** A word of a command line as a shell reads it. */
export function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
