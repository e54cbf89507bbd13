/** `typhoon ui`: lets a browser look at a service. */
import type { Command } from 'commander'
import { plain } from '../render/line.ts'
import { openPage, pageAddress } from '../show/open-page.ts'
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
