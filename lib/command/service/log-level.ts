/** `typhoon log-level NAME`: at which level the components of a topology log, for a while or for good. */
import type { Command } from 'commander'
import type { LevelView, LevelWanted, ServiceClient } from '../../client/service-client.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { LOG_LEVELS } from '../../util/log-levels.ts'
import { type Line, plain } from '../render/line.ts'
import { table } from '../render/table.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesName, withService } from './service-flags.ts'

interface LogLevelFlags extends ServiceFlags {
  readonly component?: string
  readonly reset?: boolean
  readonly logSetting?: readonly LevelWanted[]
  readonly removeLogSetting?: readonly LevelWanted[]
}

/** What Storm calls the logger of all. */
const ROOT = 'ROOT'
const FORM = 'LEVEL or LEVEL:SECS, with a level of debug, info, warn, error, and 1 to 86400 seconds'

export function defineLogLevel(command: Command, shell: Shell): void {
  takesName(command)
    .argument('[level]', 'debug, info, warn or error; with :SECS it goes back after so many seconds')
    .option('--component <id>', 'only of this component')
    .option('--reset', 'log again at the level of the configuration')
    .option('-l, --log-setting <component=level[:secs]>', 'as Storm writes it; ROOT: all; repeatable', parseSetting)
    .option('-r, --remove-log-setting <component>', 'as Storm writes it; ROOT: all; repeatable', parseRemoved)
    .action((name: string, level: string | undefined, flags: LogLevelFlags) => {
      const wanted = wantedBy(level, flags)
      return withService(shell, flags, async (client) => {
        const levels = await changed(client, name, wanted)
        if (flags.json === true) shell.terminal.result(JSON.stringify({ levels }))
        else shell.terminal.resultLines(levelLines(levels, shell.terminal.columns))
        return DONE
      })
    })
    .addHelpText(
      'after',
      `
Without a level it shows those that are others than the configuration (topology.log.level) says. What was set holds for
workers that start meanwhile, too, and over updates and restarts of the service.

${SERVICE_EXIT_CODES}

Examples:
  $ typhoon log-level words debug:60
  $ typhoon log-level words warn --component count
  $ typhoon log-level words --reset`,
    )
}

/** In the order in which they are asked for. @throws USAGE */
function wantedBy(level: string | undefined, flags: LogLevelFlags): readonly LevelWanted[] {
  const { component, reset = false, logSetting = [], removeLogSetting = [] } = flags
  const about = component === undefined ? {} : { component }
  if (level !== undefined && reset)
    throw new TyphoonError('USAGE', 'a level and --reset exclude each other', { hint: 'leave one of them out' })
  const own = level !== undefined ? [{ ...about, ...parseLevel(level) }] : reset ? [about] : []
  if (component !== undefined && own.length === 0)
    throw new TyphoonError('USAGE', '--component goes with a level, or with --reset', { hint: FORM })
  return [...removeLogSetting, ...logSetting, ...own]
}

async function changed(
  client: ServiceClient,
  name: string,
  wanted: readonly LevelWanted[],
): Promise<readonly LevelView[]> {
  let levels: readonly LevelView[] | undefined
  for (const one of wanted) levels = await client.setLogLevel(name, one)
  return levels ?? client.logLevels(name)
}

function levelLines(levels: readonly LevelView[], width: number | undefined): Line[] {
  if (levels.length === 0) return [plain('all log at the level of the configuration')]
  const rows = levels.map(({ component = 'all others', level, until = 'for good' }) => [component, level, until])
  return table([{ title: 'component' }, { title: 'level' }, { title: 'until' }], rows, width)
}

/** `debug`, `debug:60`; Storm's levels in capitals, too. @throws USAGE */
function parseLevel(text: string): { readonly level: string; readonly seconds?: number } {
  const [, named = '', secs] = /^([a-z]+)(?::(\d+))?$/i.exec(text) ?? []
  const level = LOG_LEVELS.find((known) => known === named.toLowerCase())
  const seconds = secs === undefined ? undefined : Number(secs)
  if (level === undefined || (seconds !== undefined && (seconds < 1 || seconds > 86_400)))
    throw new TyphoonError('USAGE', `"${text}" does not have the form ${FORM}`, { hint: 'example: debug:60' })
  return { level, ...(seconds === undefined ? {} : { seconds }) }
}

function parseSetting(text: string, before: readonly LevelWanted[] = []): readonly LevelWanted[] {
  const at = text.lastIndexOf('=')
  if (at > 0) return [...before, { ...aboutLogger(text.slice(0, at)), ...parseLevel(text.slice(at + 1)) }]
  const message = `"${text}" does not have the form component=level[:secs]`
  throw new TyphoonError('USAGE', message, { hint: 'example: -l count=debug:60' })
}

function parseRemoved(text: string, before: readonly LevelWanted[] = []): readonly LevelWanted[] {
  return [...before, aboutLogger(text)]
}

function aboutLogger(name: string): { readonly component?: string } {
  return name === ROOT ? {} : { component: name }
}
