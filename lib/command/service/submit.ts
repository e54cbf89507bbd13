/** `typhoon submit FILE` and `typhoon update NAME FILE`: hand the code of a topology to a service. */
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { type CollectedBundle, collectBundle } from '../../bundle/collect.ts'
import { sizeWords } from '../../bundle/manifest.ts'
import type { ServiceClient, SubmitOptions } from '../../client/service-client.ts'
import { configOf, type DefinitionFlags, load, takesTopology } from '../input/definition.ts'
import { plain } from '../render/line.ts'
import { milliseconds } from '../render/numbers.ts'
import { problemLines } from '../render/problem.ts'
import { DONE, FAILED, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesService, withService } from './service-flags.ts'

interface SubmitFlags extends DefinitionFlags, ServiceFlags {
  readonly name?: string
  readonly inactive?: boolean
  readonly fresh?: boolean
  readonly allowDroppedState?: boolean
  readonly wait: boolean
}

/** How it begins. */
function takesBeginning(command: Command): Command {
  return command
    .option('--fresh', 'begin anew, and not from what a topology of this name has kept')
    .option('--allow-dropped-state', 'begin though the last snapshot holds state that nothing in the topology takes')
}

const POLL_MS = 200
/** What comes before it runs, or before it is known why not. */
const PASSING: ReadonlySet<string> = new Set(['starting', 'stopping', 'rolling-back', 'rebalancing'])
const MB = 1024 * 1024

export function defineSubmit(command: Command, shell: Shell): void {
  takesBeginning(takesService(takesTopology(command)))
    .option('--name <name>', 'name of the topology, in place of the one that the definition gives')
    .option('--inactive', 'let the spouts wait until it is activated')
    .option('--no-wait', 'return when the service has taken it, and not when it runs')
    .action(async (file: string, flags: SubmitFlags) => {
      await withService(shell, flags, async (client) => {
        const ready = await prepared(file, flags, shell)
        if (ready === undefined) return INVALID
        const { bundle, options } = ready
        const { name, inactive = false } = flags
        const submitted = await client.submit(bundle, { ...options, name, inactive }, progress(shell))
        const view = flags.wait ? await untilRunning(client, submitted.name) : submitted
        if (flags.json === true) shell.terminal.result(JSON.stringify(view))
        else shell.terminal.result(view.name)
        shell.terminal.say([plain(`"${view.name}" is ${view.status}, ${view.phase} (${view.id})`)])
        if (view.problem !== undefined) shell.terminal.say(problemLines(view.problem))
        // It was taken: whoever does not wait for it to run has what was asked for.
        return view.problem === undefined || !flags.wait ? DONE : FAILED
      })
    })
    .addHelpText(
      'after',
      `
The folder of the project and the packages that it depends on are sent; files whose name begins with a dot are not, nor
what .typhoonignore at the root of the project names, as .gitignore does.

${SERVICE_EXIT_CODES}

Examples:
  $ typhoon submit words.yaml
  $ typhoon submit words.yaml --name words-of-today --set input=/data/today.txt -c topology.workers=2`,
    )
}

/** `typhoon update NAME FILE` */
export function defineUpdate(command: Command, shell: Shell): void {
  takesBeginning(takesService(takesTopology(command.argument('<name>', 'name of the topology'))))
    .action(async (name: string, file: string, flags: SubmitFlags) => {
      await withService(shell, flags, async (client) => {
        const ready = await prepared(file, flags, shell)
        if (ready === undefined) return INVALID
        const pauseMs = await client.update(name, ready.bundle, ready.options, progress(shell))
        if (flags.json === true) shell.terminal.result(JSON.stringify({ pauseMs }))
        shell.terminal.say([
          plain(`"${name}" goes on with the new code; nothing was emitted for ${milliseconds(pauseMs)}`),
        ])
        return DONE
      })
    })
    .addHelpText(
      'after',
      `
The old run is drained when the new code is known to load; where the new one cannot begin, the old one goes on.

${SERVICE_EXIT_CODES}

Example:
  $ typhoon update words words.yaml`,
    )
}

interface Prepared {
  readonly bundle: CollectedBundle
  readonly options: SubmitOptions
}

/** Loads it here, so that what is wrong with it is told with its place here; undefined: it was. */
async function prepared(file: string, flags: SubmitFlags, shell: Shell): Promise<Prepared | undefined> {
  const loaded = await load(file, { ...flags, config: configOf(flags) }, shell.terminal)
  if ('problems' in loaded) return undefined
  const { variables, aliases = {}, config } = loaded.source
  const state = resolve(dirname(loaded.file), loaded.config['topology.state.dir'])
  const letters = loaded.deadLetterFiles.flatMap((path) => [path, `${path}.gone`]).map((path) => resolve(path))
  const without = [state, resolve(loaded.config['topology.state.dir']), ...letters]
  const bundle = await collectBundle(loaded.file, { without })
  const size = sizeWords(bundle.manifest.files)
  if (size !== undefined)
    shell.terminal.say([plain(`the code has ${size}: .typhoonignore leaves out what it does not need`)])
  const { fresh = false, allowDroppedState = false } = flags
  return { bundle, options: { variables, aliases, config, fresh, allowDroppedState } }
}

/** Says how far the sending is, at each tenth, where it is much. */
function progress({ terminal }: Shell): (sent: number, all: number) => void {
  let told = -1
  return (sent, all) => {
    if (all < MB) return
    const tenth = Math.floor((10 * sent) / all)
    if (tenth === told) return
    told = tenth
    terminal.say([plain(`sending the code: ${Math.round(sent / MB)} of ${Math.round(all / MB)} MB`)])
  }
}

/** Until it runs, has ended, or waits for another attempt: then its problem is in the view. */
async function untilRunning(client: ServiceClient, name: string) {
  for (;;) {
    const { topology } = await client.status(name)
    if (!PASSING.has(topology.phase)) return topology
    await new Promise((settle) => setTimeout(settle, POLL_MS))
  }
}
