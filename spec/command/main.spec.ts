import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { execute } from '../../lib/command/main.ts'
import { DONE, FAILED, INVALID, WRONG_USAGE } from '../../lib/command/terminal/exit-codes.ts'
import { topologySchema } from '../../lib/run/with-annexes.ts'
import { folderOf } from '../folder.ts'
import { FakeStream, fakeTerminal, NUMBERS, typhoon } from './parts.ts'

function refuses(title: string, argv: readonly string[], stderr: string): void {
  test(title, async (t) => t.deepEqual(await typhoon(...argv), { code: WRONG_USAGE, stdout: '', stderr }))
}

refuses('an unknown command is wrong usage', ['rnu'], "error[USAGE]: unknown command 'rnu'\n  did you mean run?\n")
refuses(
  'an unknown option is wrong usage',
  ['run', NUMBERS, '--josn'],
  "error[USAGE]: unknown option '--josn'\n  did you mean --json?\n",
)
refuses(
  'a missing file is wrong usage',
  ['run'],
  'error[USAGE]: missing required argument \'file\'\n  see "typhoon run --help"\n',
)
refuses(
  'two files are wrong usage',
  ['plan', NUMBERS, NUMBERS],
  'error[USAGE]: too many arguments for \'plan\'. Expected 1 argument but got 2.\n  see "typhoon plan --help"\n',
)
refuses(
  'a bad duration is wrong usage',
  ['run', NUMBERS, '--for', '30'],
  'error[USAGE]: "30" is not a duration\n  a number and a unit: 500ms, 30s, 5m, 1.5h\n',
)
refuses(
  'a plan is JSON or Mermaid, not both',
  ['plan', NUMBERS, '--json', '--mermaid'],
  "error[USAGE]: option '--json' cannot be used with option '--mermaid'\n  see \"typhoon plan --help\"\n",
)

test('a condition that is too long is told before anybody is asked', async (t) => {
  const nobody = ['--server', 'http://127.0.0.1:1', '--json']
  for (const length of [2001, 6000, 40_000]) {
    const { code, stdout } = await typhoon('tap', 'words', ...nobody, '--where', 'a'.repeat(length))
    t.deepEqual([code, JSON.parse(stdout).problems[0].code], [FAILED, 'BAD_EXPRESSION'])
  }
})

test('no command at all is wrong usage, and answered by the help', async (t) => {
  const { code, stdout, stderr } = await typhoon()
  t.is(code, WRONG_USAGE)
  t.is(stdout, '')
  t.regex(stderr, /^Usage: typhoon/)
})

for (const argv of [['--help'], ['run', '--help'], ['help', 'run']]) {
  test(`${argv.join(' ')} goes to stdout and tells the exit codes`, async (t) => {
    const { code, stdout, stderr } = await typhoon(...argv)
    t.is(code, DONE)
    t.is(stderr, '')
    t.regex(stdout, /^Usage: typhoon/)
    t.regex(stdout, /Exit codes:\n {2}0 {4}done/)
    t.regex(stdout, /Examples?:\n {2}\$ typhoon run /)
  })
}

test('--version prints the version of the package', async (t) => {
  const { code, stdout } = await typhoon('--version')
  t.is(code, DONE)
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/)
})

test('schema prints the JSON Schema', async (t) => {
  const { code, stdout } = await typhoon('schema')
  t.is(code, DONE)
  t.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(await topologySchema())))
})

test('validate tells the size of a topology', async (t) => {
  const ended = await typhoon('validate', NUMBERS, '--set', 'workers=2')
  const stdout = `${NUMBERS}: numbers is valid: 2 components, 2 tasks, 2 workers\n`
  t.deepEqual(ended, { code: DONE, stdout, stderr: '' })
})

test('-c goes before the configuration of the topology', async (t) => {
  const { stdout } = await typhoon('validate', NUMBERS, '-c', 'topology.workers=3')
  t.regex(stdout, /3 workers\n$/)
})

test('validate --json prints one object', async (t) => {
  const { code, stdout } = await typhoon('validate', NUMBERS, '--json')
  t.is(code, DONE)
  t.deepEqual(JSON.parse(stdout), { valid: true, problems: [] })
})

test('a topology that does not exist is invalid, and the nearest one is named', async (t) => {
  const { code, stdout, stderr } = await typhoon('validate', NUMBERS.replace('numbers.js', 'numebrs.js'))
  t.is(code, INVALID)
  t.is(stdout, '')
  t.regex(stderr, /^error\[FILE_NOT_FOUND\]: /)
  t.regex(stderr, /"numbers\.js"\?\n$/)
})

const WORD_COUNT = join('spec', 'samples', 'trident-word-count', 'topology.yaml')
const FIXED = join('spec', 'command', 'topologies', 'fixed.yaml')
const BROKEN = fileURLToPath(new URL('../../../spec/command/topologies/broken.yaml', import.meta.url))

test('every problem of a definition is told, with its place, and no stack trace', async (t) => {
  const { code, stdout, stderr } = await typhoon('validate', BROKEN, '--json')
  t.is(code, INVALID)
  const { valid, problems } = JSON.parse(stdout)
  t.false(valid)
  t.deepEqual(
    problems.map(({ code, where }: { code: string; where: { line: number } }) => [code, where.line]),
    [
      ['UNKNOWN_KEY', 4],
      ['UNKNOWN_COMPONENT', 8],
    ],
  )
  t.regex(stderr, /error\[UNKNOWN_KEY\].*\n {2}at .*broken\.yaml:4:/)
  t.regex(stderr, /\n2 problems\n$/)
  t.notRegex(stderr, /\n {4}at /)
})

test('run --json of an invalid topology says so in its last line', async (t) => {
  const { code, stdout, stderr } = await typhoon('run', BROKEN, '--json')
  t.is(code, INVALID)
  const { status, problems } = JSON.parse(stdout)
  t.is(status, 'invalid')
  t.is(problems.length, 2)
  t.regex(stderr, /^error\[UNKNOWN_KEY\]/)
})

test('--verbose shows where an error was thrown', async (t) => {
  const { stderr } = await typhoon('validate', BROKEN, '--verbose')
  t.regex(stderr, /\n {4}at /)
})

test('plan prints the plan as text, as JSON, and as Mermaid', async (t) => {
  const text = await typhoon('plan', NUMBERS)
  t.is(text.stdout.split('\n')[0], 'numbers: 2 components, 2 tasks, 1 worker')
  const json = await typhoon('plan', NUMBERS, '--json')
  t.is(JSON.parse(json.stdout).topology, 'numbers')
  const mermaid = await typhoon('plan', NUMBERS, '--mermaid')
  t.true(mermaid.stdout.startsWith('flowchart LR\n'))
  t.deepEqual([text.code, json.code, mermaid.code], [DONE, DONE, DONE])
})

test('plan says of a Trident topology what runs together, and what its states promise, in JSON too', async (t) => {
  const given = ['plan', WORD_COUNT, '--set', 'input=package.json']
  const text = await typhoon(...given)
  const json = await typhoon(...given, '--json')
  const { about } = JSON.parse(json.stdout) as { about: string[] }
  t.is(about[0], 'batches of "lines", by coordinator')
  t.true(about.includes('state "counts": exactly once'))
  t.true(text.stdout.endsWith(`\n\n${about.join('\n')}\n`))
  t.false('about' in JSON.parse((await typhoon('plan', NUMBERS, '--json')).stdout))
})

test('--state says where Trident keeps what it keeps, from the working directory', async (t) => {
  const folder = folderOf(t)
  const flags = ['--state', relative(process.cwd(), folder), '--quiet', '-c', 'drpc.http.port=0']
  const { code, stderr } = await typhoon('run', FIXED, ...flags, '-c', 'topology.state.dir=elsewhere')
  t.is(code, DONE, stderr)
  t.deepEqual(readdirSync(folder), ['fixed'])
  t.false(existsSync('elsewhere'))
})

test('a port that is taken fails the run, with a report of what never ran', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const ended = await typhoon('run', NUMBERS, '--json', '-c', `topology.nimbus.port=${port}`)
  server.close()
  t.is(ended.code, FAILED)
  t.regex(ended.stderr, /^error\[PORT_TAKEN\]: /)
  t.like(JSON.parse(ended.stdout), {
    topology: 'numbers',
    status: 'failed',
    seconds: 0,
    problem: { code: 'PORT_TAKEN' },
  })
})

test('on a terminal the live table stands while the topology runs, and the summary after it', async (t) => {
  const { terminal, stdout, stderr } = fakeTerminal(new FakeStream(), new FakeStream(true), { NO_COLOR: '1' })
  t.is(await execute(['run', NUMBERS, '--set', 'count=100'], terminal), DONE)
  t.is(stdout.text, 'sum 5050\n')
  t.regex(stderr.text, /^numbers {2}(?:starting|running) {2}.*\ncomponent {2}tasks {2}emitted\/s/)
  // The last that is drawn is taken away, and the summary begins in its place.
  const summary = stderr.text.slice(stderr.text.lastIndexOf('\u001b[J') + '\u001b[J'.length)
  t.regex(summary, /^\nnumbers completed .* 1 worker\n/)
})
