/** `typhoon replay NAME FILE --root ID`: runs one root of a topology again, here. */
import { open, waitForDebugger } from 'node:inspector'
import type { Command } from 'commander'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { LoadedTopology, Trace } from '../../run/index.ts'
import { type DefinitionFlags, load, takesTopology } from '../input/definition.ts'
import { plain } from '../render/line.ts'
import { traceLines } from '../render/trace.ts'
import { DONE, FAILED, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { type ServiceFlags, takesName, withService } from './service-flags.ts'

interface ReplayFlags extends ServiceFlags, DefinitionFlags {
  readonly root: string
  readonly without: readonly string[]
  readonly inspectBrk?: number | true
}

/** That of Node.js. */
const PORT = 9229

export function defineReplay(command: Command, shell: Shell): void {
  takesTopology(takesName(command))
    .requiredOption('--root <id>', 'the root: 16 hexadecimal digits, as typhoon trace shows them')
    .option('--without <bolt>', 'let this bolt take its tuples and do nothing; repeatable', another, [])
    .option('--inspect-brk [port]', `wait for a debugger, and stop right before the root is emitted`, parsePort)
    .action((name: string, file: string, flags: ReplayFlags) =>
      withService(shell, flags, async (client) => {
        const trace = await client.trace(name, flags.root)
        const loaded = await load(file, flags, shell.terminal)
        return 'problems' in loaded ? INVALID : replay(loaded, trace, flags, shell)
      }),
    )
    .addHelpText(
      'after',
      `
FILE is the topology as it is here, which is read and run in this process, on one worker. What the spout has emitted is
emitted once more, and nothing beside it. Bolts begin anew: what they had kept by then is not there. What they do
outside they do again, so name those that write with --without. Time stands still while a debugger has stopped.

Exit codes:
  0  the root is acked
  1  it has failed; or the service refuses it, or does not answer
  2  the command line is wrong
  3  the topology cannot be loaded or is not valid

Examples:
  $ typhoon replay words words.yaml --root 000400010000007f --without store
  $ typhoon replay words words.yaml --root 000400010000007f --inspect-brk`,
    )
}

async function replay(loaded: LoadedTopology, trace: Trace, flags: ReplayFlags, shell: Shell): Promise<number> {
  const { terminal } = shell
  const { inspectBrk, without, json = false } = flags
  if (inspectBrk !== undefined) {
    open(inspectBrk === true ? PORT : inspectBrk, '127.0.0.1')
    terminal.say([plain('waiting for a debugger: chrome://inspect, or "Attach" of an editor')])
    waitForDebugger()
  }
  const { replayRoot } = await import('../../replay/replay-root.ts')
  const beforeEmit = (): void => {
    // biome-ignore lint/suspicious/noDebugger: this is where it is to stop; without a debugger it does nothing
    debugger
  }
  const replayed = await replayRoot(loaded.definition, trace, { without, beforeEmit })
  if (json) terminal.result(JSON.stringify({ recorded: trace, replayed }))
  else
    terminal.resultLines([
      plain('as it was recorded:'),
      ...traceLines(trace),
      plain('and now:'),
      ...traceLines(replayed),
    ])
  return replayed.state === 'acked' ? DONE : FAILED
}

function another(bolt: string, others: readonly string[]): readonly string[] {
  return [...others, bolt]
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new TyphoonError('USAGE', `"${text}" is no port`)
}
