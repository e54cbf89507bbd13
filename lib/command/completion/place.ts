/** Where in the tree of commands the cursor is: what may stand there. It reads the definitions of commands alone. */
import type { Command, Option } from 'commander'
import type { Typed } from './command-line.ts'

/** What is typed at the cursor. */
export interface Place {
  /** `log-level`, `token make`; empty at the first word. */
  readonly command: Command
  readonly path: string
  /** Of the value at the cursor: `--component` of an option, `name` of an argument; undefined where none may stand. */
  readonly value: string | undefined
  /** How an option is called that the value belongs to, with its `=`, where both are one word. */
  readonly prefix: string
  /** What there is of the value, or of the word. */
  readonly current: string
  /** The arguments before it. */
  readonly given: readonly string[]
  /** The values of the options before it, by their long names. */
  readonly options: ReadonlyMap<string, string>
  /** Whether an option, or the name of a command, may stand there. */
  readonly mayBeOption: boolean
}

/** @param program with all that its command takes */
export function placeIn(program: Command, { before, current }: Typed): Place {
  let command = program
  let waiting: Option | undefined
  let endsOptions = false
  const path: string[] = []
  const given: string[] = []
  const options = new Map<string, string>()
  for (const word of before) {
    const sub = given.length === 0 ? command.commands.find((one) => one.name() === word) : undefined
    if (waiting !== undefined) {
      options.set(nameOf(waiting), word)
      waiting = undefined
    } else if (endsOptions) given.push(word)
    else if (word === '--') endsOptions = true
    else if (word.length > 1 && word.startsWith('-')) {
      const [name = '', value] = split(word)
      const option = command.options.find((one) => one.long === name || one.short === name)
      if (option !== undefined && value !== undefined) options.set(nameOf(option), value)
      else if (option?.required === true) waiting = option
    } else if (sub !== undefined) {
      command = sub
      path.push(word)
    } else given.push(word)
  }
  const known = { command, path: path.join(' '), given, options, mayBeOption: waiting === undefined && !endsOptions }
  if (waiting !== undefined) return { ...known, value: nameOf(waiting), prefix: '', current }
  const [name = '', value] = split(current)
  if (!endsOptions && current.startsWith('-') && value !== undefined) {
    const option = command.options.find((one) => one.long === name)
    return { ...known, value: option && nameOf(option), prefix: `${name}=`, current: value, mayBeOption: false }
  }
  const { registeredArguments } = command
  const argument = registeredArguments[given.length] ?? registeredArguments.findLast((one) => one.variadic)
  const isOption = !endsOptions && current.startsWith('-')
  return { ...known, value: isOption ? undefined : argument?.name(), prefix: '', current }
}

function split(word: string): readonly [string, string?] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}

function nameOf({ long, short }: Option): string {
  return long ?? short ?? ''
}
