/**
 * Folders for temporary files: of a test, of a file of tests, of a piece of work. Each is removed when what it was made
 * for is over. A process that is just ending may write there meanwhile: then the removal is tried again until it has
 * ended. No specification makes or removes one by itself.
 */
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { made, remove } from './made-folder.ts'

/** The contents of files by their names. */
export type Contents = Readonly<Record<string, string | Uint8Array>>

/** One for a test, with these files, to which nothing has been written for long. */
export function folderOf(t: ExecutionContext, contents: Contents = {}): string {
  const folder = made()
  t.teardown(() => remove(folder))
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(join(folder, name), content)
    utimesSync(join(folder, name), 0, 0)
  }
  return folder
}

/** One for all tests of the file that asks for it as it is loaded. */
export function sharedFolder(): string {
  const folder = made()
  test.after.always(() => remove(folder))
  return folder
}

/** One for a piece of work. @returns what comes of it */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = made()
  try {
    return await work(folder)
  } finally {
    await remove(folder)
  }
}
