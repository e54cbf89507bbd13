/**
 * The folders for pid files: what a killed process has left behind goes when the next one makes its own, and nothing
 * that somebody else has put there.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'

const MODULE = pathToFileURL(join(import.meta.dirname, '../../lib/multilang/process/pid-folder.js')).href

/** The id of a process that is gone. */
const gone = (): number => spawnSync(process.execPath, ['-e', '']).pid

/** Makes a folder in a process of its own, which sweeps. */
function sweep(t: ExecutionContext, temporary: string): void {
  const program = `import(${JSON.stringify(MODULE)}).then(({ makePidFolder }) => console.log(makePidFolder()))`
  const env = { ...process.env, TMPDIR: temporary }
  const made = spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' })
  t.true(existsSync(made.stdout.trim()), made.stderr)
}

/** A folder for temporary files with such folders in it, as \`mkdtemp\` makes them, a pid file in each. */
function temporaryWith(t: ExecutionContext, names: readonly string[]): string {
  const temporary = folderOf(t)
  for (const name of names) {
    mkdirSync(join(temporary, name), { mode: 0o700 })
    writeFileSync(join(temporary, name, '17'), '')
  }
  return temporary
}

test('the folders of processes that are gone are removed, all others are left', (t) => {
  const pid = gone()
  const names = [`typhoon-pid-${pid}-abc`, `typhoon-pid-${process.pid}-abc`, `typhoon-pid-${pid}-a.b`, 'another']
  const temporary = temporaryWith(t, names)
  sweep(t, temporary)
  t.deepEqual(
    names.map((name) => existsSync(join(temporary, name))),
    [false, true, true, true],
  )
})

test('what somebody has planted is left, and nothing behind a link or below a folder is touched', (t) => {
  const pid = gone()
  const [open, deep, linked] = ['open', 'deep', 'linked'].map((what) => `typhoon-pid-${pid}-${what}`) as [
    string,
    string,
    string,
  ]
  const temporary = temporaryWith(t, [open, deep, 'mine'])
  chmodSync(join(temporary, open), 0o770)
  mkdirSync(join(temporary, deep, 'zz'))
  writeFileSync(join(temporary, deep, 'zz', 'precious'), '')
  symlinkSync(join(temporary, 'mine'), join(temporary, deep, 'link'))
  symlinkSync(join(temporary, 'mine'), join(temporary, linked))
  sweep(t, temporary)
  t.true(existsSync(join(temporary, open, '17')))
  t.true(existsSync(join(temporary, deep, 'zz', 'precious')))
  t.true(existsSync(join(temporary, linked)))
  t.true(existsSync(join(temporary, 'mine', '17')))
})

test('where others may rename our folders nothing is swept', (t) => {
  const name = `typhoon-pid-${gone()}-abc`
  const temporary = temporaryWith(t, [name])
  chmodSync(temporary, 0o777)
  sweep(t, temporary)
  t.true(existsSync(join(temporary, name)))
})
