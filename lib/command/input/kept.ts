/** Which topology's state a command is about: by its name and the folder of states, for it need not run. */
import type { Command } from 'commander'
import { serviceStateFolder } from '../../client/settings.ts'
import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { DEFAULT_STATE_DIR } from '../../run/settings.ts'
import { isKept, type KeptTopology, keptNames } from '../../snapshots/savepoints/savepoints.ts'
import { suggest } from '../../words/suggest.ts'
import { problemLines } from '../render/problem.ts'
import { DONE, FAILED } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { parseDirectory } from './arguments.ts'

/** What every command that is about state takes. */
export interface KeptFlags {
  readonly state?: string
}

/** Adds the name of the topology and `--state`. */
export function takesKept(command: Command): Command {
  return command
    .argument('<topology>', 'name of the topology')
    .option(
      '--state <dir>',
      `folder of what topologies keep; ${DEFAULT_STATE_DIR}, or that of the service on this machine, unless given`,
      parseDirectory,
    )
}

/** Where nothing is said, the service of this machine is asked for if nothing is kept here. */
export async function keptBy(topology: string, { state }: KeptFlags): Promise<KeptTopology> {
  if (state !== undefined) return { root: state, topology }
  const here = { root: DEFAULT_STATE_DIR, topology }
  const root = (await isKept(here)) ? undefined : await serviceStateFolder(process.env)
  const there = root === undefined ? undefined : { root, topology }
  return there !== undefined && (await isKept(there)) ? there : here
}

/**
 * As `keptBy`, of a topology of which there is something.
 * @throws STATE_MISSING (rejects) with the name that may be meant
 */
export async function knownKept(topology: string, flags: KeptFlags): Promise<KeptTopology> {
  const kept = await keptBy(topology, flags)
  if (await isKept(kept)) return kept
  const service = flags.state === undefined ? await serviceStateFolder(process.env) : undefined
  const roots = [kept.root, ...(service === undefined ? [] : [service])]
  const names = (await Promise.all(roots.map(keptNames))).flat()
  const message = `nothing is kept of a topology "${topology}" in ${roots.join(' or ')}`
  const hint = names.length === 0 ? 'name its folder with --state DIR' : suggest(topology, new Set(names))
  throw new TyphoonError('STATE_MISSING', message, { hint })
}

/** What a command takes that reads state. */
export interface ReadFlags extends KeptFlags {
  readonly json?: boolean
}

/**
 * Runs a command; what is wrong with the state is said, and the exit code is 1. Where JSON is wanted it is the last
 * line of stdout, too.
 */
export async function withProblems(shell: Shell, action: () => Promise<void>, { json }: ReadFlags = {}): Promise<void> {
  try {
    await action()
    shell.exitCode = DONE
  } catch (error) {
    const problem: Problem = toProblem(error)
    if (!(error instanceof TyphoonError) || problem.code === 'USAGE') throw error
    if (json === true) shell.terminal.result(JSON.stringify({ problems: [problem] }))
    shell.terminal.say(problemLines(problem))
    shell.exitCode = FAILED
  }
}
