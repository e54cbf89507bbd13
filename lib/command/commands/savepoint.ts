/** `typhoon savepoint create | list | show | restore | delete`: snapshots of a topology that have a name, and stay. */
import type { Command } from 'commander'
import { toProblem } from '../../errors/typhoon-error.ts'
import { contentsOf } from '../../snapshots/savepoints/contents.ts'
import {
  createSavepoint,
  deleteSavepoint,
  type KeptTopology,
  readSavepoint,
  restoreSavepoint,
  type Savepoint,
  savepointNames,
} from '../../snapshots/savepoints/savepoints.ts'
import { knownKept, type ReadFlags, takesKept, withProblems } from '../input/kept.ts'
import { plain } from '../render/line.ts'
import { plural } from '../render/numbers.ts'
import { problemLines } from '../render/problem.ts'
import { table } from '../render/table.ts'
import type { Shell } from '../terminal/shell.ts'
import type { Terminal } from '../terminal/terminal.ts'

const HELP = `
Exit codes:
  0  it is done
  1  there is no such state, it is damaged, or it cannot be read or written
  2  the command line is wrong

Examples:
  $ typhoon savepoint create words before-the-change --state /var/lib/typhoon
  $ typhoon savepoint list words
  $ typhoon savepoint restore words before-the-change && typhoon run words.yaml`

export function defineSavepoint(command: Command, shell: Shell): void {
  const { terminal } = shell
  takesKept(command.command('create').description('make a savepoint of the last complete snapshot'))
    .argument('[name]', 'name of the savepoint; snapshot- and its number unless given')
    .option('--json', 'print it as one JSON object')
    .action((topology: string, name: string | undefined, flags: ReadFlags) =>
      withProblems(
        shell,
        async () => {
          const made = await createSavepoint(await knownKept(topology, flags), name)
          terminal.result(flags.json === true ? JSON.stringify(summaryOf(made)) : made.name)
          terminal.say([plain(`snapshot ${made.manifest.snapshot} of "${topology}", ${plural(made.bytes, 'byte')}`)])
        },
        flags,
      ),
    )
  takesKept(command.command('list').description('list the savepoints of a topology'))
    .option('--json', 'print a JSON object for each, one per line')
    .action((topology: string, flags: ReadFlags) =>
      withProblems(shell, async () => list(await knownKept(topology, flags), flags, shell), flags),
    )
  takesKept(command.command('show').description('show what a savepoint holds'))
    .argument('<name>', 'name of the savepoint')
    .option('--json', 'print it as one JSON object')
    .action((topology: string, name: string, flags: ReadFlags) =>
      withProblems(
        shell,
        async () => show(await readSavepoint(await knownKept(topology, flags), name), flags, terminal),
        flags,
      ),
    )
  takesKept(command.command('restore').description('let the next run of the topology go on from a savepoint'))
    .argument('<name>', 'name of the savepoint')
    .option('--json', 'print it as one JSON object')
    .action((topology: string, name: string, flags: ReadFlags) =>
      withProblems(
        shell,
        async () => {
          const restored = await restoreSavepoint(await knownKept(topology, flags), name, `savepoint-${process.pid}`)
          if (flags.json === true) terminal.result(JSON.stringify(summaryOf(restored)))
          terminal.say([
            plain(`the next run of "${topology}" goes on from "${name}"`),
            plain('what sinks have committed since stays, and will be there twice unless you take it back'),
            plain('(a FileSinkBolt takes it back by itself)'),
          ])
        },
        flags,
      ),
    )
  takesKept(command.command('delete').description('remove a savepoint'))
    .argument('<name>', 'name of the savepoint')
    .option('--json', 'print its name as one JSON object')
    .action((topology: string, name: string, flags: ReadFlags) =>
      withProblems(
        shell,
        async () => {
          await deleteSavepoint(await knownKept(topology, flags), name)
          if (flags.json === true) terminal.result(JSON.stringify({ name, topology }))
        },
        flags,
      ),
    )
  command.addHelpText('after', HELP)
}

/** One that is damaged does not hide the others. */
async function list(kept: KeptTopology, { json }: ReadFlags, { terminal }: Shell): Promise<void> {
  const found: Savepoint[] = []
  let failure: unknown
  for (const name of await savepointNames(kept)) {
    try {
      found.push(await readSavepoint(kept, name))
    } catch (error) {
      if (failure !== undefined) terminal.say(problemLines(toProblem(failure)))
      failure = error
    }
  }
  if (json === true) for (const one of found) terminal.result(JSON.stringify(summaryOf(one)))
  else if (found.length > 0) {
    const rows = found.map(({ name, manifest, bytes }) => [
      name,
      `${manifest.snapshot}`,
      new Date(manifest.at).toISOString(),
      `${bytes}`,
    ])
    terminal.resultLines(table([{ title: 'name' }, NUMBER('snapshot'), { title: 'taken at' }, NUMBER('bytes')], rows))
  }
  if (failure !== undefined) throw failure
}

function show(savepoint: Savepoint, { json }: ReadFlags, terminal: Terminal): void {
  const { manifest } = savepoint
  if (json === true) {
    terminal.result(JSON.stringify({ ...summaryOf(savepoint), ...contentsOf(manifest) }))
    return
  }
  const { name, snapshot, takenAt, bytes, keyGroups } = summaryOf(savepoint)
  terminal.resultLines([
    plain(`savepoint "${name}" of "${manifest.topology}": snapshot ${snapshot}, taken at ${takenAt}, ${bytes} bytes`),
    plain(`${plural(keyGroups, 'key group')}, ${plural(contentsOf(manifest).inFlight, 'tuple')} on their way`),
    plain(''),
    ...table(
      [{ title: 'component' }, { title: 'kind' }, NUMBER('tasks'), { title: 'states' }],
      contentsOf(manifest).components.map(({ component, kind, tasks, states }) => [
        component,
        kind,
        `${tasks}`,
        states.join(', '),
      ]),
    ),
  ])
}

const NUMBER = (title: string) => ({ title, align: 'right' }) as const

function summaryOf({ name, manifest: { topology, snapshot, at, shape }, bytes }: Savepoint) {
  const { keyGroups } = shape
  return { name, topology, snapshot, takenAt: new Date(at).toISOString(), bytes, keyGroups }
}
