/** The folders for pid files: what a killed process has left behind goes when the next one makes its own. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { folderWith } from '../components/fakes.ts'

const MODULE = pathToFileURL(join(import.meta.dirname, '../../lib/multilang/parent/pid-folder.js')).href

test('the folders of processes that are gone are removed, all others are left', (t) => {
  const temporary = folderWith(t)
  const { pid: gone } = spawnSync(process.execPath, ['-e', ''])
  const names = [`typhoon-pid-${gone}-abc`, `typhoon-pid-${process.pid}-abc`, `typhoon-pid-${gone}-a.b`, 'another']
  for (const name of names) mkdirSync(join(temporary, name, 'inner'), { recursive: true })
  const program = `import(${JSON.stringify(MODULE)}).then(({ makePidFolder }) => console.log(makePidFolder()))`
  const env = { ...process.env, TMPDIR: temporary }
  const made = spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' })
  t.true(existsSync(made.stdout.trim()), made.stderr)
  t.deepEqual(
    names.map((name) => existsSync(join(temporary, name))),
    [false, true, true, true],
  )
})
