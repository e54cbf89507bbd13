/** `typhoon token make | list | remove`: who else may ask a service, and what. */
import type { Command } from 'commander'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { plain } from '../render/line.ts'
import { table } from '../render/table.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesService, withService } from './service-flags.ts'

interface MakeFlags extends ServiceFlags {
  readonly role: string
  readonly days?: number
}

export function defineToken(command: Command, shell: Shell): void {
  takesService(command.command('make').description('make a token, in the place of that of this name'))
    .argument('<name>', 'whose it is, for the audit')
    .option('--role <role>', 'read; operate: topologies may be changed; admin: tokens, too', 'read')
    .option('--days <n>', 'for how long it counts; for ever unless given', parseDays)
    .action((name: string, flags: MakeFlags) =>
      withService(shell, flags, async (client) => {
        const token = await client.makeToken(name, flags.role, flags.days)
        shell.terminal.result(flags.json === true ? JSON.stringify({ token }) : token)
        shell.terminal.say([plain('keep it in a file that its bearer alone can read: it is not shown again')])
        return DONE
      }),
    )
  takesService(command.command('list').description('list whose tokens there are')).action((flags: ServiceFlags) =>
    withService(shell, flags, async (client) => {
      const tokens = await client.tokens()
      const rows = tokens.map(({ name, role, expires = '' }) => [name, role, expires])
      if (flags.json === true) shell.terminal.result(JSON.stringify({ tokens }))
      else shell.terminal.resultLines(table([{ title: 'name' }, { title: 'role' }, { title: 'expires' }], rows))
      return DONE
    }),
  )
  takesService(command.command('remove').description('let a token count no more'))
    .argument('<name>', 'whose it is')
    .action((name: string, flags: ServiceFlags) =>
      withService(shell, flags, async (client) => {
        await client.removeToken(name)
        shell.terminal.say([plain(`the token "${name}" counts no more`)])
        return DONE
      }),
    )
  command.addHelpText(
    'after',
    `\n${SERVICE_EXIT_CODES}\n\nExample:\n  $ typhoon token make ann --role operate --days 90 > ann.token`,
  )
}

function parseDays(text: string): number {
  const days = Number(text)
  if (/^\d+$/.test(text) && days >= 1 && days <= 36_500) return days
  throw new TyphoonError('USAGE', `"${text}" is not a number of days from 1 to 36500`)
}
