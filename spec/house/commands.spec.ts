/**
 * The lists of commands in the documents: each stands below a comment and comes from the program itself, so that none
 * is left out. `UPDATE=1 npx ava dist/spec/house/commands.spec.js` writes them anew.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Command } from 'commander'
import { wholeProgram } from '../../lib/command/program.ts'
import { fakeTerminal } from '../command/parts.ts'
import { ROOT, read } from './sources.ts'

const MARKER = '<!-- commands -->'

/** `savepoint create, list, show`, or `rebalance <name>` */
function formOf(command: Command): string {
  if (command.commands.length > 0) return `${command.name()} ${command.commands.map((one) => one.name()).join(', ')}`
  const given = command.registeredArguments.map((one) => {
    const name = one.variadic ? `${one.name()}…` : one.name()
    return one.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...given].join(' ')
}

function tableOf(program: Command): string {
  const rows = program.commands.map((one) => `| \`typhoon ${formOf(one)}\` | ${one.description()} |\n`)
  return `| command | what it does |\n| --- | --- |\n${rows.join('')}`
}

test('README.md and docs/cli.md name every command', async (t) => {
  const table = tableOf(await wholeProgram(fakeTerminal().terminal))
  for (const path of ['README.md', 'docs/cli.md']) {
    const before = read(path)
    t.true(before.includes(MARKER), `${path} has no ${MARKER}`)
    const wanted = before.replace(new RegExp(`^${MARKER}\\n(?:\\n(?:\\|.*\\n)+)?`, 'm'), `${MARKER}\n\n${table}`)
    if (process.env['UPDATE'] === '1' && wanted !== before) writeFileSync(join(ROOT, path), wanted)
    t.is(read(path), wanted, `${path}: run this specification with UPDATE=1`)
  }
})
