import test from 'ava'
import fc from 'fast-check'
import { splitByBash, typedIn } from '../../lib/command/completion/command-line.ts'
import { placeIn } from '../../lib/command/completion/place.ts'
import { SCRIPTS } from '../../lib/command/completion/scripts.ts'
import { wholeProgram } from '../../lib/command/program.ts'
import { DONE, WRONG_USAGE } from '../../lib/command/terminal/exit-codes.ts'
import { fakeTerminal, typhoon } from './parts.ts'

function splits(line: string, before: readonly string[], current: string): void {
  test(`bash has typed ${line}`, (t) => t.deepEqual(typedIn(line), { before, current }))
}

splits('typhoon ', [], '')
splits('typhoon lo', [], 'lo')
splits('typhoon logs ', ['logs'], '')
splits('typhoon  logs --component=co', ['logs'], '--component=co')
splits(`typhoon run 'a b'"c d"e\\ f x`, ['run', 'a bc de f'], 'x')
splits(`typhoon run "it's`, ['run'], "it's")
splits('typhoon run $(reboot) `reboot` ', ['run', '$(reboot)', '`reboot`'], '')

test('no line that is typed is too odd to be read', (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => typeof typedIn(line).current === 'string'))
  t.is(splitByBash('--component=a:b'), 14)
  t.is(splitByBash('plain'), 0)
})

/** What stands at the end of these words: the command, the value, and what there is of it. */
function place(words: string, expected: readonly [string, string | undefined, string]): void {
  test(`the place after ${words}|`, async (t) => {
    const program = await wholeProgram(fakeTerminal().terminal)
    const { path, value, current } = placeIn(program, typedIn(`typhoon ${words}`))
    t.deepEqual([path, value, current], expected)
  })
}

place('log', ['', undefined, 'log'])
place('logs wo', ['logs', 'name', 'wo'])
place('logs words --component ', ['logs', '--component', ''])
place('logs --component c', ['logs', '--component', 'c'])
place('logs --component=c', ['logs', '--component', 'c'])
place('logs --follow wo', ['logs', 'name', 'wo'])
place('logs -f --level warn wo', ['logs', 'name', 'wo'])
place('logs -', ['logs', undefined, '-'])
place('update words ', ['update', 'file', ''])
place('update -- --words --f', ['update', 'file', '--f'])
place('token make ann --role ', ['token make', '--role', ''])
place('list ', ['list', undefined, ''])
place('rebalance words -e c', ['rebalance', '--executor', 'c'])
place('multilang check python3 a.py ', ['multilang check', 'command', ''])

async function candidates(...words: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await typhoon('complete', 'zsh', '--', ...words)
  if (code !== DONE || stderr !== '') throw new Error(stderr)
  const [kind = '', ...lines] = stdout.trimEnd().split('\n')
  return [kind, ...lines.map((line) => line.split('\t')[0]!)]
}

test('commands, options and words that are known are offered, each with what it means', async (t) => {
  t.deepEqual(await candidates('log'), ['none', 'logs', 'log-level'])
  t.deepEqual(await candidates('token', 'm'), ['none', 'make'])
  t.deepEqual(await candidates('run', '--fr'), ['none', '--fresh'])
  t.deepEqual(await candidates('logs', 'words', '--level', 'w'), ['none', 'warn'])
  t.deepEqual(await candidates('logs', 'words', '--level=w'), ['none', '--level=warn'])
  t.deepEqual(await candidates('completion', ''), ['none', 'bash', 'zsh', 'fish'])
  const { stdout } = await typhoon('complete', 'bash', '--', 'typhoon logs words --level=w')
  t.is(stdout, 'none\nwarn\t\n')
})

test('the shell itself looks for files and folders', async (t) => {
  t.deepEqual(await candidates('run', ''), ['files'])
  t.deepEqual(await candidates('run', 'a.yaml', '--filter', ''), ['files'])
  t.deepEqual(await candidates('run', 'a.yaml', '--state', ''), ['folders'])
})

test('nothing is offered, and nothing said, where nothing is known', async (t) => {
  t.deepEqual(await candidates('nonsense', ''), ['none'])
  t.deepEqual(await candidates('logs', '', '--server', 'http://127.0.0.1:1', '--component', ''), ['none'])
  t.deepEqual(await candidates('savepoint', 'show', 'none-of-this-name', ''), ['none'])
  t.deepEqual(await candidates(), ['none', ...(await candidates('')).slice(1)])
})

test('a script is printed for each shell, and none for another', async (t) => {
  for (const [shell, script] of Object.entries(SCRIPTS)) {
    const { code, stdout } = await typhoon('completion', shell)
    t.deepEqual([code, stdout], [DONE, script])
  }
  t.is((await typhoon('completion', 'tcsh')).code, WRONG_USAGE)
})
