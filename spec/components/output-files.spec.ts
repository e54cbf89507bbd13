import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import test from 'ava'
import { AppendFile } from '../../lib/components/files/append-file.ts'
import { claimFile } from '../../lib/components/files/claim.ts'
import { folderOf } from '../folder.ts'
import { fillDisk } from './fakes.ts'

test('a file whose writer died keeps its whole lines, and what was there before it', (t) => {
  const folder = folderOf(t, {
    a: `${'x'.repeat(70_000)}\nwhole\ncut o`,
    b: 'cut',
    c: 'x\n',
    long: `1\n${'y'.repeat(150_000)}`,
    theirs: 'no line break',
  })
  const appended = (name: string, from = 0): string => {
    const file = new AppendFile(join(folder, name))
    file.cutTornLine(from)
    file.write('new\n')
    file.close()
    return readFileSync(join(folder, name), 'utf8')
  }
  t.is(appended('a').slice(70_000), '\nwhole\nnew\n')
  t.is(appended('b'), 'new\n')
  t.is(appended('c'), 'x\nnew\n')
  t.is(appended('long'), '1\nnew\n')
  t.is(appended('none'), 'new\n')
  t.is(appended('theirs', 13), 'no line break\nnew\n')
})

test('who may not change a file any more changes nothing of it', (t) => {
  const path = join(folderOf(t, { a: 'one\ntorn' }), 'a')
  const file = new AppendFile(path, () => {
    throw new Error('it is not ours')
  })
  for (const change of [() => file.write('two\n'), () => file.cut(1), () => file.empty(), () => file.cutTornLine(0)])
    t.throws(change, { message: 'it is not ours' })
  file.close()
  t.is(readFileSync(path, 'utf8'), 'one\ntorn')
})

test('two that append to one file lose nothing, and each text begins on a line of its own', (t) => {
  const path = join(folderOf(t, { a: 'torn' }), 'a')
  const [one, two] = [new AppendFile(path), new AppendFile(path)]
  one.write('one\n')
  two.write('two\n')
  t.is(one.look(), 'grown')
  appendFileSync(path, 'torn')
  one.write('three\n')
  t.is(readFileSync(path, 'utf8'), 'torn\none\ntwo\ntorn\nthree\n')
  t.is(one.look(), 'same')
  truncateSync(path, 0)
  t.is(one.look(), 'shrunk')
  one.write('four\n')
  t.is(readFileSync(path, 'utf8'), 'four\n', 'there is no hole where the file was cut')
  renameSync(path, `${path}.1`)
  t.is(one.look(), 'moved')
  t.false(one.isRemoved)
  rmSync(`${path}.1`)
  t.true(one.isRemoved)
  for (const file of [one, two]) file.close()
})

test.serial('what was written of a text is taken back when the disk is full', (t) => {
  const path = join(folderOf(t, {}), 'sub', 'a')
  const file = new AppendFile(path)
  const makeRoom = fillDisk(t, 7)
  file.write('one\n')
  t.throws(() => file.write('two\nthree\n'), { message: /ENOSPC/ })
  t.is(readFileSync(path, 'utf8'), 'one\n')
  makeRoom()
  file.write('two\nthree\n')
  file.close()
  t.is(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n')
})

test('a pipe that nobody reads is an error and not an endless wait', (t) => {
  const path = join(folderOf(t), 'pipe')
  execFileSync('mkfifo', [path])
  t.throws(() => new AppendFile(path), { code: 'ENXIO' })
})

test('a file has one writer, by whatever name one knows it, until its claim ends', (t) => {
  const folder = folderOf(t, { a: '' })
  const path = join(folder, 'a')
  symlinkSync('a', join(folder, 'soft'))
  linkSync(path, join(folder, 'hard'))
  const names = ['a', 'soft', 'hard', `../${basename(folder)}/a`]
  const claim = (name: string, task: number): (() => void) => {
    const file = openSync(join(folder, name), 'a')
    t.teardown(() => closeSync(file))
    return claimFile(file, name, { topology: 'test', component: 'sink', task }, (message) => t.fail(message))
  }
  const end = claim('a', 1)
  for (const name of names) t.throws(() => claim(name, 2), { code: 'OUTPUT_IN_USE' })
  t.notThrows(() => claim('hard', 1), 'a task that was started anew in the same process gives way to itself')
  end()
  const second = claim('soft', 2)
  t.throws(() => claim('a', 1), { code: 'OUTPUT_IN_USE' })
  second()
})

test('a claim ends with its file: another one with the same inode is free', (t) => {
  const folder = folderOf(t)
  const [old, next] = ['old', 'next'].map((name) => join(folder, name)) as [string, string]
  const claim = (file: number, task: number): (() => void) =>
    claimFile(file, 'as given', { topology: 'test', component: 'sink', task }, (message) => t.fail(message))
  const first = openSync(old, 'a')
  claim(first, 1)
  // A hard link keeps the inode, as where the system gives it to another file.
  linkSync(old, next)
  rmSync(old)
  const second = openSync(next, 'a')
  const end = claim(second, 2)
  t.throws(() => claim(second, 3), { code: 'OUTPUT_IN_USE' })
  end()
  for (const file of [first, second]) closeSync(file)
})

test('what a killed process had claimed is free', async (t) => {
  const path = join(folderOf(t, { a: '' }), 'a')
  const module = new URL('../../lib/components/files/claim.js', import.meta.url).href
  const writer = { topology: 'test', component: 'other', task: 7 }
  const script = `const { claimFile } = await import(${JSON.stringify(module)})
    claimFile(3, 'a', ${JSON.stringify(writer)}, console.error); console.log('claimed'); setInterval(() => {}, 1000)`
  const file = openSync(path, 'a')
  t.teardown(() => closeSync(file))
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', file],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  const claim = (): (() => void) =>
    claimFile(file, path, { ...writer, component: 'sink' }, (message) => t.fail(message))
  t.throws(claim, { code: 'OUTPUT_IN_USE' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  claim()()
})
