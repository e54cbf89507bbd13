/**
 * `typhoon state ls | get | export`: what a snapshot holds, as JSON lines, without the code of the topology. Keys and
 * values are written in the one text form of values (`values/text.ts`).
 */
import type { Command } from 'commander'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { keyOf, positionsIn, statesIn } from '../../snapshots/savepoints/entries.ts'
import {
  newestOf,
  openSavepoint,
  readSavepoint,
  type Savepoint,
  snapshotsOf,
} from '../../snapshots/savepoints/savepoints.ts'
import { isSameKey } from '../../values/key.ts'
import { decode, encode } from '../../values/text.ts'
import { suggest } from '../../words/suggest.ts'
import { knownKept, type ReadFlags, takesKept, withProblems } from '../input/kept.ts'
import type { Shell } from '../terminal/shell.ts'

interface SourceFlags extends ReadFlags {
  readonly savepoint?: string
}

interface ExportFlags extends SourceFlags {
  readonly component?: string
  readonly name?: string
}

const HELP = `
Exit codes:
  0  it is on stdout
  1  there is no such state or key, it is damaged, or it cannot be read
  2  the command line is wrong

Examples:
  $ typhoon state ls words
  $ typhoon state get words count counts whale
  $ typhoon state export words --savepoint before-the-change > words.jsonl`

export function defineState(command: Command, shell: Shell): void {
  const { terminal } = shell
  takesSource(command.command('ls').description('list states, and how many keys each has in each task')).action(
    (topology: string, flags: SourceFlags) =>
      withProblems(
        shell,
        async () => {
          const { store, manifest } = await source(topology, flags)
          for await (const { values, ...where } of statesIn(store, manifest))
            await terminal.result(JSON.stringify({ ...where, keys: values.size }))
        },
        flags,
      ),
  )
  takesSource(command.command('get').description('print the value of a key'))
    .argument('<component>', 'id of the component')
    .argument('<name>', 'name of the state')
    .argument('<key>', 'JSON, or else a text; what JSON lacks as in what export prints')
    .action((topology: string, component: string, state: string, text: string, flags: SourceFlags) =>
      withProblems(
        shell,
        async () => {
          const { store, manifest } = await source(topology, flags)
          mustHold(manifest, component, state)
          const key = keyIn(text)
          let isFound = false
          for await (const { values, ...where } of statesIn(store, manifest, { component, state })) {
            for (const [known, value] of values) {
              if (!isSameKey(keyOf(known), key)) continue
              isFound = true
              await terminal.result(lineOf({ ...where, key }, value))
            }
          }
          if (!isFound) throw noSuchKey(component, state, text)
        },
        flags,
      ),
    )
  takesSource(
    command.command('export').description('print every entry of every state, and the positions of the spouts'),
  )
    .option('--component <id>', 'of this component alone')
    .option('--name <name>', 'of the states of this name alone')
    .action((topology: string, { component, name, ...flags }: ExportFlags) =>
      withProblems(
        shell,
        async () => {
          const { store, manifest } = await source(topology, flags)
          mustHold(manifest, component, name)
          for await (const { values, ...where } of statesIn(store, manifest, { component, state: name }))
            for (const [key, value] of values) await terminal.result(lineOf({ ...where, key: keyOf(key) }, value))
          if (name !== undefined) return
          for await (const { position, ...where } of positionsIn(store, manifest))
            if (component === undefined || component === where.component)
              await terminal.result(`${JSON.stringify(where).slice(0, -1)},"position":${encode(position)}}`)
        },
        flags,
      ),
    )
  command.addHelpText('after', HELP)
}

function takesSource(command: Command): Command {
  return takesKept(command)
    .option('--savepoint <name>', 'of this savepoint, and not of the last complete snapshot')
    .option('--json', 'as JSON lines, which it is anyway; what is wrong as JSON, too')
}

async function source(topology: string, { savepoint, ...flags }: SourceFlags) {
  const kept = await knownKept(topology, flags)
  if (savepoint === undefined) {
    const store = await snapshotsOf(kept)
    return { store, manifest: await newestOf(store, kept) }
  }
  return { store: await openSavepoint(kept, savepoint), manifest: (await readSavepoint(kept, savepoint)).manifest }
}

/** @throws STATE_MISSING where nothing in a snapshot has these names; undefined: any */
function mustHold({ tasks }: Savepoint['manifest'], component: string | undefined, state: string | undefined): void {
  const components = [...new Set(tasks.map((task) => task.component))]
  if (component !== undefined && !components.includes(component)) {
    const message = `the snapshot holds nothing of a component "${component}"`
    throw new TyphoonError('STATE_MISSING', message, { where: { component }, hint: suggest(component, components) })
  }
  if (state === undefined) return
  const own = tasks.filter((task) => component === undefined || task.component === component)
  const states = [...new Set(own.flatMap((task) => Object.keys(task.states)))]
  if (states.includes(state)) return
  const of = component === undefined ? '' : ` of "${component}"`
  throw new TyphoonError('STATE_MISSING', `the snapshot holds no state "${state}"${of}`, {
    hint: suggest(state, states),
  })
}

function lineOf({ key, ...where }: { readonly key: unknown }, value: unknown): string {
  return `${JSON.stringify(where).slice(0, -1)},"key":${encode(key)},"value":${encode(value)}}`
}

function keyIn(text: string): unknown {
  try {
    return decode(text)
  } catch {
    return text
  }
}

function noSuchKey(component: string, state: string, key: string): TyphoonError {
  return new TyphoonError('STATE_MISSING', `the state "${state}" of "${component}" has no key ${key}`, {
    where: { component },
    hint: 'typhoon state ls lists the states; a text that looks like JSON needs quotes of its own: \'"1"\'',
  })
}
