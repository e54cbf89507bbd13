import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { run as begin } from '../../lib/run/index.ts'
import { typhoon } from '../command/parts.ts'
import { folderOf } from '../folder.ts'
import { topologyFile } from './cli.ts'
import { RollCall } from './roll-call.ts'

const NUMBERS = topologyFile('kept-numbers')

/** Runs to the end of the sequence, from where the last run in this folder has ended. */
async function run(root: string, tasks: number, count: number): Promise<void> {
  const variables = { tasks: `${tasks}`, count: `${count}` }
  const { status, problem } = await begin(NUMBERS, { variables, config: { 'topology.state.dir': root } }).done
  if (status !== 'completed') throw new Error(problem?.message)
}

const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

async function exported(...argv: readonly string[]): Promise<{ component: string; key: unknown; value: unknown }[]> {
  const { code, stdout, stderr } = await typhoon('state', 'export', ...argv)
  if (code !== 0) throw new Error(stderr)
  return lines(stdout) as { component: string; key: unknown; value: unknown }[]
}

test.serial(
  'a savepoint is made, listed, shown, and outlives the snapshots; the run that it is restored for begins from it',
  async (t) => {
    const root = folderOf(t)
    await run(root, 2, 4)
    const made = await typhoon('savepoint', 'create', 'numbers', 'four', '--state', root)
    t.deepEqual([made.code, made.stdout], [0, 'four\n'])
    await run(root, 2, 4)
    await run(root, 2, 4)
    const list = await typhoon('savepoint', 'list', 'numbers', '--state', root, '--json')
    const [listed] = lines(list.stdout) as { name: string; topology: string; bytes: number }[]
    t.like(listed, { name: 'four', topology: 'numbers', keyGroups: 128 })
    const shown = await typhoon('savepoint', 'show', 'numbers', 'four', '--state', root, '--json')
    t.deepEqual((lines(shown.stdout)[0] as { components: unknown }).components, [
      { component: 'sequence', kind: 'spout', tasks: 2, states: [] },
      { component: 'count', kind: 'bolt', tasks: 2, states: ['counts'] },
      { component: 'kinds', kind: 'bolt', tasks: 1, states: ['kinds'] },
    ])
    t.is((await typhoon('savepoint', 'show', 'numbers', 'four', '--state', root)).code, 0)
    t.is((await typhoon('savepoint', 'list', 'numbers', '--state', root)).code, 0)

    rmSync(join(root, 'numbers', 'snapshots'), { recursive: true })
    t.is((await typhoon('savepoint', 'restore', 'numbers', 'four', '--state', root)).code, 0)
    // With other numbers of tasks, too.
    await run(root, 3, 4)
    const counts = (await exported('numbers', '--state', root, '--name', 'counts')).map(({ key, value }) => [
      key,
      value,
    ])
    t.deepEqual(counts.sort(), [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
    ])

    t.is((await typhoon('savepoint', 'delete', 'numbers', 'four', '--state', root)).code, 0)
    t.deepEqual(readdirSync(join(root, 'numbers', 'savepoints')), [])
  },
)

test.serial('what a topology keeps is read as JSON lines, without its code', async (t) => {
  const root = folderOf(t)
  await run(root, 1, 2)
  const ls = await typhoon('state', 'ls', 'numbers', '--state', root)
  t.deepEqual(lines(ls.stdout), [
    { component: 'count', task: 0, state: 'counts', keys: 2 },
    { component: 'kinds', task: 0, state: 'kinds', keys: 2 },
  ])
  const get = await typhoon('state', 'get', 'numbers', 'kinds', 'kinds', '[1,"a"]', '--state', root)
  t.deepEqual(lines(get.stdout), [
    {
      component: 'kinds',
      task: 0,
      state: 'kinds',
      key: [1, 'a'],
      value: { at: { $date: '1970-01-01T00:00:00.000Z' }, big: { $bigint: '10' } },
    },
  ])
  t.like(await typhoon('state', 'get', 'numbers', 'count', 'counts', '7', '--state', root), { code: 1, stdout: '' })
  const all = await exported('numbers', '--state', root)
  t.deepEqual(
    all.map(({ component }) => component),
    ['count', 'count', 'kinds', 'kinds', 'sequence'],
  )
  t.like(all[4], { partition: '1 of 1', position: { next: 2, left: 0, step: 1 } })
})

test.serial('a savepoint is read as the snapshots are', async (t) => {
  const root = folderOf(t)
  await run(root, 1, 2)
  t.is((await typhoon('savepoint', 'create', 'numbers', 'two', '--state', root)).code, 0)
  t.deepEqual(
    await exported('numbers', '--state', root, '--savepoint', 'two'),
    await exported('numbers', '--state', root),
  )
})

const code = (stderr: string): string | undefined => /error\[(\w+)\]/.exec(stderr)?.[1]

test.serial('what is not there, or is there already, is an error, and changes nothing', async (t) => {
  const root = folderOf(t)
  const missing: readonly (readonly string[])[] = [
    ['savepoint', 'create', 'numbers'],
    ['savepoint', 'show', 'numbers', 'four'],
    ['savepoint', 'restore', 'numbers', 'four'],
    ['savepoint', 'delete', 'numbers', 'four'],
    ['state', 'ls', 'numbers'],
    ['state', 'export', 'numbers', '--savepoint', 'four'],
  ]
  for (const argv of missing) {
    const { code: exit, stderr } = await typhoon(...argv, '--state', root)
    t.deepEqual([exit, code(stderr)], [1, 'STATE_MISSING'], argv.join(' '))
  }
  t.deepEqual(readdirSync(root), [])
  await run(root, 1, 2)
  t.is((await typhoon('savepoint', 'create', 'numbers', 'two', '--state', root)).code, 0)
  const again = await typhoon('savepoint', 'create', 'numbers', 'two', '--state', root)
  t.deepEqual([again.code, code(again.stderr)], [1, 'SAVEPOINT_EXISTS'])
  const outside = await typhoon('savepoint', 'create', 'numbers', '../two', '--state', root)
  t.deepEqual([outside.code, code(outside.stderr)], [2, 'USAGE'])
})

test.serial('while a topology runs none is restored, and one can be made', async (t) => {
  const root = folderOf(t)
  const roll = await RollCall.open(t)
  const running = roll.run(['run', NUMBERS, '--state', root, '--set', 'count=1000000000'])
  await running.line(/running/)
  let made = await typhoon('savepoint', 'create', 'numbers', 'two', '--state', root)
  while (code(made.stderr) === 'STATE_MISSING')
    made = await typhoon('savepoint', 'create', 'numbers', 'two', '--state', root)
  t.is(made.code, 0)
  const restored = await typhoon('savepoint', 'restore', 'numbers', 'two', '--state', root)
  t.deepEqual([restored.code, code(restored.stderr)], [1, 'STATE_IN_USE'])
})

test.serial('a savepoint that was damaged, or is of another topology, takes the place of nothing', async (t) => {
  const root = folderOf(t)
  await run(root, 1, 2)
  await typhoon('savepoint', 'create', 'numbers', 'two', '--state', root)
  const before = readdirSync(join(root, 'numbers', 'snapshots'))
  const savepoints = join(root, 'numbers', 'savepoints')
  cpSync(savepoints, join(root, 'others', 'savepoints'), { recursive: true })
  const foreign = await typhoon('savepoint', 'restore', 'others', 'two', '--state', root)
  t.deepEqual([foreign.code, code(foreign.stderr)], [1, 'STATE_FOREIGN'])

  const part = readdirSync(join(savepoints, 'two')).find((name) => name.endsWith('.part'))!
  const bytes = readFileSync(join(savepoints, 'two', part))
  // Which ranges of it the savepoint names is for its manifest to say.
  bytes.fill(0xff)
  // Not through the link.
  rmSync(join(savepoints, 'two', part))
  writeFileSync(join(savepoints, 'two', part), bytes)
  const damaged = await typhoon('savepoint', 'restore', 'numbers', 'two', '--state', root)
  t.deepEqual([damaged.code, code(damaged.stderr)], [1, 'STATE_CORRUPT'])
  t.deepEqual(readdirSync(join(root, 'numbers', 'snapshots')), before)
})
