/**
 * `typhoon complete SHELL -- …`: what could stand at the cursor, for the scripts of `typhoon completion`. The first
 * line says what the shell adds of its own: `files`, `folders`, `more` where what is completed goes on, or `none`; then
 * come candidates, each with a tab and what it means.
 */
import type { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.ts'
import { splitByBash, type Typed, typedIn } from './command-line.ts'
import { type Place, placeIn } from './place.ts'
import { valuesAt } from './values.ts'

interface Candidate {
  readonly value: string
  readonly about: string
}

/** Control characters would be commands to a terminal, and end the line in which a candidate stands. */
const UNPRINTABLE = /\p{Cc}/u
/** What completion goes on after: a value or a component follows. */
const GOES_ON = /[=/]$/

/**
 * @param argv the shell, `--`, and the words up to the cursor; of bash the line in one word
 * @param makeProgram makes the commands, with all that those among the words take
 */
export async function complete(
  [shell = '', , ...words]: readonly string[],
  makeProgram: (words: readonly string[]) => Promise<Command>,
  terminal: Terminal,
): Promise<void> {
  const typed: Typed = shell === 'bash' ? typedIn(words[0] ?? '') : asTyped(words)
  const place = placeIn(await makeProgram(typed.before), typed)
  const values = await valuesAt(place)
  const fromShell = typeof values === 'string' ? values : undefined
  const named = typeof values === 'string' ? [] : values.map((value) => ({ value, about: '' }))
  const candidates = [...named, ...(place.mayBeOption ? [...commandsAt(place), ...optionsAt(place)] : [])].filter(
    ({ value }) => value.startsWith(place.current) && !UNPRINTABLE.test(value),
  )
  const cut = shell === 'bash' ? splitByBash(typed.current) : 0
  const goesOn = candidates.length > 0 && candidates.every(({ value }) => GOES_ON.test(value))
  terminal.result(
    [
      fromShell ?? (goesOn ? 'more' : 'none'),
      ...candidates.map(({ value, about }) => `${`${place.prefix}${value}`.slice(cut)}\t${about}`),
    ].join('\n'),
  )
}

function asTyped(words: readonly string[]): Typed {
  return { before: words.slice(0, -1), current: words.at(-1) ?? '' }
}

function commandsAt({ command, given }: Place): Candidate[] {
  if (given.length > 0) return []
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), about: one.description() }))
}

/** They are offered where one has begun to type one, for a dash says that one is meant. */
function optionsAt({ command, current }: Place): Candidate[] {
  if (!current.startsWith('-')) return []
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', about: description }))
}
