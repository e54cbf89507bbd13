import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folderMade, makeFolder, PRIVATE } from '../../lib/identity/make-folder.ts'
import { folderOf } from '../folder.ts'

const WAYS = [
  ['at once', async (path: string, mode?: number) => makeFolder(path, mode)],
  ['without holding up the event loop', folderMade],
] as const

for (const [how, make] of WAYS) {
  test(`a folder is made with those above it, as often as it is asked for (${how})`, async (t) => {
    const path = join(folderOf(t), 'a', 'b', 'c')
    await make(path, PRIVATE)
    await make(path, PRIVATE)
    t.is(statSync(path).mode & 0o777, PRIVATE)
    t.is(statSync(join(path, '..')).mode & 0o777, PRIVATE)
  })

  test(`a link to a folder is one (${how})`, async (t) => {
    const folder = folderOf(t)
    mkdirSync(join(folder, 'real'))
    symlinkSync(join(folder, 'real'), join(folder, 'link'))
    await make(join(folder, 'link'))
    await make(join(folder, 'link', 'a'))
    t.true(statSync(join(folder, 'real', 'a')).isDirectory())
  })

  test(`where a file or a link to nothing is in the way, that is an error (${how})`, async (t) => {
    const folder = folderOf(t)
    writeFileSync(join(folder, 'file'), '')
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'))
    await t.throwsAsync(() => make(join(folder, 'file')), { code: 'EEXIST' })
    await t.throwsAsync(() => make(join(folder, 'file', 'a', 'b')), { code: 'ENOTDIR' })
    await t.throwsAsync(() => make(join(folder, 'dangling', 'a')))
  })

  if (process.platform === 'linux') {
    test(`where the folder above can hold none, that is an error (${how})`, async (t) => {
      await t.throwsAsync(() => make('/proc/nope'), { code: 'ENOENT' })
      await t.throwsAsync(() => make('/proc/nope/a/b'), { code: 'ENOENT' })
    })
  }
}
