import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { FileSinkBolt, type FileSinkBoltOptions } from '../../lib/components/index.ts'
import { folderOf } from '../folder.ts'
import { BoltRun, type FakeTask, fillDisk } from './fakes.ts'

function start(
  t: ExecutionContext,
  task: FakeTask = {},
  options: FileSinkBoltOptions = {},
  files: Record<string, string> = {},
) {
  const folder = folderOf(t, files)
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

test('what stands in the file is kept, emptied or refused as the option says', (t) => {
  const written = (options: FileSinkBoltOptions): string => {
    const { run, content } = start(t, {}, options, { 'out.tsv': 'of the last run' })
    run.execute(['new'])
    run.endOfInput()
    return content()
  }
  t.is(written({}), 'of the last run\nnew\n')
  t.is(written({ existing: 'append' }), 'of the last run\nnew\n')
  t.is(written({ existing: 'overwrite' }), 'new\n')
  t.throws(() => written({ existing: 'refuse' }), { code: 'OUTPUT_EXISTS' })
  t.notThrows(() => start(t, {}, { existing: 'refuse' }, { 'out.tsv': '' }))
})

test('a restarted worker goes on in its file, without the line that its death has cut off', (t) => {
  const { folder, run } = start(t, {}, { existing: 'overwrite' }, { 'out.tsv': 'a\tb' })
  run.execute(['a', 1])
  run.endOfInput()
  appendFileSync(join(folder, 'out.tsv'), 'b\t')
  const [checkpointed] = run.context.checkpoints
  const again = new BoltRun(new FileSinkBolt(join(folder, 'out.tsv'), { existing: 'overwrite' }), { checkpointed })
  again.execute(['b', 2])
  again.endOfInput()
  t.is(readFileSync(join(folder, 'out.tsv'), 'utf8'), 'a\t1\nb\t2\n')
})

test('a restarted worker cuts nothing off that was there before its first line, or that is another file now', (t) => {
  const { folder, run, content } = start(t, {}, {}, { 'out.tsv': 'theirs' })
  const [checkpointed] = run.context.checkpoints
  const again = (): void => {
    const { bolt } = new BoltRun(new FileSinkBolt(join(folder, 'out.tsv')), { checkpointed })
    bolt.cleanup?.()
  }
  again()
  t.is(content(), 'theirs')
  renameSync(join(folder, 'out.tsv'), join(folder, 'out.tsv.1'))
  writeFileSync(join(folder, 'out.tsv'), 'of somebody')
  again()
  t.is(content(), 'of somebody')
})

test('a file that was renamed keeps its lines, and the next ones are in a new one', (t) => {
  const { folder, run, content } = start(t)
  for (const [line, name] of ['one', 'two', 'three'].entries()) {
    run.execute([name])
    run.context.advance(20)
    renameSync(join(folder, 'out.tsv'), join(folder, `out.${line}`))
  }
  t.deepEqual(['out.0', 'out.1', 'out.2'].map(content), ['one\n', 'two\n', 'three\n'])
  t.is(run.context.checkpoints.length, 3)
  t.is(run.acked.length, 3)
})

test('lines that come after the file was removed, with its folder too, are in a new one', (t) => {
  const { folder, run, content } = start(t)
  run.execute(['one'])
  run.context.advance(20)
  rmSync(folder, { recursive: true })
  run.execute(['two'])
  run.context.advance(20)
  t.is(content(), 'two\n')
  t.is(run.acked.length, 2)
})

test('a file that was emptied by somebody else goes on at its end, without a hole', (t) => {
  const { folder, run, content } = start(t)
  run.execute(['one'])
  run.context.advance(20)
  truncateSync(join(folder, 'out.tsv'), 0)
  run.execute(['two'])
  run.context.advance(20)
  t.is(content(), 'two\n')
  t.regex(run.context.logs.at(-1)!.message, /out\.tsv/)
})

test('a second sink on the file is refused, and one that is not seen is told', (t) => {
  const { folder, run } = start(t)
  symlinkSync('out.tsv', join(folder, 'link.tsv'))
  const second = (): BoltRun =>
    new BoltRun(new FileSinkBolt(join(folder, 'link.tsv')), { tasks: 1, component: 'other' })
  t.throws(second, { code: 'OUTPUT_IN_USE' })
  run.execute(['one'])
  run.context.advance(20)
  for (const line of ['two', 'three']) {
    appendFileSync(join(folder, 'out.tsv'), 'theirs\n')
    run.execute([line])
    run.context.advance(20)
  }
  t.deepEqual(
    run.errors.map(({ code }) => code),
    ['OUTPUT_IN_USE'],
  )
  t.is(readFileSync(join(folder, 'out.tsv'), 'utf8'), 'one\ntheirs\ntwo\ntheirs\nthree\n')
  run.bolt.cleanup?.()
  t.notThrows(second, 'the file is free again')
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
  const folder = folderOf(t, { file: '' })
  const file = join(folder, 'file', 'out')
  const error = t.throws(() => new BoltRun(new FileSinkBolt(file)))
  t.like(error, { code: 'OUTPUT_FAILED', where: { file } })
  t.throws(() => new FileSinkBolt(undefined as any), { code: 'CONSTRUCTOR_FAILED' })
})

test.serial(
  'a full disk holds the stream back, is reported while it lasts, and nothing is lost or written by half',
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
    t.true(run.errors.length > 1)
    t.deepEqual([...new Set(run.errors.map(({ code }) => code))], ['OUTPUT_FAILED'])
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
  t.throws(() => run.endOfInput(), { code: 'OUTPUT_FAILED' })
  run.bolt.cleanup?.()
  t.regex(run.context.logs.at(-1)!.message, /\b1 line\b/)
})

// ── where it goes on from a snapshot ──

/** A sink that has written two lines, and what it kept with the snapshot that was taken then. */
function prepared(t: ExecutionContext, hasEnded: boolean) {
  const { folder, run, content } = start(t)
  run.execute(['a'])
  run.execute(['b'])
  if (hasEnded) run.endOfInput()
  else run.context.advance(20)
  const kept: unknown = (run.bolt as FileSinkBolt).prepareCommit()
  run.bolt.cleanup?.()
  const path = join(folder, 'out.tsv')
  return {
    path,
    content,
    again: () => new BoltRun(new FileSinkBolt(path), { prepared: kept, preparedAtEnd: hasEnded }),
  }
}

test('what stands behind the last line of a run whose input had ended is of others, and stays', (t) => {
  const { path, content, again } = prepared(t, true)
  appendFileSync(path, 'of another\n')
  const run = again()
  run.execute(['c'])
  run.endOfInput()
  t.is(content(), 'a\nb\nof another\nc\n')
})

test('what came after the snapshot of a run that went on is taken back', (t) => {
  const { path, content, again } = prepared(t, false)
  appendFileSync(path, 'c\n')
  const run = again()
  t.is(content(), 'a\nb\n')
  run.bolt.cleanup?.()
})

for (const [what, change] of [
  ['cut', (path: string) => truncateSync(path, 2)],
  ['removed', (path: string) => rmSync(path)],
  [
    'replaced',
    (path: string) => {
      writeFileSync(`${path}.new`, 'a\nb\n')
      renameSync(`${path}.new`, path)
    },
  ],
] as const) {
  test(`a file that was ${what} is refused, and left as it is`, (t) => {
    const { path, again } = prepared(t, true)
    change(path)
    const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    const error = t.throws(again) as { code?: string } | undefined
    t.is(error?.code, 'OUTPUT_CHANGED')
    t.is(existsSync(path) ? readFileSync(path, 'utf8') : undefined, before)
  })
}
