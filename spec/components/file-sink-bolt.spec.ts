import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { FileSinkBolt, type FileSinkBoltOptions } from '../../lib/components/index.ts'
import { BoltRun, type FakeTask, fillDisk, folderWith } from './fakes.ts'

function start(
  t: ExecutionContext,
  task: FakeTask = {},
  options: FileSinkBoltOptions = {},
  files: Record<string, string> = {},
) {
  const folder = folderWith(t, files)
  const run = new BoltRun(new FileSinkBolt(join(folder, 'out.tsv'), options), task)
  const content = (name = 'out.tsv') => readFileSync(join(folder, name), 'utf8')
  return { folder, run, content }
}

test('a tuple is a line, and is acked when that is written, soon', (t) => {
  const { run, content } = start(t)
  run.execute(['a', 1])
  run.execute(['b', { c: [2] }])
  t.is(content(), '')
  t.is(run.acked.length, 0)
  run.context.advance(20)
  t.is(content(), 'a\t1\nb\t{"c":[2]}\n')
  t.is(run.acked.length, 2)
})

test('64 KiB are written at once', (t) => {
  const { run, content } = start(t)
  run.execute(['x'.repeat(40_000)])
  t.is(run.acked.length, 0)
  run.execute(['y'.repeat(40_000)])
  t.is(run.acked.length, 2)
  t.is(content().length, 80_002)
})

test('what is left is written at the end of the input, and when the bolt is closed', (t) => {
  const { run, content } = start(t, {}, { separator: ',' })
  run.execute(['a', 1])
  run.endOfInput()
  t.is(content(), 'a,1\n')
  run.execute(['b', 2])
  run.bolt.cleanup?.()
  t.is(content(), 'a,1\nb,2\n')
  t.is(run.acked.length, 2)
})

test('a run begins with an empty file, and a restarted worker goes on in it', (t) => {
  t.is(start(t, {}, {}, { 'out.tsv': 'of the last run\n' }).content(), '')
  const { run, content } = start(t, { checkpointed: { begun: true } }, {}, { 'out.tsv': 'a\t1\nb\t' })
  run.execute(['b', 2])
  run.endOfInput()
  t.is(content(), 'a\t1\nb\t2\n')
})

test('a checkpoint says that the file was begun', (t) => {
  t.deepEqual(start(t).run.context.checkpoints, [{ begun: true }])
})

test('of several tasks each has a file of its own', (t) => {
  const { run, content } = start(t, { tasks: 2, taskIndex: 1 })
  run.execute(['a'])
  run.endOfInput()
  t.is(content('out.1.tsv'), 'a\n')
})

test('an empty path discards', (t) => {
  const run = new BoltRun(new FileSinkBolt(''))
  run.execute(['a'])
  run.endOfInput()
  run.bolt.cleanup?.()
  t.is(run.acked.length, 1)
  t.false(existsSync('undefined'))
})

test('a path where no file can be is an error that names it', (t) => {
  const folder = folderWith(t, { file: '' })
  const error = { code: 'OUTPUT_FAILED', message: /file\/out" cannot be written: / }
  t.throws(() => new BoltRun(new FileSinkBolt(join(folder, 'file', 'out'))), error)
  t.throws(() => new FileSinkBolt(undefined as any), { code: 'CONSTRUCTOR_FAILED' })
})

test.serial(
  'a full disk holds the stream back, is reported once, and nothing is lost or written by half',
  async (t) => {
    const { run, content } = start(t)
    const makeRoom = fillDisk(t, 5)
    run.execute(['one'])
    run.context.advance(20)
    run.execute(['two'])
    run.context.advance(1000)
    t.is(content(), 'one\n')
    const held = run.execute(['three'])
    let released = false
    const done = Promise.resolve(held).then(() => (released = true))
    run.context.advance(20_000)
    await Promise.resolve()
    t.false(released)
    t.deepEqual(
      run.errors.map(({ code }) => code),
      ['OUTPUT_FAILED'],
    )
    t.is(run.acked.length, 1)
    makeRoom()
    run.context.advance(5000)
    await done
    t.is(content(), 'one\ntwo\nthree\n')
    t.is(run.acked.length, 3)
    t.is(run.execute(['four']), undefined)
  },
)

test.serial('a disk that is full at the end of the input is an error', (t) => {
  const { run } = start(t)
  fillDisk(t, 0)
  run.execute(['a'])
  t.throws(() => run.endOfInput(), { code: 'OUTPUT_FAILED', message: /out\.tsv" cannot be written: ENOSPC/ })
  run.bolt.cleanup?.()
  t.regex(run.context.logs.at(-1)!.message, /1 lines could not be written/)
})
