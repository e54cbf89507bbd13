/**
 * Writes the files of an export. The law: a file that no export has written is somebody's, and is never overwritten;
 * all are looked at before the first is written.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { folderMade } from '../identity/make-folder.ts'

/** What the first characters of a comment may be: `# `, `// `. */
const LONGEST_COMMENT = 3

/**
 * @param mark what the first line of each of them says behind the sign of a comment
 * @param contents by path
 * @throws OUTPUT_EXISTS (rejects); what the system says of what it cannot write
 */
export async function writeOwn(mark: string, contents: Readonly<Record<string, string>>): Promise<void> {
  for (const path of Object.keys(contents)) await checkOwn(mark, path)
  for (const [path, content] of Object.entries(contents)) {
    await folderMade(dirname(path))
    await writeFile(path, content)
  }
}

async function checkOwn(mark: string, path: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (found === undefined || found.slice(0, mark.length + LONGEST_COMMENT).includes(mark)) return
  throw new TyphoonError('OUTPUT_EXISTS', `${path} is there, and no export has written it`, {
    where: { file: path },
    hint: 'write to another folder: --out DIR',
  })
}

/** A word of a command line as a shell reads it. */
export function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
