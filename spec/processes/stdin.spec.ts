/** Stdin as a source of a run. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folderOf } from '../folder.ts'
import { CliRun, codesOf, configured, reportOf, topologyFile, typhoonProcess, variables } from './cli.ts'

function argumentsFor(folder: string, guarantee: string, more: Readonly<Record<string, string>> = {}): string[] {
  const config = { 'topology.guarantee': guarantee, 'topology.state.dir': join(folder, 'state') }
  const set = variables({ out: join(folder, 'out.txt'), mark: join(folder, 'mark'), ...more })
  return ['run', topologyFile('stdin'), '--json', ...configured(config), ...set]
}

const LINES = Array.from({ length: 50_000 }, (_, n) => `line ${n} of many, ${'x'.repeat(n % 60)}`)

for (const guarantee of ['at-most-once', 'at-least-once', 'exactly-once']) {
  test.serial(`each line of a pipe comes once, in order, and its end ends the run (${guarantee})`, async (t) => {
    const folder = folderOf(t)
    const run = new CliRun(argumentsFor(folder, guarantee), { stdin: 'pipe' })
    run.end(LINES.join('\n'))
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    t.is(reportOf(ended).status, 'completed')
    t.deepEqual(readFileSync(join(folder, 'out.txt'), 'utf8').trimEnd().split('\n'), LINES)
  })

  test.serial(
    `when its worker ends, what it had read is lost and told, and no line is doubled or torn (${guarantee})`,
    async (t) => {
      const folder = folderOf(t)
      const run = new CliRun(argumentsFor(folder, guarantee, { fault: LINES[700]! }), { stdin: 'pipe' })
      run.end(LINES.join('\n'))
      const ended = await run.ended
      t.is(ended.code, 0, ended.stderr)
      t.is(codesOf(ended).filter((code) => code === 'INPUT_LOST').length, 1, ended.stderr)
      const known = new Map(LINES.map((line, n) => [line, n]))
      const numbers = readFileSync(join(folder, 'out.txt'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => known.get(line))
      t.false(numbers.includes(undefined))
      t.deepEqual(
        numbers,
        [...new Set(numbers)].sort((a, b) => a! - b!),
      )
      t.is(numbers.at(-1), LINES.length - 1)
      t.true(numbers.length < LINES.length)
    },
  )
}

test.serial('a file is read to its end, and nothing at all is no input', async (t) => {
  const folder = folderOf(t)
  const input = join(folder, 'input.txt')
  writeFileSync(input, 'one\r\ntwo\n')
  const stdin = openSync(input, 'r')
  t.teardown(() => closeSync(stdin))
  const ended = await typhoonProcess(argumentsFor(folder, 'at-least-once'), { stdin })
  t.is(ended.code, 0, ended.stderr)
  t.is(readFileSync(join(folder, 'out.txt'), 'utf8'), 'one\ntwo\n')
  const empty = await typhoonProcess(argumentsFor(folder, 'at-least-once'))
  t.is(empty.code, 0, empty.stderr)
  t.is(reportOf(empty).roots.emitted, 0)
})

test.serial('a run that is drained does not wait for the end of stdin', async (t) => {
  const run = new CliRun(argumentsFor(folderOf(t), 'at-least-once'), { stdin: 'pipe' })
  await run.line(/ running$/)
  run.signal('SIGINT')
  const { code, stderr } = await run.ended
  t.is(code, 0, stderr)
})
