/** `typhoon trace NAME`: whole tuple trees of a topology that runs. */
import type { Command } from 'commander'
import type { ServiceClient } from '../../client/service-client.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { failedLines, traceLines } from '../render/trace.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { parsePart } from './part.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesName, withService } from './service-flags.ts'

interface TraceFlags extends ServiceFlags {
  readonly root?: string
  readonly next?: boolean
  readonly failed?: boolean
  readonly sample?: number
  readonly for?: number
  readonly wait?: number
}

export function defineTrace(command: Command, shell: Shell): void {
  takesName(command)
    .option('--root <id>', 'the tree of this root: 16 hexadecimal digits, as logs and taps show them')
    .option('--next', 'that of the next root that a spout emits, when it is acked or has failed')
    .option('--wait <seconds>', 'with --next: show it as it is then (60 unless given)', parseSeconds)
    .option('--failed', 'list the last roots that have failed, of those that were followed')
    .option('--sample <part>', 'follow this part of the roots from now on: 1%, or 0.01; 0: none', parseSample)
    .option('--for <seconds>', 'with --sample: for so long, and then as before', parseSeconds)
    .action((name: string, flags: TraceFlags) => {
      checkFlags(flags)
      return withService(shell, flags, async (client) => {
        await answer(client, name, flags, shell)
        return DONE
      })
    })
    .addHelpText(
      'after',
      `
A root is a tuple that a spout has emitted with a message id; its tree are all tuples that come of it. Trees are
recorded where they are followed: a part of all (topology.trace.sample, or --sample), what a spout emits again after it
has failed, and what --next asks for. The last 50 that have failed are kept whole; others are soon overwritten.

${SERVICE_EXIT_CODES}

Examples:
  $ typhoon trace words --next
  $ typhoon trace words --sample 1% --for 600
  $ typhoon trace words --failed
  $ typhoon trace words --root 000400010000007f --json`,
    )
}

async function answer(client: ServiceClient, name: string, flags: TraceFlags, shell: Shell): Promise<void> {
  const { root, next = false, sample, json = false, wait } = flags
  const { terminal } = shell
  if (root !== undefined || next) {
    const trace = root === undefined ? await client.nextTrace(name, wait) : await client.trace(name, root)
    if (json) terminal.result(JSON.stringify(trace))
    else terminal.resultLines(traceLines(trace))
    return
  }
  const tracing =
    sample === undefined ? await client.tracing(name) : await client.follow(name, { sample, seconds: flags.for })
  if (json) terminal.result(JSON.stringify(tracing))
  else terminal.resultLines(failedLines(tracing))
}

/** @throws USAGE */
function checkFlags({ root, next, failed, sample, for: seconds, wait }: TraceFlags): void {
  const wanted = [root !== undefined, next === true, failed === true, sample !== undefined].filter(Boolean).length
  if (wanted > 1) throw new TyphoonError('USAGE', 'of --root, --next, --failed and --sample only one can be meant')
  if (seconds !== undefined && sample === undefined) throw new TyphoonError('USAGE', '--for goes with --sample')
  if (wait !== undefined && next !== true) throw new TyphoonError('USAGE', '--wait goes with --next')
}

function parseSample(text: string): number {
  return /^0(?:\.0*)?%?$/.test(text) ? 0 : parsePart(text)
}

function parseSeconds(text: string): number {
  const value = Number(text)
  if (/^[1-9]\d*$/.test(text) && value <= 86_400) return value
  throw new TyphoonError('USAGE', `"${text}" is not a whole number of seconds from 1 to 86400`)
}
