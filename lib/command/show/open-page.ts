/** The page in a browser: its address, and how it is opened. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { settingsFile } from '../../client/settings.ts'
import { writePrivate } from '../../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../../identity/make-folder.ts'

/** Where a browser gets a session: what stands behind the # is sent to nobody. */
export function pageAddress(server: string, code: string): string {
  return `${server}/#code=${code}`
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', win32: 'explorer.exe' }

/**
 * Opens an address in a browser. A command line can be read by everybody on a machine, so what is opened is a file that
 * its owner alone can read, and that leads there.
 */
export async function openPage(address: string): Promise<void> {
  const file = join(dirname(settingsFile(process.env)), 'open-ui.html')
  await folderMade(dirname(file), PRIVATE)
  await writePrivate(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${address}">\n`)
  const opener = spawn(OPENERS[process.platform] ?? 'xdg-open', [file], { stdio: 'ignore', detached: true })
  // Without one the address is printed all the same.
  opener.on('error', () => {})
  opener.unref()
}
