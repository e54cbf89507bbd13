/** `typhoon multilang check -- COMMAND…`: does a spout or bolt in another language keep the rules of the protocol? */
import type { Command } from 'commander'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { checkChild } from '../../multilang/check/check.ts'
import { parseExactJson } from '../../util/exact-json.ts'
import { shorten } from '../../words/suggest.ts'
import { renderCheck } from '../render/check-text.ts'
import { DONE, FAILED } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'

interface CheckFlags {
  readonly spout?: boolean
  readonly tuple?: readonly (readonly unknown[])[]
  readonly fields?: readonly string[]
  readonly outputs?: Readonly<Record<string, readonly string[]>>
  readonly timeout: string
  readonly startTimeout: string
  readonly json?: boolean
}

const SAMPLE = ['the quick brown fox']
/** What a timer of Node.js can hold. */
const LONGEST_SECS = 2 ** 31 / 1000 - 1

export function defineMultilang(command: Command, shell: Shell): void {
  command
    .command('check')
    .description('check whether a child process keeps the rules of the multilang protocol')
    .argument('<command...>', 'program and arguments of the child, after --')
    .option('--spout', 'the child is a spout, not a bolt')
    .option('--tuple <json>', 'values of a tuple for the bolt; repeatable', gatherTuple)
    .option('--fields <names>', 'field names of the tuples, separated by commas', namesOf)
    .option('--outputs <[stream:]fields>', 'output fields of the child, separated by commas; repeatable', gatherOutputs)
    .option('--timeout <secs>', 'how long one answer may take, seconds', '5')
    .option('--start-timeout <secs>', 'how long the child may take to send its pid, seconds', '30')
    .option('--json', 'print the findings as one JSON object')
    .action(async (command: string[], flags: CheckFlags) => check(command, flags, shell))
    .addHelpText(
      'after',
      `
Examples:
  $ typhoon multilang check -- python3 split.py
  $ typhoon multilang check --fields sentence -- node split.js
  $ typhoon multilang check --tuple '["fox", 2]' --outputs word,count -- ruby count.rb
  $ typhoon multilang check --spout --outputs sentence -- node sentences.js

Exits with 1 where a rule is broken.`,
    )
}

async function check(command: readonly string[], flags: CheckFlags, shell: Shell): Promise<void> {
  const { spout = false, tuple = [SAMPLE], fields, outputs = { default: ['value'] }, json = false } = flags
  const report = await checkChild({
    command,
    kind: spout ? 'spout' : 'bolt',
    samples: tuple,
    outputs,
    patienceMs: patienceOf('--timeout', flags.timeout),
    startPatienceMs: patienceOf('--start-timeout', flags.startTimeout),
    ...(fields === undefined ? {} : { inputs: fields }),
  })
  if (json) shell.terminal.result(JSON.stringify(report))
  else shell.terminal.resultLines(renderCheck(report))
  shell.exitCode = report.broken === 0 ? DONE : FAILED
}

/** The duration in milliseconds. @throws USAGE */
function patienceOf(option: string, text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= LONGEST_SECS) return seconds * 1000
  throw new TyphoonError('USAGE', `${option} must be a number of seconds over 0, not "${text}"`)
}

/** @throws USAGE */
function gatherTuple(text: string, before: readonly (readonly unknown[])[] = []): (readonly unknown[])[] {
  let values: unknown
  try {
    values = parseExactJson(text)
  } catch {
    // Told below.
  }
  if (Array.isArray(values)) return [...before, values]
  throw new TyphoonError('USAGE', `--tuple "${shorten(text)}" is not a list in JSON that can be read`, {
    hint: `example: --tuple '["fox", 2]'`,
  })
}

function gatherOutputs(text: string, before: Readonly<Record<string, readonly string[]>> = {}) {
  const [, stream = 'default', names = ''] = /^(?:([^:]+):)?(.*)$/.exec(text) ?? []
  return { ...before, [stream]: namesOf(names) }
}

function namesOf(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '')
}
