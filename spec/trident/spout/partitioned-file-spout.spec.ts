import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { TyphoonError } from '../../../lib/index.ts'
import { PartitionedFileSpout } from '../../../lib/trident/spout/partitioned-file-spout.ts'
import { FakeContext } from '../../components/fakes.ts'
import { folderOf } from '../../folder.ts'
import { Calls } from './calls.ts'
import { Rows } from './runtime.ts'

const codeOf = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    if (error instanceof TyphoonError) return error.code
    throw error
  }
  return 'nothing was thrown'
}

const linesOf = (rows: readonly (readonly unknown[])[]): unknown[] => rows.map(([line]) => line)

test('a row for each line, without its line break; a last one without a line break counts', (t) => {
  const folder = folderOf(t, { a: 'one\r\n\ntwo\rthree\n', b: '', c: 'four', d: '\n' })
  t.deepEqual(linesOf(new Calls(new PartitionedFileSpout(folder)).drainAll()), ['one', '', 'two\rthree', 'four', ''])
})

test('characters and lines over the border of a block are whole', (t) => {
  const lines = ['x'.repeat(262_143), '漢'.repeat(200_000), `${'y'.repeat(262_142)}é`, '🌩'.repeat(300_000), 'end']
  const folder = folderOf(t, { a: lines.join('\r\n') })
  t.deepEqual(linesOf(new Calls(new PartitionedFileSpout(folder, { splitBytes: 100_000 })).drainAll()), lines)
})

test('in latin1 each byte is a character', (t) => {
  const folder = folderOf(t, { a: Uint8Array.of(0xe9, 10, 0xff) })
  t.deepEqual(linesOf(new Calls(new PartitionedFileSpout(folder, { encoding: 'latin1' })).drainAll()), ['é', 'ÿ'])
})

test('with its place a row has the file and the offset of its line', (t) => {
  const folder = folderOf(t, { a: 'é\nb\n' })
  const spout = new PartitionedFileSpout(join(folder, 'a'), { place: true })
  t.deepEqual(spout.outputs.names, ['line', 'file', 'offset'])
  t.deepEqual(new Calls(spout).drainAll(), [
    ['é', join(folder, 'a'), 0],
    ['b', join(folder, 'a'), 3],
  ])
})

test('a large file has a partition for each range, and its lines are in one of them each', (t) => {
  const folder = folderOf(t, { a: '1\n22\n333\n4444\n', b: '' })
  const path = join(folder, 'a')
  const calls = new Calls(new PartitionedFileSpout([path, join(folder, 'b'), path], { splitBytes: 5 }))
  t.deepEqual(
    calls.partitions().map((partition) => [partition, linesOf(calls.drain(partition).rows)]),
    [
      [`${path}@0-5`, ['1', '22']],
      [`${path}@5-10`, ['333', '4444']],
      [`${path}@10-15`, []],
      [`${join(folder, 'b')}@0-5`, []],
    ],
  )
  for (const partition of calls.partitions()) {
    const { meta } = calls.drain(partition)
    t.true(calls.emitter.isExhausted!(partition, meta))
  }
  t.false(calls.emitter.isExhausted!(`${path}@0-5`, undefined))
})

test('a call takes the lines that there is room for, and at least a few', (t) => {
  const folder = folderOf(t, { a: Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('') })
  const calls = new Calls(new PartitionedFileSpout(folder))
  const [partition] = calls.partitions() as [string]
  const first = calls.next(partition, undefined, 0)
  t.true(first.rows.length > 0 && first.rows.length < 100)
  const second = calls.next(partition, first.meta, 200)
  t.true(second.rows.length >= 200 && second.rows.length < 300)
  t.deepEqual(second.rows[0], [`line ${first.rows.length}`])
  t.deepEqual(calls.replay(partition, second.meta), second.rows)
  t.deepEqual(calls.replay(partition, first.meta), first.rows)
})

test('a line over 16 MiB is given up, in replays as well, so that its batch has the dead letter whichever attempt is committed', (t) => {
  const long = 16_777_216 + 100
  const folder = folderOf(t, { a: `short\n${'x'.repeat(long)}\nend\n` })
  const calls = new Calls(new PartitionedFileSpout(join(folder, 'a'), { splitBytes: Number.POSITIVE_INFINITY }))
  const [partition] = calls.partitions() as [string]
  const { rows, meta } = calls.next(partition)
  t.deepEqual(rows, [['short'], ['end']])
  t.deepEqual(calls.replay(partition, meta), rows)
  t.deepEqual(
    calls.errors.map(({ code }) => code),
    ['TUPLE_TOO_LARGE'],
  )
  const place = { file: join(folder, 'a'), offset: 6, end: 6 + long + 1 }
  t.deepEqual(
    calls.givenUp.map((letters) => letters.map(({ messageId }) => messageId)),
    [[place], [place]],
  )
})

test('a byte order mark is no part of a row, and UTF-16 is cut into ranges at whole lines', (t) => {
  const lines = Array.from({ length: 500 }, (_, i) => `zeile ä ${i}`)
  const folder = folderOf(t, {
    bom: '\uFEFFid,name\r\n1,ann\r\n',
    mark: '\uFEFF',
    utf16: Buffer.from(`\uFEFF${lines.join('\n')}\n`, 'utf16le'),
  })
  const read = (name: string) =>
    linesOf(new Calls(new PartitionedFileSpout(join(folder, name), { splitBytes: 333 })).drainAll())
  t.deepEqual(read('bom'), ['id,name', '1,ann'])
  t.deepEqual(read('utf16'), lines)
  const calls = new Calls(new PartitionedFileSpout(join(folder, 'mark')))
  const [partition] = calls.partitions() as [string]
  const { rows, meta } = calls.drain(partition)
  t.deepEqual(rows, [])
  t.true(calls.emitter.isExhausted!(partition, meta))
})

test('what is packed is one partition, its lines are those that it unpacks to, and a replay has the same', async (t) => {
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}`)
  const folder = folderOf(t, { a: gzipSync(`${lines.join('\n')}\n`), b: gzipSync('no line break') })
  const spout = new PartitionedFileSpout(folder, { splitBytes: 100 })
  const context = new FakeContext()
  const names = await spout.getCoordinator(context).getPartitionsForBatch()
  t.deepEqual(names, [`${join(folder, 'a')}@0-`, `${join(folder, 'b')}@0-`])
  const emitter = spout.getEmitter(context)
  const read: unknown[] = []
  const metas: any[] = []
  let last: any
  while (!emitter.isExhausted!(names[0]!, last)) {
    const rows = new Rows(700)
    const meta = await emitter.emitPartitionBatchNew({ txid: 1, attempt: 0 }, rows, names[0]!, last)
    if (meta === undefined) break
    last = JSON.parse(JSON.stringify(meta))
    metas.push([last, rows.rows])
    read.push(...linesOf(rows.rows))
  }
  t.deepEqual(read, lines)
  t.true(metas.length > 3)
  for (const [meta, rows] of [metas[1]!, metas[0]!, metas.at(-1)!]) {
    const again = new Rows(0)
    await spout.getEmitter(context).emitPartitionBatch({ txid: 1, attempt: 1 }, again, names[0]!, meta)
    t.deepEqual(again.rows, rows)
  }
  const rest = new Rows()
  await emitter.emitPartitionBatchNew({ txid: 1, attempt: 0 }, rest, names[1]!, undefined)
  t.deepEqual(rest.rows, [['no line break']])
  await emitter.close!()
})

test('a file that has vanished fails the batch, and is read on when it is back', (t) => {
  const text = 'one\ntwo\n'
  const folder = folderOf(t, { a: text })
  const calls = new Calls(new PartitionedFileSpout(folder))
  const [partition] = calls.partitions() as [string]
  rmSync(join(folder, 'a'))
  t.false(calls.emitter.isExhausted!(partition, undefined))
  t.is(
    codeOf(() => calls.next(partition)),
    'PARTITION_GONE',
  )
  writeFileSync(join(folder, 'a'), text)
  const { meta } = calls.next(partition)
  rmSync(join(folder, 'a'))
  t.is(
    codeOf(() => calls.replay(partition, meta)),
    'PARTITION_GONE',
  )
  mkdirSync(join(folder, 'a'))
  t.is(
    codeOf(() => calls.replay(partition, meta)),
    'FILE_NOT_FOUND',
  )
  rmSync(join(folder, 'a'), { recursive: true })
  writeFileSync(join(folder, 'a'), text)
  t.deepEqual(calls.replay(partition, meta), [['one'], ['two']])
})

test('a replay of a file that is shorter or other now fails', (t) => {
  const folder = folderOf(t, { a: 'one\ntwo\nthree\n' })
  const path = join(folder, 'a')
  const calls = new Calls(new PartitionedFileSpout(folder))
  const [partition] = calls.partitions() as [string]
  const { meta } = calls.next(partition)
  writeFileSync(path, 'one\ntoo\nthree\n')
  t.is(
    codeOf(() => calls.replay(partition, meta)),
    'INPUT_CHANGED',
  )
  truncateSync(path, 8)
  t.is(
    codeOf(() => calls.replay(partition, meta)),
    'INPUT_CHANGED',
  )
  writeFileSync(path, 'one\ntwo\nthree\nfour\n')
  t.deepEqual(linesOf(calls.replay(partition, meta)), ['one', 'two', 'three'])
})

test('a file that another one has taken the place of is not read on', (t) => {
  const text = 'a line of some length\n'.repeat(1000)
  const folder = folderOf(t, { a: text })
  const path = join(folder, 'a')
  const calls = new Calls(new PartitionedFileSpout(folder))
  const [partition] = calls.partitions() as [string]
  const { meta } = calls.next(partition, undefined, 1)
  writeFileSync(path, text.replaceAll('some', 'same'))
  t.is(
    codeOf(() => calls.next(partition, meta)),
    'INPUT_CHANGED',
  )
  writeFileSync(path, 'short\n')
  t.is(
    codeOf(() => calls.next(partition, meta)),
    'INPUT_CHANGED',
  )
  t.is(
    codeOf(() => new Calls(new PartitionedFileSpout(folder)).next(partition, meta)),
    'INPUT_CHANGED',
  )
  writeFileSync(path, text)
  t.is(calls.drain(partition, meta).rows.length, 1000 - meta.to / 22)
})

test('what was appended is read in the next run, from the same partitions and new ones', (t) => {
  const folder = folderOf(t, { a: '1\n22\n' })
  const path = join(folder, 'a')
  const spout = new PartitionedFileSpout(path, { splitBytes: 6 })
  const first = new Calls(spout)
  t.deepEqual(first.partitions(), [`${path}@0-6`])
  const { rows, meta } = first.drain(`${path}@0-6`)
  t.deepEqual(linesOf(rows), ['1', '22'])
  appendFileSync(path, '333\n4444\n')
  t.true(first.emitter.isExhausted!(`${path}@0-6`, meta), 'within a run a file ends where it ended at first')
  const second = new Calls(spout)
  t.deepEqual(second.partitions(), [`${path}@0-6`, `${path}@6-12`, `${path}@12-18`])
  t.false(second.emitter.isExhausted!(`${path}@0-6`, meta))
  t.deepEqual(linesOf(second.drain(`${path}@0-6`, meta).rows), ['333'])
  t.deepEqual(linesOf(second.drain(`${path}@6-12`).rows), ['4444'])
})

test('a last line that was read without its line break and then goes on is a changed file', (t) => {
  const folder = folderOf(t, { a: 'one\ntw' })
  const spout = new PartitionedFileSpout(folder)
  const first = new Calls(spout)
  const [partition] = first.partitions() as [string]
  const { rows, meta } = first.drain(partition)
  t.deepEqual(linesOf(rows), ['one', 'tw'])
  t.true(new Calls(spout).emitter.isExhausted!(partition, meta))
  appendFileSync(join(folder, 'a'), 'o\n')
  t.is(
    codeOf(() => new Calls(spout).next(partition, meta)),
    'INPUT_CHANGED',
  )
})

test('wrong arguments, and files that do not exist, are told', (t) => {
  for (const make of [
    () => new PartitionedFileSpout(7 as any),
    () => new PartitionedFileSpout('a', { splitBytes: 0 }),
    () => new PartitionedFileSpout('a', { splitbytes: 9 } as any),
    () => new PartitionedFileSpout('a', { encoding: 'utf-7' }),
  ]) {
    t.is(codeOf(make), 'CONSTRUCTOR_FAILED')
  }
  t.is(
    codeOf(() => new Calls(new PartitionedFileSpout('none-of-this-name.txt'))),
    'FILE_NOT_FOUND',
  )
})
