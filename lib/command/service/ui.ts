/** `typhoon ui`: lets a browser look at a service. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { settingsFile } from '../../client/settings.ts'
import { writePrivate } from '../../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../../identity/make-folder.ts'
import { plain } from '../render/line.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesService, withService } from './service-flags.ts'

interface UiFlags extends ServiceFlags {
  readonly open?: boolean
}

export function defineUi(command: Command, shell: Shell): void {
  takesService(command)
    .option('--open', 'open it in the browser of this machine')
    .action((flags: UiFlags) =>
      withService(shell, flags, async (client) => {
        const { code, seconds } = await client.makeCode()
        const address = pageAddress(client.server, code)
        if (flags.open === true) await openPage(address)
        if (flags.json === true) shell.terminal.result(JSON.stringify({ address, seconds }))
        else {
          shell.terminal.result(address)
          shell.terminal.say([plain(`it lets one browser in, within ${seconds} s`)])
        }
        return DONE
      }),
    )
    .addHelpText(
      'after',
      `
The address has a code in it that counts once; the browser gets a session for it, which may what the token of this
command may and ends after twelve hours.

${SERVICE_EXIT_CODES}

Example:
  $ typhoon ui --open`,
    )
}

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
