/** What others on the machine could learn from a run, or make it do, beside what they send it. */
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { folderOf } from '../folder.ts'
import { typhoon, typhoonProcess } from './cli.ts'

const TOKEN = 271_828_182_845

test('a token that is no text is shown nowhere, neither by validate nor by run', async (t) => {
  const file = join('spec', 'samples', 'config-token', 'topology.yaml')
  for (const args of [
    ['validate', file],
    ['validate', file, '--json'],
    ['run', file, '--json'],
    ['run', 'topologies/word-count.yaml', '-c', `drpc.token=${TOKEN} ${TOKEN}`],
  ]) {
    const { code, stdout, stderr } = await typhoon(args)
    t.true(code === 2 || code === 3, stderr)
    t.regex(stdout + stderr, /drpc\.token must /)
    t.notRegex(stdout + stderr, new RegExp(String(TOKEN)))
  }
})

test('TypeScript is read without the temporary folder that all users share: nothing is left there, nothing there is run', async (t) => {
  const shared = folderOf(t)
  const planted = join(shared, `tsx-${process.geteuid!()}`)
  await mkdir(planted)
  await writeFile(join(planted, 'planted'), '')
  await chmod(planted, 0o777)
  const { code, stderr } = await typhoonProcess(['validate', 'topologies/fraud.ts'], { env: { TMPDIR: shared } })
  t.is(code, 0, stderr)
  t.deepEqual(await readdir(shared, { recursive: true }), [
    `tsx-${process.geteuid!()}`,
    `tsx-${process.geteuid!()}/planted`,
  ])
})
