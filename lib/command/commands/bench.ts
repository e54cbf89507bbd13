/** `typhoon bench`: measures this machine's figures, against programs that do the same work by hand. */
import { cpus } from 'node:os'
import type { Command } from 'commander'
import { renderRows } from '../../bench/render.ts'
import type { Row, Scenario } from '../../bench/row.ts'
import { LONG_SCENARIOS, SCENARIOS } from '../../bench/scenarios/scenarios.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { plain } from '../render/line.ts'
import type { Shell } from '../terminal/shell.ts'

interface BenchFlags {
  readonly only?: string
  readonly seconds: string
  readonly json?: boolean
}

export function defineBench(command: Command, shell: Shell): void {
  const names = [...SCENARIOS, ...LONG_SCENARIOS].map((scenario) => scenario.name)
  command
    .option('--only <text>', 'run only the scenarios whose name contains this; the long ones run only then')
    .option('--seconds <n>', 'how long each rate is measured, seconds', '5')
    .option('--json', 'print the rows as one JSON object in the last line')
    .action(async (flags: BenchFlags) => bench(flags, shell))
    .addHelpText(
      'after',
      `\nScenarios:\n  ${names.join('\n  ')}\n\nExample:\n  $ typhoon bench --only word-count --seconds 3`,
    )
}

async function bench(flags: BenchFlags, { terminal }: Shell): Promise<void> {
  const seconds = Number(flags.seconds)
  if (!(seconds > 0)) throw new TyphoonError('USAGE', `--seconds must be a number over 0, not "${flags.seconds}"`)
  const rows: Row[] = []
  for (const scenario of chosen(flags.only)) {
    terminal.say([plain(`measuring ${scenario.name} …`)])
    rows.push(...(await scenario.run(seconds)))
  }
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
  terminal.result(
    `${renderRows(rows)}\n\n${machine.cores} × ${machine.cpu}, Node.js ${machine.node}, ${seconds} s each`,
  )
  if (flags.json === true) terminal.result(JSON.stringify({ machine, seconds, rows }))
}

function chosen(only: string | undefined): readonly Scenario[] {
  if (only === undefined) return SCENARIOS
  const found = [...SCENARIOS, ...LONG_SCENARIOS].filter((scenario) => scenario.name.includes(only))
  if (found.length > 0) return found
  throw new TyphoonError('USAGE', `no scenario has "${only}" in its name`, {
    hint: 'see "typhoon bench --help" for their names',
  })
}
