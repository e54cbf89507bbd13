/** `typhoon cluster init | token | ca`: makes the authority of a cluster, and what lets hosts join it. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { defaultDirectory } from '../../client/settings.ts'
import { authorityFolder } from '../../cluster/hosts/cluster.ts'
import { Authority } from '../../cluster/trust/authority.ts'
import { makeJoinToken } from '../../cluster/trust/join-token.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { makeServiceFolder } from '../../nimbus/service-folder.ts'
import { parseDirectory } from '../input/arguments.ts'
import { plain } from '../render/line.ts'
import type { Shell } from '../terminal/shell.ts'
import { DEFAULT_CLUSTER_PORT } from './nimbus.ts'
import { tellingProblems } from './telling-problems.ts'

interface FolderFlags {
  readonly dir: string
  readonly json?: boolean
}

interface TokenFlags extends FolderFlags {
  readonly days: number
  readonly nimbus: readonly string[]
}

const DAY_MS = 24 * 60 * 60 * 1000
const MOST_DAYS = 3650

export function defineCluster(command: Command, shell: Shell): void {
  const now = (): Date => new Date()
  command
    .command('init')
    .description('make the authority of a cluster in the folder of its nimbus; one that is there stays')
    .option('--dir <dir>', 'folder of the nimbus', parseDirectory, defaultDirectory(process.env))
    .action(async ({ dir }: FolderFlags) => {
      shell.exitCode = await tellingProblems(shell.terminal, async () => {
        await makeServiceFolder(resolve(dir))
        const folder = authorityFolder(resolve(dir))
        await Authority.open(folder, now, true)
        shell.terminal.say([plain(`the authority is in ${folder}: whoever reads it can make hosts and nimbuses of it`)])
        return 0
      })
    })
  command
    .command('token')
    .description('print what a host needs to join: a secret, to be brought there in a file')
    .option('--dir <dir>', 'folder of the nimbus', parseDirectory, defaultDirectory(process.env))
    .option('--json', 'print {"token":…}')
    .option('--days <n>', 'for how long it counts', parseDays, 1)
    .option(
      '--nimbus <host:port>',
      'where a nimbus is reached by hosts; again for each; unless given, that of the folder',
      addAddress,
      [],
    )
    .action(async ({ dir, days, nimbus, json }: TokenFlags) => {
      shell.exitCode = await tellingProblems(shell.terminal, async () => {
        const authority = await Authority.open(authorityFolder(resolve(dir)), now, false)
        const addresses = nimbus.length > 0 ? nimbus : [await addressIn(resolve(dir))]
        const token = makeJoinToken(authority, addresses, new Date(now().getTime() + days * DAY_MS))
        shell.terminal.result(json === true ? JSON.stringify({ token }) : token)
        shell.terminal.say([plain('it lets any host join; bring it there in a file: typhoon supervisor --join FILE')])
        return 0
      })
    })
  command
    .command('ca')
    .description('print the certificate of the authority, which is no secret: whom to believe over TLS')
    .option('--dir <dir>', 'folder of the nimbus', parseDirectory, defaultDirectory(process.env))
    .option('--json', 'print {"ca":…}')
    .action(async ({ dir, json }: FolderFlags) => {
      shell.exitCode = await tellingProblems(shell.terminal, async () => {
        const { ca } = await Authority.open(authorityFolder(resolve(dir)), now, false)
        shell.terminal.result(json === true ? JSON.stringify({ ca }) : ca.trimEnd())
        return 0
      })
    })
  command.addHelpText(
    'after',
    `
Example:
  $ typhoon nimbus --host 10.0.0.1 &
  $ typhoon cluster token > join.token
  $ ssh host2 typhoon supervisor --join - --slots 4 < join.token`,
  )
}

/** The address at which hosts come to the nimbus that works, or has worked, with a folder. */
async function addressIn(directory: string): Promise<string> {
  try {
    const { cluster } = JSON.parse(await readFile(join(directory, 'service.json'), 'utf8')) as { cluster?: string }
    if (cluster !== undefined) return cluster
  } catch {
    // It is said below.
  }
  throw new TyphoonError('BAD_CONFIG', `no nimbus for hosts has begun with ${directory}`, {
    where: { file: directory },
    hint: 'start it (typhoon nimbus --host ADDRESS), or say where it will be: --nimbus HOST:PORT',
  })
}

function addAddress(text: string, before: readonly string[]): readonly string[] {
  const url = `https://${/:\d+$/.test(text) ? text : `${text}:${DEFAULT_CLUSTER_PORT}`}`
  if (!URL.canParse(url)) throw new TyphoonError('USAGE', `"${text}" is not HOST:PORT`)
  return [...before, url]
}

function parseDays(text: string): number {
  const days = Number(text)
  if (/^\d+$/.test(text) && days >= 1 && days <= MOST_DAYS) return days
  throw new TyphoonError('USAGE', `"${text}" is not a number of days from 1 to ${MOST_DAYS}`)
}
