import { closeSync, linkSync, openSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { fileIdOf } from '../../lib/identity/file-id.ts'
import { folderOf } from '../folder.ts'

test('a file is the same by whatever name or descriptor, and another one of its name is not', (t) => {
  const folder = folderOf(t, { a: 'text' })
  const path = join(folder, 'a')
  const file = openSync(path, 'r')
  t.teardown(() => closeSync(file))
  const id = fileIdOf(file)
  linkSync(path, join(folder, 'hard'))
  symlinkSync('a', join(folder, 'soft'))
  for (const name of ['a', 'hard', 'soft']) t.is(fileIdOf(join(folder, name)), id)
  t.is(JSON.parse(JSON.stringify(id)), id)
  renameSync(path, join(folder, 'moved'))
  t.is(fileIdOf(path), undefined)
  writeFileSync(path, 'text')
  t.not(fileIdOf(path), id)
  t.is(fileIdOf(join(folder, 'moved')), id)
})
