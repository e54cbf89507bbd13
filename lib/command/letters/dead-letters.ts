/** `typhoon dead-letters list | show | export | edit | drop`: the tuples that were given up. */
import type { Command } from 'commander'
import { csvLine, csvTitles } from '../../dead-letters/csv.ts'
import { type DamagedLine, type FoundLetter, isLetter } from '../../dead-letters/letters.ts'
import { parseConfig, parseCount, parseVariable } from '../input/arguments.ts'
import type { DefinitionFlags } from '../input/definition.ts'
import { withProblems } from '../input/kept.ts'
import { type Line, plain } from '../render/line.ts'
import { plural } from '../render/numbers.ts'
import { INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { type ChoiceFlags, choiceOf, takesChoice, valuesOf, wantedBy } from './letter-flags.ts'
import { type Given, storeOf } from './letter-store.ts'
import { damageLines, letterJson, letterLines, letterTable } from './letter-text.ts'

interface ListFlags extends ChoiceFlags, DefinitionFlags {
  readonly limit?: number
  readonly json?: boolean
}

interface ExportFlags extends ChoiceFlags, DefinitionFlags {
  readonly csv?: boolean
  readonly json?: boolean
}

/** So many are shown in a table unless another number is asked for. */
const FEW = 100

export function defineDeadLetters(command: Command, shell: Shell): void {
  defineLooks(command, shell)
  defineChanges(command, shell)
  command.addHelpText(
    'after',
    `
LETTERS is a file of dead letters, or the file of a topology: then those are meant that it would write.

Exit codes:
  0  it is done; also where there are none to be listed
  1  there is no such letter, or the file cannot be read or changed
  2  the command line is wrong
  3  the topology cannot be loaded or is not valid

Examples:
  $ typhoon dead-letters list wordcount.yaml --component split --since 2h
  $ typhoon dead-letters show dead-letters/words.jsonl 3f2a9c01
  $ typhoon dead-letters edit wordcount.yaml 3f2a9c01 line="and so on"
  $ typhoon dead-letters drop wordcount.yaml --where "amount < 0" > dropped.jsonl`,
  )
}

/** What changes nothing. */
function defineLooks(command: Command, shell: Shell): void {
  const { terminal } = shell
  takesChoice(takesLetters(command, 'list', 'list them, the last one at the end'))
    .option('--limit <n>', `only the last n; ${FEW} unless given, and all with --json`, parseCount)
    .option('--json', 'print a JSON object for each, one per line')
    .action((given: string, flags: ListFlags) => withStore(shell, given, flags, (store) => list(store, flags, shell)))
  takesLetters(command, 'show', 'show all that is known of some of them')
    .argument('<ids...>', 'ids, or their beginnings')
    .option('--json', 'print a JSON object for each, one per line')
    .action((given: string, ids: readonly string[], flags: ListFlags) =>
      withStore(shell, given, flags, async (store) => {
        for (const found of await store.choose({ ids })) {
          if (flags.json === true) await terminal.result(letterJson(found))
          else terminal.resultLines(letterLines(found))
        }
      }),
    )
  takesChoice(takesLetters(command, 'export', 'print them as they were written, JSON lines'))
    .addOption(
      command.createOption('--csv', 'as a table for a spreadsheet, with a column for each field').conflicts('json'),
    )
    .option('--json', 'with the id, file and line of each')
    .action((given: string, flags: ExportFlags) =>
      withStore(shell, given, flags, (store) => exportLetters(store, flags, shell)),
    )
}

function defineChanges(command: Command, shell: Shell): void {
  const { terminal } = shell
  takesChoice(takesLetters(command, 'drop', 'take them out of their file, and print what was taken out'))
    .argument('[ids...]', 'ids, or their beginnings')
    .option('--all', 'all of them')
    .option('--json', 'print them with the id, file and line of each')
    .action((given: string, ids: readonly string[], flags: ListFlags) =>
      withStore(shell, given, flags, async (store) => {
        const dropped = await store.drop(choiceOf(ids, flags))
        for (const found of dropped) await terminal.result(flags.json === true ? letterJson(found) : found.text)
        terminal.say([plain(`${plural(dropped.length, 'dead letter')} dropped`)])
      }),
    )
  takesLetters(command, 'edit', 'give one other values')
    .argument('<id>', 'its id, or the beginning of it')
    .argument('<field=value...>', 'the value as JSON, or else as a text; of a field that has a text it is that text')
    .option('--json', 'print it as a JSON object')
    .action((given: string, id: string, values: readonly string[], flags: ListFlags) =>
      withStore(shell, given, flags, async (store) => {
        const [before] = await store.choose({ ids: [id] })
        const after = await store.edit(before!.id, valuesOf(values, before!))
        if (flags.json === true) await terminal.result(letterJson(after))
        else terminal.resultLines(letterLines(after))
      }),
    )
}

function takesLetters(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument('<letters>', 'a file of dead letters, or the file of a topology')
    .option('-c, --config <key=value>', 'set a configuration key of the topology; repeatable', parseConfig)
    .option('--set <name=value>', 'set a ${variable} of its YAML; repeatable', parseVariable)
}

/** Runs a command; what is wrong is said, and stands in the exit code. */
async function withStore(
  shell: Shell,
  given: string,
  flags: DefinitionFlags,
  action: (store: Given) => Promise<void>,
): Promise<void> {
  let isLoaded = true
  await withProblems(shell, async () => {
    const store = await storeOf(given, flags, shell.terminal)
    isLoaded = store !== undefined
    if (store !== undefined) await action(store)
  })
  if (!isLoaded) shell.exitCode = INVALID
}

async function list(store: Given, flags: ListFlags, { terminal }: Shell): Promise<void> {
  const { json = false, limit = json ? Number.POSITIVE_INFINITY : FEW } = flags
  const last: FoundLetter[] = []
  const damaged: DamagedLine[] = []
  let letters = 0
  for await (const entry of store.find(wantedBy(flags))) {
    if (!isLetter(entry)) damaged.push(entry)
    else if (++letters && json && limit === Number.POSITIVE_INFINITY) await terminal.result(letterJson(entry))
    else {
      last.push(entry)
      if (last.length > 2 * limit) last.splice(0, last.length - limit)
    }
  }
  const shown = last.slice(-limit)
  if (json) for (const found of shown) await terminal.result(letterJson(found))
  else if (shown.length > 0) terminal.resultLines(letterTable(shown, terminal.columns))
  const words: Line[] = damageLines(damaged)
  if (letters === 0) words.push(plain(`no such dead letters in ${store.places.join(', ')}`))
  else if (!json && shown.length < letters) words.push(plain(`the last ${shown.length} of ${letters}: see --limit`))
  if (words.length > 0) terminal.say(words)
}

async function exportLetters(store: Given, flags: ExportFlags, { terminal }: Shell): Promise<void> {
  const damaged: DamagedLine[] = []
  const csv: FoundLetter[] = []
  for await (const entry of store.find(wantedBy(flags))) {
    if (!isLetter(entry)) damaged.push(entry)
    else if (flags.csv === true) csv.push(entry)
    else await terminal.result(flags.json === true ? letterJson(entry) : entry.text)
  }
  if (flags.csv === true) {
    const fields = [...new Set(csv.flatMap(({ letter }) => Object.keys(letter.values)))]
    await terminal.result(csvTitles(fields))
    for (const found of csv) await terminal.result(csvLine(found, fields))
  }
  if (damaged.length > 0) terminal.say(damageLines(damaged))
}
