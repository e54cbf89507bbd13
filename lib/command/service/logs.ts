/** `typhoon logs NAME` and `typhoon errors NAME`: what a topology has said, and says. */
import type { Command } from 'commander'
import type { TimedProblemView } from '../../client/service-client.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { LogEntry } from '../../nimbus/logs/log-entry.ts'
import { type Line, plain, type Style, textLines } from '../render/line.ts'
import { count } from '../render/numbers.ts'
import { problemLines } from '../render/problem.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesName, withService } from './service-flags.ts'

interface LogFlags extends ServiceFlags {
  readonly follow?: boolean
  readonly lines: number
  readonly component?: string
  readonly worker?: number
  readonly level?: string
  readonly root?: string
  readonly grep?: string
}

export function defineLogs(command: Command, shell: Shell): void {
  takesName(command)
    .option('-f, --follow', 'go on with the lines that come')
    .option('--lines <n>', 'how many of the last lines', parseLines, 100)
    .option('--component <id>', 'only lines of this component')
    .option('--worker <n>', 'only lines of this worker; 0: of the service', parseLines)
    .option('--level <level>', 'only lines of this level and graver ones: debug, info, warn, error')
    .option('--root <id>', 'only lines about this tuple tree, by its 16 digits')
    .option('--grep <text>', 'only lines that contain this text')
    .action((name: string, flags: LogFlags) =>
      withService(shell, flags, async (client) => {
        const { follow = false, grep: containing, lines, component, worker, level, root } = flags
        const query = { lines, component, worker, level, root, containing }
        for await (const entry of client.logs(name, query, follow)) {
          if (flags.json === true) shell.terminal.result(JSON.stringify(entry))
          else shell.terminal.resultLines(logLines(entry))
        }
        return DONE
      }),
    )
    .addHelpText('after', `\n${SERVICE_EXIT_CODES}\n\nExample:\n  $ typhoon logs words --follow --level warn`)
}

/** `typhoon errors NAME` */
export function defineErrors(command: Command, shell: Shell): void {
  takesName(command)
    .action((name: string, flags: ServiceFlags) =>
      withService(shell, flags, async (client) => {
        const errors = await client.errors(name)
        if (flags.json === true) shell.terminal.result(JSON.stringify({ errors }))
        else if (errors.length === 0) shell.terminal.say([plain(`"${name}" has had no error`)])
        else for (const error of errors) shell.terminal.resultLines(errorLines(error))
        return DONE
      }),
    )
    .addHelpText('after', `\n${SERVICE_EXIT_CODES}\n\nExample:\n  $ typhoon errors words`)
}

/** `2030-01-31T12:34:56.789Z, 1,200 times since 2030-01-31T12:00:00.000Z`, and the error */
function errorLines({ time, since, times, problem }: TimedProblemView): Line[] {
  const often = times === 1 ? '' : `, ${count(times)} times since ${since}`
  return [plain(`${time}${often}`), ...problemLines(problem)]
}

const STYLES: Readonly<Record<LogEntry['level'], Style | undefined>> = {
  debug: 'dim',
  info: undefined,
  warn: 'yellow',
  error: 'red',
}

/** `2030-01-31T12:34:56.789Z warn worker 2 count[3] root 0004000100000001: message` */
function logLines({ time, level, message, worker, component, task, root, code }: LogEntry): Line[] {
  const place = component === undefined ? '' : ` ${component}${task === undefined ? '' : `[${task}]`}`
  const who = worker === 0 ? '' : ` worker ${worker}`
  const style = STYLES[level]
  const word = style === undefined ? { text: level } : { text: level, style }
  const known = code === undefined ? '' : ` [${code}]`
  const tree = root === undefined ? '' : ` root ${root}`
  const [first = [], ...others] = textLines(`${who}${place}${tree}${known}: ${message}`)
  return [[{ text: `${time} `, style: 'dim' }, word, ...first], ...others]
}

function parseLines(text: string): number {
  const lines = Number(text)
  if (/^\d+$/.test(text) && lines <= 100_000) return lines
  throw new TyphoonError('USAGE', `"${text}" is not a number from 0 to 100000`)
}
