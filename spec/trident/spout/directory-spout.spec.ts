import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { DirectorySpout } from '../../../lib/trident/spout/directory-spout.ts'
import { FakeContext } from '../../components/fakes.ts'
import { folderOf } from '../../folder.ts'
import { Calls } from './calls.ts'
import { Rows } from './runtime.ts'

test('the partitions are the files that the pattern matches, and new ones are found after a while', (t) => {
  const folder = folderOf(t, { 'b.log': '', 'a.log': '', 'a.txt': '', '.c.log': '' })
  mkdirSync(join(folder, 'd.log'))
  symlinkSync('a.txt', join(folder, 'e.log'))
  symlinkSync('d.log', join(folder, 'f.log'))
  const calls = new Calls(new DirectorySpout(folder, { pattern: '*.log', pollMillis: 50 }))
  const before = calls.partitions()
  t.deepEqual(before, ['a.log', 'b.log', 'e.log'])
  writeFileSync(join(folder, 'aa.log'), '')
  t.is(calls.partitions(), before, 'it is not listed again at once')
  calls.context.advance(50)
  t.deepEqual(calls.partitions(), ['a.log', 'aa.log', 'b.log', 'e.log'])
  const after = calls.partitions()
  calls.context.advance(50)
  t.is(calls.partitions(), after, 'the same files are the same array')
})

test('a line is taken when its line break has come', (t) => {
  const folder = folderOf(t, { a: 'one\ntw' })
  const calls = new Calls(new DirectorySpout(folder, { place: true }))
  const first = calls.next('a')
  t.deepEqual(first.rows, [['one', 'a', 0]])
  t.is(calls.next('a', first.meta).meta, undefined)
  appendFileSync(join(folder, 'a'), 'o\r\nthree')
  t.is(calls.next('a', first.meta).meta, undefined, 'it is not looked at again at once')
  calls.context.advance(250)
  t.deepEqual(calls.next('a', first.meta).rows, [['two', 'a', 4]])
  t.false(calls.emitter.isExhausted!('a', first.meta))
})

test('a batch that is replayed is read again at once, though nothing had come after it', (t) => {
  const folder = folderOf(t, { a: 'one\n' })
  const calls = new Calls(new DirectorySpout(folder))
  const { meta } = calls.next('a')
  t.is(calls.next('a', meta).meta, undefined)
  t.deepEqual(calls.next('a', undefined).rows, [['one']])
})

test('a file that vanishes before it was read whole is reported once, and the others go on', (t) => {
  const folder = folderOf(t, { a: 'one\ntw', b: 'b\n' })
  const calls = new Calls(new DirectorySpout(folder, { pollMillis: 50 }))
  const { meta } = calls.next('a')
  calls.partitions()
  rmSync(join(folder, 'a'))
  for (let i = 0; i < 3; i++) {
    calls.context.advance(50)
    t.deepEqual(calls.partitions(), ['a', 'b'], 'it is still listed, so that its task sees that it has gone')
    t.is(calls.next('a', meta).meta, undefined)
  }
  t.deepEqual(
    calls.errors.map(({ code }) => code),
    ['PARTITION_GONE'],
  )
  t.deepEqual(calls.next('b').rows, [['b']])
  for (let i = 0; i < 100; i++) calls.partitions()
  t.deepEqual(calls.partitions(), ['b'])
})

test('a file that vanishes after it was read whole is nobody’s loss', (t) => {
  const folder = folderOf(t, { a: 'one\n' })
  const calls = new Calls(new DirectorySpout(folder))
  const { meta } = calls.drain('a')
  rmSync(join(folder, 'a'))
  calls.context.advance(1000)
  t.is(calls.next('a', meta).meta, undefined)
  t.deepEqual(calls.errors, [])
})

test('of a file that was cut or is another one it is told what is lost, and it is read from its beginning', (t) => {
  for (const change of [
    (path: string) => writeFileSync(path, 'new\n'),
    (path: string) => writeFileSync(path, 'another\nand longer file\n'),
    (path: string) => {
      rmSync(path)
      writeFileSync(path, 'new\n')
    },
  ]) {
    const folder = folderOf(t, { a: `one\ntwo\n${'x'.repeat(10_000)}\n` })
    const path = join(folder, 'a')
    const calls = new Calls(new DirectorySpout(folder))
    const { meta } = calls.next('a', undefined, 1)
    t.true(meta.to > 0)
    change(path)
    calls.context.advance(1000)
    t.deepEqual(calls.drain('a', meta).rows.flat(), readFileSync(path, 'utf8').split('\n').slice(0, -1))
    t.deepEqual(
      calls.errors.map(({ code }) => code),
      meta.to < 10_000 ? ['INPUT_CHANGED'] : [],
    )
  }
})

test('a file that was rotated is read to its end under its new name, then the one that has its name', (t) => {
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i}`)
  const folder = folderOf(t, { 'a.log': `${lines.join('\n')}\nno line break` })
  const calls = new Calls(new DirectorySpout(folder, { pattern: '*.log' }))
  const { rows, meta } = calls.next('a.log', undefined, 10)
  renameSync(join(folder, 'a.log'), join(folder, 'a.log.1'))
  calls.context.advance(1000)
  const rest = calls.drain('a.log', meta)
  writeFileSync(join(folder, 'a.log'), 'new\n')
  calls.context.advance(1000)
  const then = calls.drain('a.log', rest.meta)
  t.deepEqual([...rows, ...rest.rows, ...then.rows].flat(), [...lines, 'no line break', 'new'])
  t.deepEqual(calls.errors, [])
})

test('a packed file is read as what it unpacks to', async (t) => {
  const folder = folderOf(t, { 'a.gz': gzipSync('one\ntwo\nthree'), b: '\uFEFFfour\n' })
  const spout = new DirectorySpout(folder, { stopAtEnd: true })
  const context = new FakeContext()
  const emitter = spout.getEmitter(context)
  const rows = new Rows()
  const meta = await emitter.emitPartitionBatchNew({ txid: 1, attempt: 0 }, rows, 'a.gz', undefined)
  t.deepEqual(rows.rows, [['one'], ['two'], ['three']])
  t.true(emitter.isExhausted!('a.gz', meta))
  await emitter.close!()
  t.deepEqual(new Calls(spout).drain('b').rows, [['four']])
})

test('an error of the stream fails the batch, and is not taken for one of the file', (t) => {
  const folder = folderOf(t, { a: 'one\n' })
  const { emitter } = new Calls(new DirectorySpout(folder))
  const collector = new Rows()
  collector.emit = () => {
    throw new Error('no')
  }
  t.throws(() => emitter.emitPartitionBatchNew({ txid: 1, attempt: 0 }, collector, 'a', undefined), { message: 'no' })
  t.deepEqual(collector.errors, [])
})

test('with stopAtEnd it ends with what was there, a line without a line break too', (t) => {
  const folder = folderOf(t, { a: 'one\ntwo', b: '', c: 'gone\n' })
  const calls = new Calls(new DirectorySpout(folder, { stopAtEnd: true }))
  t.deepEqual(calls.partitions(), ['a', 'b', 'c'])
  t.false(calls.emitter.isExhausted!('a', undefined))
  const { rows, meta } = calls.drain('a')
  t.deepEqual(rows, [['one'], ['two']])
  appendFileSync(join(folder, 'a'), '\nthree\n')
  writeFileSync(join(folder, 'd'), 'four')
  calls.context.advance(10_000)
  t.deepEqual(calls.partitions(), ['a', 'b', 'c'])
  t.deepEqual(calls.drain('a', meta).rows, [])
  t.true(calls.emitter.isExhausted!('a', meta))
  t.true(calls.emitter.isExhausted!('b', undefined))
  rmSync(join(folder, 'c'))
  t.false(calls.emitter.isExhausted!('c', undefined))
  calls.next('c')
  t.true(calls.emitter.isExhausted!('c', undefined))
  t.is(calls.errors.length, 1)
})

test('a folder that cannot be listed for a while is told once, and what is known goes on', (t) => {
  const folder = folderOf(t, {})
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'in', 'a'), 'one\n')
  const calls = new Calls(new DirectorySpout(join(folder, 'in')))
  rmSync(join(folder, 'in'), { recursive: true })
  for (let i = 0; i < 3; i++) {
    calls.context.advance(250)
    t.deepEqual(calls.partitions(), ['a'])
  }
  t.is(calls.context.logs.length, 1)
  t.throws(() => new Calls(new DirectorySpout(join(folder, 'in'))), { code: 'FILE_NOT_FOUND' })
})

test('two thousand files that have nothing new are looked at no more than a thousand times a second', (t) => {
  const files = Array.from({ length: 2000 }, (_, i) => [`${i}`, 'x\n'])
  const folder = folderOf(t, Object.fromEntries(files))
  const calls = new Calls(new DirectorySpout(folder, { pollMillis: 10 }))
  const metas = new Map(calls.partitions().map((name) => [name, calls.drain(name).meta]))
  for (const name of metas.keys()) appendFileSync(join(folder, name), 'y\n')
  const found = (): number => [...metas].reduce((sum, [name, meta]) => sum + calls.next(name, meta).rows.length, 0)
  calls.context.advance(1000)
  t.true(found() <= 1000)
  calls.context.advance(1000)
  t.is(found(), 2000)
})
