/** `typhoon tap NAME[/COMPONENT[/STREAM]]`: the tuples that a topology emits, as they leave. */
import type { Command } from 'commander'
import type { TapLine } from '../../client/service-client.ts'
import { checkLength } from '../../expression/expression.ts'
import { parseCount } from '../input/arguments.ts'
import { type Line, plain } from '../render/line.ts'
import { count } from '../render/numbers.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { parsePart } from './part.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesService, withService } from './service-flags.ts'

interface TapFlags extends ServiceFlags {
  readonly where?: string
  readonly sample?: number
  readonly perSecond?: number
  readonly limit?: number
}

export function defineTap(command: Command, shell: Shell): void {
  takesService(command.argument('<edge>', 'name of the topology, or NAME/COMPONENT, or NAME/COMPONENT/STREAM'))
    .option('--where <condition>', 'only tuples of which this holds: "word == \'storm\' && n > 3"')
    .option('--sample <part>', 'look at this part of them alone: 1%, or 0.01', parsePart)
    .option('--per-second <n>', 'so many of each worker in a second at most (1000 unless given)', parseCount)
    .option('--limit <n>', 'end after so many', parseCount)
    .action((edge: string, flags: TapFlags) =>
      withService(shell, flags, async (client) => {
        const [name = '', component, stream] = edge.split('/')
        const { where, sample, perSecond, limit = Number.POSITIVE_INFINITY, json = false } = flags
        if (where !== undefined) checkLength(where)
        let shown = 0
        for await (const line of client.tap(name, { component, stream, where, sample, perSecond })) {
          if (json) shell.terminal.result(JSON.stringify(line))
          else if ('leftOut' in line) shell.terminal.say([leftOut(line)])
          else if ('failed' in line) shell.terminal.say([failed(line)])
          else shell.terminal.resultLines([lineOf(line)])
          if ('values' in line && ++shown >= limit) break
        }
        return DONE
      }),
    )
    .addHelpText(
      'after',
      `
It never slows the topology: each worker looks for 2 % of its time at most, and tells how many tuples it left out. A
condition is written in the Common Expression Language (https://cel.dev) over the fields of the tuple; "tuple",
"component", "stream" and "task" are known, too. Tuples of which it cannot be asked, as where a text is compared with a
number, are counted, and told of with the first reason.

${SERVICE_EXIT_CODES}

Examples:
  $ typhoon tap words
  $ typhoon tap words/split --where "word.startsWith('st')" --limit 10
  $ typhoon tap words/count/default --sample 1% --json`,
    )
}

/** `12:34:56.789 split[3] default 0004000100000001 {"word":"storm"}` */
function lineOf({ time, component, task, stream, root, values }: Extract<TapLine, { values: unknown }>): Line {
  const tree = root === undefined ? '' : ` ${root}`
  const text = typeof values === 'string' ? values : JSON.stringify(values)
  return [
    { text: `${time.slice(11, -1)} `, style: 'dim' },
    { text: `${component}[${task}]` },
    { text: ` ${stream}` },
    { text: tree, style: 'dim' },
    { text: ` ${text}` },
  ]
}

function leftOut({ worker, leftOut }: Extract<TapLine, { leftOut: number }>): Line {
  return plain(`worker ${worker}: ${count(leftOut)} tuples were left out; see --sample and --where`)
}

function failed({ worker, failed: number, why }: Extract<TapLine, { failed: number }>): Line {
  return plain(`worker ${worker}: of ${count(number)} tuples the condition cannot be asked: ${why}`)
}
