import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { FileSpout } from '../../lib/components/index.ts'
import { TyphoonError } from '../../lib/index.ts'
import { failed, folderWith, SpoutRun } from './fakes.ts'

const codeOf = (error: Error | undefined) => (error as TyphoonError).code

test('a tuple for each line, then the spout is exhausted', (t) => {
  const folder = folderWith(t, { a: 'one\ntwo\n', b: '', c: 'three' })
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

test('file i goes to task i % tasks, and tasks without a file are exhausted at once', (t) => {
  const folder = folderWith(t, { a: 'a', b: 'b', c: 'c' })
  const read = (tasks: number) =>
    Array.from({ length: tasks }, (_, taskIndex) => {
      const run = new SpoutRun(new FileSpout(join(folder, '*')), { tasks, taskIndex })
      return run.spout.isExhausted?.() ? 'exhausted' : run.drain().flat().join('')
    })
  t.deepEqual(read(2), ['ac', 'b'])
  t.deepEqual(read(5), ['a', 'b', 'c', 'exhausted', 'exhausted'])
})

test('in mode whole there is a tuple for each file, an empty one too', (t) => {
  const folder = folderWith(t, { a: 'one\ntwo\n', b: '' })
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
  const folder = folderWith(t, { a: '1\n2', b: '', c: '3' })
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
    () => new FileSpout('a', { encoding: 'utf16le' as any }),
  ]) {
    t.is(codeOf(t.throws(make, { instanceOf: TyphoonError })), 'CONSTRUCTOR_FAILED')
  }
  const error = t.throws(() => new SpoutRun(new FileSpout('none.txt')), { instanceOf: TyphoonError })
  t.is(codeOf(error), 'FILE_NOT_FOUND')
  t.regex(error!.message, /none\.txt/)
})

test('the place below which all is acked is checkpointed, now and then, and when everything is done', (t) => {
  const folder = folderWith(t, { a: 'one\ntwo\nthree\nfour\n' })
  const run = new SpoutRun(new FileSpout(folder))
  const offsets = () => run.context.checkpoints.map(({ file, offset }) => [file, offset])
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
  const folder = folderWith(t, { a: 'one\n' })
  const letters = join(folderWith(t), 'dead.jsonl')
  const config = { 'topology.replay.max.attempts': 1, 'topology.dead.letters.file': letters }
  const run = new SpoutRun(new FileSpout(folder), { config })
  run.drain()
  run.fail(failed('no'))
  t.is(run.context.checkpoints.at(-1).offset, 0)
  run.drain()
  t.is(run.context.checkpoints.at(-1).offset, 4)
})

test('after a restart it goes on from its checkpoint', (t) => {
  const folder = folderWith(t, { a: 'one\ntwo\n', b: 'three\nfour\n' })
  const before = new SpoutRun(new FileSpout(folder))
  for (let i = 0; i < 3; i++) before.next()
  before.ackAll()
  before.context.advance(100)
  const checkpointed = before.context.checkpoints.at(-1)
  t.deepEqual(new SpoutRun(new FileSpout(folder), { checkpointed }).drain(), [['four']])
})

test('a file that has shrunk, and a folder with other files than before the restart, are errors', (t) => {
  const folder = folderWith(t, { a: 'one\ntwo\n' })
  const before = new SpoutRun(new FileSpout(folder))
  before.drain()
  before.ackAll()
  const checkpointed = before.context.checkpoints.at(-1)
  truncateSync(join(folder, 'a'), 4)
  const shrunk = new SpoutRun(new FileSpout(folder), { checkpointed })
  t.regex(
    t.throws(() => shrunk.next(), { instanceOf: TyphoonError })!.message,
    /has 4 bytes, and 8 of it had been read/,
  )
  writeFileSync(join(folder, 'b'), 'new')
  const error = t.throws(() => new SpoutRun(new FileSpout(folder), { checkpointed }), { instanceOf: TyphoonError })
  t.is(codeOf(error), 'INPUT_CHANGED')
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
  const folder = folderWith(t, files)
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
        from = placeOf(checkpointed.file, checkpointed.offset)
        run = new SpoutRun(new FileSpout(folder), { checkpointed })
      }
      while (!run.spout.isExhausted?.() || run.inFlight.length > 0) {
        run.context.advance(60_000)
        run.drain()
        while (run.inFlight.length > 0) ack(0)
      }
      const { file, offset } = run.context.checkpoints.at(-1)
      return (
        isPast(run, from) &&
        acked.size === all.length &&
        all.every((line) => acked.has(line)) &&
        file === 4 &&
        offset === files['4']!.length
      )
    }),
    { numRuns: 40 },
  )
  t.pass()
})
