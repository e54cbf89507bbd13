import {
  appendFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { FileSpout } from '../../lib/components/index.ts'
import { TyphoonError } from '../../lib/index.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'
import { failed, SpoutRun } from './fakes.ts'

const codeOf = (error: Error | undefined) => (error as TyphoonError).code

test('a tuple for each line, then the spout is exhausted', (t) => {
  const folder = folderOf(t, { a: 'one\ntwo\n', b: '', c: 'three' })
  const run = new SpoutRun(new FileSpout(['a', 'b', 'c'].map((name) => join(folder, name))))
  t.false(run.spout.isExhausted?.())
  t.deepEqual(run.drain(), [['one'], ['two'], ['three']])
  t.true(run.spout.isExhausted?.())
  t.deepEqual(JSON.parse(JSON.stringify(run.inFlight.map(({ id }: any) => id.messageId))), [
    { file: join(folder, 'a'), offset: 0 },
    { file: join(folder, 'a'), offset: 4 },
    { file: join(folder, 'c'), offset: 0 },
  ])
})

test('in mode whole there is a tuple for each file, an empty one too', (t) => {
  const folder = folderOf(t, { a: 'one\ntwo\n', b: '' })
  const spout = new FileSpout(folder, { mode: 'whole' })
  t.deepEqual((spout.outputs as { names: readonly string[] } | undefined)?.names, ['file', 'text'])
  const run = new SpoutRun(spout)
  t.deepEqual(run.drain(), [
    [join(folder, 'a'), 'one\ntwo\n'],
    [join(folder, 'b'), ''],
  ])
  t.true(spout.isExhausted())
  run.ackAll()
  const resumed = new SpoutRun(new FileSpout(folder, { mode: 'whole' }), {
    checkpointed: run.context.checkpoints.at(-1),
  })
  t.deepEqual(resumed.drain(), [])
})

test('with repeat the files begin again, for ever, and empty ones are no endless loop', (t) => {
  const folder = folderOf(t, { a: '1\n2', b: '', c: '3' })
  const run = new SpoutRun(new FileSpout(folder, { repeat: true }))
  t.is(Array.from({ length: 7 }, () => run.next()).join(''), '1231231')
  t.false(run.spout.isExhausted?.())
  const empty = new SpoutRun(new FileSpout(join(folder, 'b'), { repeat: true }))
  t.deepEqual(empty.next(), [])
})

test('a wrong argument says what is wrong', (t) => {
  for (const make of [
    () => new FileSpout(7 as any),
    () => new FileSpout('a', { mode: 'words' as any }),
    () => new FileSpout('a', { encoding: 'utf-7' }),
  ]) {
    t.is(codeOf(t.throws(make, { instanceOf: TyphoonError })), 'CONSTRUCTOR_FAILED')
  }
  const error = t.throws(() => new SpoutRun(new FileSpout('none.txt')), { instanceOf: TyphoonError })
  t.like(error, { code: 'FILE_NOT_FOUND', where: { file: 'none.txt' } })
})

test('the place below which all is acked is checkpointed, now and then, and when everything is done', (t) => {
  const folder = folderOf(t, { a: 'one\ntwo\nthree\nfour\n' })
  const run = new SpoutRun(new FileSpout(folder))
  const offsets = () => run.context.checkpoints.map(({ index, place }) => [index, place?.to ?? 0])
  t.deepEqual(offsets(), [[0, 0]])
  run.next()
  run.ack()
  t.deepEqual(offsets(), [[0, 0]])
  run.context.advance(100)
  t.deepEqual(offsets(), [
    [0, 0],
    [0, 4],
  ])
  run.drain()
  run.ack(1)
  run.context.advance(1000)
  run.ack(1)
  t.is(offsets().length, 2)
  run.ack(0)
  t.deepEqual(offsets(), [
    [0, 0],
    [0, 4],
    [0, 19],
  ])
  run.context.advance(1000)
  t.is(offsets().length, 3)
})

test('a line that became a dead letter is done', (t) => {
  const folder = folderOf(t, { a: 'one\n' })
  const letters = join(folderOf(t), 'dead.jsonl')
  const config = { 'topology.replay.max.attempts': 1, 'topology.dead.letters.file': letters }
  const run = new SpoutRun(new FileSpout(folder), { config })
  run.drain()
  run.fail(failed('no'))
  t.is(run.context.checkpoints.at(-1).place, undefined)
  run.drain()
  t.is(run.context.checkpoints.at(-1).place.to, 4)
})

test('after a restart it goes on from its checkpoint', (t) => {
  const folder = folderOf(t, { a: 'one\ntwo\n', b: 'three\nfour\n' })
  const before = new SpoutRun(new FileSpout(folder))
  for (let i = 0; i < 3; i++) before.next()
  before.ackAll()
  before.context.advance(100)
  const checkpointed = before.context.checkpoints.at(-1)
  t.deepEqual(new SpoutRun(new FileSpout(folder), { checkpointed }).drain(), [['four']])
})

/** A spout that has emitted and acked some lines of `a`, and its last checkpoint. */
function readSome(t: ExecutionContext, files: Record<string, string>, lines: number) {
  const folder = folderOf(t, files)
  const path = join(folder, 'a')
  const letters = join(folderOf(t), 'dead.jsonl')
  const config = { 'topology.dead.letters.file': letters }
  const run = new SpoutRun(new FileSpout(join(folder, '*')), { config })
  for (let i = 0; i < lines; i++) run.next()
  run.ackAll()
  run.context.advance(100)
  const checkpointed = run.context.checkpoints.at(-1)
  const resumed = (): SpoutRun => new SpoutRun(new FileSpout(join(folder, '*')), { checkpointed, config })
  const lost = () =>
    jsonLinesIn(letters).map(({ messageId, reason }) => [messageId.file, messageId.offset, messageId.end, reason.code])
  return { folder, path, run, resumed, lost }
}

test('a file that was rotated while its worker was away is read to its end under its new name, then the new one', (t) => {
  const { path, resumed } = readSome(t, { a: 'one\ntwo\nthree' }, 1)
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'a line that is longer\n')
  const run = resumed()
  t.deepEqual(run.drain().flat(), ['two', 'three', 'a line that is longer'])
  t.deepEqual(run.errors, [])
})

test('a file that was rotated while it is read is read to its end, then the new one', (t) => {
  const { path, run } = readSome(t, { a: 'one\ntwo\n' }, 1)
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'three\n')
  t.deepEqual(run.drain().flat(), ['two', 'three'])
})

test('of a file that was replaced, cut or removed it is told what is lost, and the name is read from its beginning', (t) => {
  const old = 'one\ntwo\nthree\n'
  const changes: Record<string, (path: string) => void> = {
    'replaced by a longer one': (path) => {
      rmSync(path)
      writeFileSync(path, 'new\nlonger than before\n')
    },
    'cut and written anew': (path) => {
      truncateSync(path, 0)
      writeFileSync(path, 'new\nlonger than before\n')
    },
    'cut to less': (path) => writeFileSync(path, 'x\n'),
    removed: (path) => rmSync(path),
  }
  for (const [title, change] of Object.entries(changes)) {
    const { path, resumed, lost } = readSome(t, { a: old, b: 'other\n' }, 1)
    change(path)
    const run = resumed()
    const now = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
    t.deepEqual(run.drain().flat(), [...now, 'other'], title)
    t.true(run.spout.isExhausted?.(), title)
    const code = title === 'removed' ? 'PARTITION_GONE' : 'INPUT_CHANGED'
    t.deepEqual(lost(), [[path, 4, old.length, code]], title)
    t.deepEqual(
      run.errors.map((error) => error.code),
      [code],
    )
    run.ackAll()
    t.is(run.context.checkpoints.at(-1).index, 1)
  }
})

test('a file that is gone when its turn comes is told once, and nothing before it comes again', (t) => {
  const { folder, run, lost } = readSome(t, { a: 'one\ntwo\n', b: 'three\n' }, 1)
  rmSync(join(folder, 'b'))
  t.deepEqual(run.drain().flat(), ['two'])
  run.ackAll()
  run.context.advance(100)
  const untold = run.context.checkpoints.at(-1)
  t.deepEqual([untold.index, untold.place], [1, undefined], 'its letter is not written yet')
  run.drain()
  const told = run.context.checkpoints.at(-1)
  t.deepEqual([told.index, told.place], [2, undefined])
  t.deepEqual(lost(), [[join(folder, 'b'), 0, undefined, 'PARTITION_GONE']])
  for (const checkpointed of [untold, told]) {
    const resumed = new SpoutRun(new FileSpout(join(folder, '*')), { checkpointed, config: run.context.config as any })
    t.deepEqual(resumed.drain(), [])
    t.is(resumed.errors.length, checkpointed === untold ? 1 : 0)
  }
})

test('a file that was read to its end may go, and one more file in the folder changes nothing', (t) => {
  const { folder, path, resumed, lost } = readSome(t, { a: 'one\n', b: 'two\nthree\n' }, 2)
  rmSync(path)
  writeFileSync(join(folder, '0'), 'new\n')
  writeFileSync(join(folder, 'c'), 'new\n')
  const run = resumed()
  t.deepEqual(run.drain().flat(), ['three'])
  t.deepEqual(run.errors, [])
  t.deepEqual(lost(), [])
})

test('a file is known again where it was copied back, though that is another inode', (t) => {
  const { path, resumed } = readSome(t, { a: 'one\ntwo\n' }, 1)
  rmSync(path)
  writeFileSync(path, 'one\ntwo\nthree\n')
  t.deepEqual(resumed().drain().flat(), ['two', 'three'])
})

test('a last line without a line break is taken when nobody has written to the file for a moment', (t) => {
  const { path, run } = readSome(t, { a: 'one\n' }, 1)
  appendFileSync(path, 'tw')
  t.deepEqual(run.drain(), [])
  run.context.advance(200)
  appendFileSync(path, 'o\nthr')
  t.deepEqual(run.drain(), [['two']])
  run.context.advance(249)
  t.deepEqual(run.drain(), [])
  t.false(run.spout.isExhausted?.())
  run.context.advance(1)
  t.deepEqual(run.drain(), [['thr']])
})

test('a line that is too long becomes a dead letter with its range, and the others are emitted', (t) => {
  const { run, lost, path } = readSome(t, { a: `one\n${'x'.repeat(17 * 1024 * 1024)}\ntwo\n` }, 1)
  t.deepEqual(run.drain(), [['two']])
  run.drain()
  t.deepEqual(lost(), [[path, 4, 4 + 17 * 1024 * 1024 + 1, 'TUPLE_TOO_LARGE']])
  t.is(run.context.counts.get('deadLettered'), 1)
  run.ackAll()
  t.true(run.spout.isExhausted?.())
})

test('the files of several names are one file where they are the same', (t) => {
  const folder = folderOf(t, { a: 'one\n' })
  symlinkSync('a', join(folder, 'b'))
  linkSync(join(folder, 'a'), join(folder, 'c'))
  const run = new SpoutRun(new FileSpout([join(folder, 'a'), join(folder, '*'), `${folder}/./a`]))
  t.deepEqual(run.drain(), [['one']])
  t.is(run.context.logs.length, 4)
})

/** Calls `nextTuple` until the spout is exhausted, and waits for what it waits for. */
async function drainAsync(run: SpoutRun): Promise<unknown[]> {
  while (!run.spout.isExhausted?.()) await run.spout.nextTuple()
  return run.emitted.map(({ values }) => values[0])
}

test('what is packed is unpacked, whatever its name says, and gone on with after a restart', async (t) => {
  const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i} ${(i * 7919) % 10_007}`)
  const text = `\uFEFF${lines.join('\n')}\n`
  const folder = folderOf(t, {
    'a.txt': zlib.gzipSync(text),
    'b.gz': 'not packed at all\n',
    'c.gz': Buffer.concat([zlib.gzipSync('two\n'), zlib.gzipSync('members')]),
    'd.gz': zlib.gzipSync(''),
  })
  const spout = () => new FileSpout(join(folder, '*'))
  t.deepEqual(await drainAsync(new SpoutRun(spout())), [...lines, 'not packed at all', 'two', 'members'])
  const before = new SpoutRun(spout())
  while (before.emitted.length < 30_000) await before.spout.nextTuple()
  before.ackAll()
  before.context.advance(100)
  const after = new SpoutRun(spout(), { checkpointed: before.context.checkpoints.at(-1) })
  t.deepEqual((await drainAsync(after)).slice(0, 2), lines.slice(before.emitted.length).slice(0, 2))
  const whole = new SpoutRun(new FileSpout(join(folder, 'c.gz'), { mode: 'whole' }))
  t.deepEqual(whole.drain(), [[join(folder, 'c.gz'), 'two\nmembers']])
})

test('a packed file that is cut off gives what comes before, and a dead letter for the rest', async (t) => {
  const text = Array.from({ length: 200_000 }, (_, i) => `line ${i} ${(i * 7919) % 10_007}\n`).join('')
  const packed = zlib.gzipSync(text)
  const { lost, path, run } = readSome(t, { a: packed.subarray(0, packed.length >> 1) as any, b: 'other\n' }, 0)
  const lines = await drainAsync(run)
  t.is(lines.at(-1), 'other')
  t.true(text.startsWith(lines.slice(0, -1).join('\n')))
  const [[file, from, , code]] = lost() as [[string, number, undefined, string]]
  t.deepEqual([file, code], [path, 'INPUT_DAMAGED'])
  t.is(from, lines.length === 1 ? 0 : lines.slice(0, -1).join('\n').length + 1)
})

/** A frame of zstd (RFC 8878) that holds a short text as it is, so that it can be made where Node.js has no zstd. */
function zstdOf(text: string): Buffer {
  const { length } = Buffer.from(text)
  const block = (length << 3) | 1
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, length, block, block >> 8, 0]), Buffer.from(text)])
}

test('what is packed by zstd is unpacked where Node.js can, and told with the version that can where it cannot', async (t) => {
  const folder = folderOf(t, { 'a.zst': zstdOf('one\ntwo\n'), 'b.txt': 'three\n' })
  const run = new SpoutRun(new FileSpout(join(folder, '*')))
  if ('createZstdDecompress' in zlib) t.deepEqual(await drainAsync(run), ['one', 'two', 'three'])
  else {
    const error = await t.throwsAsync(drainAsync(run), { instanceOf: TyphoonError })
    t.is(error.code, 'FILE_NOT_FOUND')
    t.regex(error.where.file!, /a\.zst$/)
  }
})

test('bytes that are no text are counted, and told once for each file', (t) => {
  const folder = folderOf(t, { a: Buffer.from([0xe4, 0x0a, 0xe4, 0xf6, 0x0a]), b: Buffer.from([0xfc]) })
  const run = new SpoutRun(new FileSpout(join(folder, '*')))
  t.deepEqual(run.drain().flat(), ['\uFFFD', '\uFFFD\uFFFD', '\uFFFD'])
  t.is(run.context.counts.get('invalidCharacters'), 4)
  t.is(run.context.logs.length, 2)
  t.deepEqual(new SpoutRun(new FileSpout(join(folder, '*'), { encoding: 'latin1' })).drain().flat(), ['ä', 'äö', 'ü'])
})

test('a byte order mark is no part of the text, in whole files neither', (t) => {
  const folder = folderOf(t, { a: '\uFEFFid,name\r\n1,ann\r\n' })
  t.deepEqual(new SpoutRun(new FileSpout(folder)).drain().flat(), ['id,name', '1,ann'])
  t.is(new SpoutRun(new FileSpout(folder, { mode: 'whole' })).drain().flat()[1], 'id,name\r\n1,ann\r\n')
})

test('whenever its worker is killed, no line is lost, and those below the checkpoint do not come again', (t) => {
  const step = fc.record({
    calls: fc.nat(400),
    acks: fc.nat(400),
    fails: fc.nat(3),
    ms: fc.nat(80),
    kill: fc.nat(5),
    at: fc.nat(50),
  })
  const files = Object.fromEntries(
    Array.from({ length: 5 }, (_, file) => [
      `${file}`,
      Array.from({ length: file * 150 }, (_, line) => `${file}:${line}\n`).join(''),
    ]),
  )
  const folder = folderOf(t, files)
  const texts = Object.values(files)
  const all = texts.flatMap((text) => text.split('\n').slice(0, -1))
  /** In bytes over all files. */
  const placeOf = (file: number, offset: number): number => texts.slice(0, file).join('').length + offset
  const text = `\n${texts.join('')}`
  const isPast = (run: SpoutRun, from: number): boolean =>
    run.emitted.every(({ values }) => text.indexOf(`\n${values[0]}\n`) >= from)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
      const acked = new Set<string>()
      let from = 0
      let run = new SpoutRun(new FileSpout(folder))
      const ack = (at: number): void => {
        acked.add(run.inFlight[at]!.values[0])
        run.ack(at)
      }
      for (const { calls, acks, fails, ms, kill, at } of steps) {
        for (let i = 0; i < calls; i++) run.next()
        for (let i = 0; i < acks && run.inFlight.length > 0; i++) ack(at % run.inFlight.length)
        for (let i = 0; i < fails && run.inFlight.length > 0; i++)
          run.fail({ kind: 'worker lost' }, at % run.inFlight.length)
        run.context.advance(ms)
        if (kill > 0) continue
        if (!isPast(run, from)) return false
        const checkpointed = run.context.checkpoints.at(-1 - (at % 2)) ?? run.context.checkpoints[0]
        from = placeOf(checkpointed.index, checkpointed.place?.to ?? 0)
        run = new SpoutRun(new FileSpout(folder), { checkpointed })
      }
      while (!run.spout.isExhausted?.() || run.inFlight.length > 0) {
        run.context.advance(60_000)
        run.drain()
        while (run.inFlight.length > 0) ack(0)
      }
      const { index, place } = run.context.checkpoints.at(-1)
      return (
        isPast(run, from) &&
        acked.size === all.length &&
        all.every((line) => acked.has(line)) &&
        index === 4 &&
        place.to === files['4']!.length
      )
    }),
    { numRuns: 40 },
  )
  t.pass()
})
