/** `typhoon chaos FILE`: disturbs a topology in real processes, and says what it loses and doubles. */
import type { Command } from 'commander'
import type { FaultKind } from '../../chaos/faults.ts'
import type { ChaosReport } from '../../chaos/processes/chaos.ts'
import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { parseDuration } from '../input/arguments.ts'
import { type DefinitionFlags, load, takesTopology } from '../input/definition.ts'
import { problemLines } from '../render/problem.ts'
import { DONE, EXIT_CODES_HELP, FAILED, forcedBy, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { type StopSignal, watchSignals } from '../terminal/signals.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface ChaosFlags extends DefinitionFlags {
  readonly seed: number
  readonly for: number
  readonly every: number
  readonly faults?: readonly FaultKind[]
  readonly watch?: readonly string[]
  readonly verify?: string
  readonly json?: boolean
}

const KINDS = ['kill', 'stop', 'cut', 'slow', 'disk-full', 'clock']

export function defineChaos(command: Command, shell: Shell): void {
  takesTopology(command)
    .option('--seed <n>', 'what happens, and when: the same again for the same number', parseSeed, 1)
    .option('--for <time>', 'how long it is disturbed in all: 30s, 5m', parseDuration, 60_000)
    .option('--every <time>', 'how far apart faults are', parseDuration, 3000)
    .option('--faults <kinds>', `of ${KINDS.join(', ')}, with commas between them; all unless given`, parseFaults)
    .option('--watch <bolt>', 'compare what comes to this bolt, and not to the sinks; repeatable', gather)
    .option('--verify <module>', 'a module whose verify({ found, expected }) says what is lost and doubled')
    .option('--json', 'print what was found as one JSON object')
    .action(async (file: string, flags: ChaosFlags) => {
      shell.exitCode = await chaos(file, flags, shell.terminal)
    })
    .addHelpText(
      'after',
      `
The components of the topology run for real, several times: give its sinks places for tests. Those of a FileSinkBolt
are not written. Sources must come to their end.

${EXIT_CODES_HELP}
A promise that is broken is exit code 1.

Examples:
  $ typhoon chaos topology.yaml --seed 7 --for 60s
  $ typhoon chaos topology.yaml --faults kill,stop --watch count -c topology.guarantee=at-least-once`,
    )
}

async function chaos(file: string, flags: ChaosFlags, terminal: Terminal): Promise<number> {
  const loaded = await load(file, flags, terminal)
  if ('problems' in loaded) {
    if (flags.json === true) terminal.result(JSON.stringify({ problems: loaded.problems }))
    return INVALID
  }
  const stopping = new AbortController()
  let stoppedBy: StopSignal | undefined
  watchSignals((_asked, signal) => {
    stoppedBy = signal
    stopping.abort()
  })
  try {
    const { chaosOf } = await import('../../chaos/processes/chaos.ts')
    const { loadOracle } = await import('../../chaos/processes/load-oracle.ts')
    const { chaosLines, chaosProgress } = await import('../render/chaos.ts')
    const report = await chaosOf(loaded, {
      ...{ seed: flags.seed, forMs: flags.for, everyMs: flags.every, faults: flags.faults ?? (KINDS as FaultKind[]) },
      ...{ watch: flags.watch, signal: stopping.signal },
      verify: flags.verify === undefined ? undefined : await loadOracle(flags.verify),
      onRun(run, outcome) {
        if (outcome !== undefined) terminal.say([chaosProgress(run, outcome.rows, outcome.seconds)])
      },
    })
    return tell(report, flags, terminal, chaosLines)
  } catch (error) {
    if (stoppedBy !== undefined) return forcedBy(stoppedBy)
    if (!(error instanceof TyphoonError)) throw error
    if (flags.json === true) terminal.result(JSON.stringify({ problems: error.problems }))
    terminal.say(problemLines(toProblem(error)))
    return FAILED
  }
}

function tell(
  report: ChaosReport,
  { json }: ChaosFlags,
  terminal: Terminal,
  lines: (report: ChaosReport, width?: number) => Parameters<Terminal['resultLines']>[0],
): number {
  if (json === true) terminal.result(JSON.stringify(report))
  else terminal.resultLines(lines(report))
  return report.isKept ? DONE : FAILED
}

/** @throws USAGE */
function parseSeed(text: string): number {
  const seed = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed
  throw new TyphoonError('USAGE', `"${text}" is not a whole number from 0 up`, { hint: 'example: --seed 7' })
}

/** `kill,stop`. @throws USAGE */
function parseFaults(text: string): readonly FaultKind[] {
  const kinds = text.split(',').map((kind) => kind.trim())
  const wrong = kinds.find((kind) => !KINDS.includes(kind))
  if (wrong === undefined) return kinds as FaultKind[]
  throw new TyphoonError('USAGE', `"${wrong}" is no kind of fault`, { hint: `one of ${KINDS.join(', ')}` })
}

function gather(bolt: string, before: readonly string[] = []): readonly string[] {
  return [...before, bolt]
}
