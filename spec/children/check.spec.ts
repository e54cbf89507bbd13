/** `typhoon multilang check` with real children. What each rule finds stands in `multilang/check.spec.ts`. */
import test from 'ava'
import { execute } from '../../lib/command/main.ts'
import { DONE, FAILED, WRONG_USAGE } from '../../lib/command/terminal/exit-codes.ts'
import type { CheckReport, Finding } from '../../lib/multilang/check/check.ts'
import { BOUND_MS } from '../bound.ts'
import { fakeTerminal } from '../command/parts.ts'
import { program } from './real-task.ts'

async function check(command: readonly string[], ...flags: readonly string[]) {
  const { terminal, stdout } = fakeTerminal()
  const patient = ['--timeout', `${BOUND_MS / 1000}`, '--start-timeout', `${BOUND_MS / 1000}`]
  const code = await execute(['multilang', 'check', '--json', ...patient, ...flags, '--', ...command], terminal)
  return { code, report: JSON.parse(stdout.text) as CheckReport }
}

function broken({ findings }: CheckReport): Finding[] {
  return findings.filter(({ verdict }) => verdict === 'broken')
}

test('a bolt that keeps all rules has none broken, and the exit code is 0', async (t) => {
  const { code, report } = await check(program('hear(echo)'))
  t.deepEqual(broken(report), [])
  t.is(code, DONE)
})

test('a child that dies at once is found, with its last words, and the exit code is 1', async (t) => {
  const { code, report } = await check([process.execPath, '-e', 'console.error("no such luck"); process.exit(1)'])
  t.is(code, FAILED)
  t.deepEqual(
    broken(report).map(({ rule }) => rule),
    ['handshake'],
  )
  t.regex(broken(report)[0]!.why!, /\b1\b.*no such luck/)
})

test('a bolt gets the tuples, and a spout the commands, that the flags ask for', async (t) => {
  const dying = program('hear((message) => (message.pidDir ? echo(message) : process.exit(3)))')
  const [bolt, spout] = await Promise.all([check(dying, '--tuple', '[["mine"]]'), check(dying, '--spout')])
  t.is(broken(bolt.report)[0]!.rule, 'tuples')
  t.regex(broken(bolt.report)[0]!.frames.at(-1)!, /^→ .*mine/)
  t.is(broken(spout.report)[0]!.rule, 'next')
  t.deepEqual([bolt.code, spout.code], [FAILED, FAILED])
})

test('a command that cannot be started is found', async (t) => {
  const { terminal, stdout } = fakeTerminal()
  t.is(await execute(['multilang', 'check', '--', './no-such-program'], terminal), FAILED)
  t.regex(stdout.text, /✗ handshake.*\n.*no-such-program/)
})

for (const [title, argv] of [
  ['no command', []],
  ['a tuple that is no list', ['--tuple', '{}', '--', 'true']],
  ['a timeout that is no number', ['--timeout', 'soon', '--', 'true']],
  ['a time to start of nothing', ['--start-timeout', '0', '--', 'true']],
] as const) {
  test(`${title} is wrong usage`, async (t) => {
    const { terminal, stdout } = fakeTerminal()
    t.is(await execute(['multilang', 'check', ...argv], terminal), WRONG_USAGE)
    t.is(stdout.text, '')
  })
}
