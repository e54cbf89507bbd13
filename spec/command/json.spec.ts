/** Whoever reads with a program gets JSON from every command that reads. */

import test from 'ava'
import type { Command } from 'commander'
import { wholeProgram } from '../../lib/command/program.ts'
import { fakeTerminal } from './parts.ts'

/** What begins, changes or writes something: its exit code is its answer. All others read. */
const CHANGES: ReadonlySet<string> = new Set([
  'shell',
  'export storm',
  'export kubernetes',
  'up',
  'nimbus',
  'supervisor',
  'cluster init',
  'completion',
])

function leaves(command: Command, path: readonly string[] = []): (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]]
  return command.commands.flatMap((one) => leaves(one, [...path, one.name()]))
}

test('every command that reads has --json', async (t) => {
  const all = leaves(await wholeProgram(fakeTerminal().terminal))
  const without = all.filter(([, command]) => !command.options.some(({ long }) => long === '--json'))
  t.deepEqual(without.map(([path]) => path).sort(), [...CHANGES].sort())
})
