/** The law: tuples arrive in the order in which they were added, each for its target and in its trees. */
import test from 'ava'
import fc from 'fast-check'
import { readTupleBatch } from '../../lib/codec/tuple-batch-reader.ts'
import { TupleBatchWriter } from '../../lib/codec/tuple-batch-writer.ts'
import { Tuple, testTuple, untrackedTuple } from '../../lib/tuple/tuple.ts'
import { anchorsOf, bodyOf, LOGS, read, sourceOf, tracked, WORDS } from './tuples.ts'

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const anchor = fc.record({
  rootHigh: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  rootLow: int32,
  high: int32,
  low: int32,
  trace: int32,
})
const tuples = fc.record({
  target: fc.integer({ min: 1, max: 2 ** 18 - 1 }),
  source: fc.constantFrom(WORDS, LOGS),
  values: fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 }),
  anchors: fc.array(anchor, { maxLength: 4 }),
})

test('tuples arrive in order, each with its target, source, values and anchors', (t) => {
  const law = fc.property(fc.array(tuples), (sent) => {
    const writer = new TupleBatchWriter({ maxFrameBytes: 1024 * 1024 })
    for (const { target, source, values, anchors } of sent) writer.add(target, tracked(values, source, anchors))
    t.is(writer.count, sent.length)
    const bytes = writer.bytes
    const body = writer.take()
    if (sent.length === 0) return t.is(body, undefined)
    t.is(bytes, body!.length)
    const arrived = read(body!)
    for (const [index, { target, tuple }] of arrived.entries()) {
      const original = sent[index]!
      t.is(target, original.target)
      t.is(tuple.source, original.source)
      t.deepEqual(tuple.values, original.values)
      t.is(tuple.settled, false)
      if (original.anchors.length > 0) t.deepEqual(anchorsOf(tuple), original.anchors)
      else t.deepEqual(tuple, untrackedTuple(original.values, original.source))
    }
    t.is(arrived.length, sent.length)
  })
  fc.assert(law, { numRuns: 300 })
})

test('a tuple is encoded when it is added: what changes later does not matter', (t) => {
  const writer = new TupleBatchWriter({ maxFrameBytes: 1000 })
  const list = ['a']
  const tuple = tracked([list], WORDS, [{ rootHigh: 1, rootLow: 2, high: 3, low: 4, trace: 5 }])
  writer.add(1, tuple)
  list.push('b')
  tuple.high = 0
  const { tuple: arrived } = read(writer.take()!)[0]!
  t.deepEqual(arrived.values, [['a']])
  t.is(arrived.high, 3)
})

test('a writer is empty after take and starts anew, and its bodies are memory of their own', (t) => {
  const writer = new TupleBatchWriter({ maxFrameBytes: 1000 })
  writer.add(1, testTuple(['one'], WORDS_AT))
  const first = writer.take()!
  t.deepEqual([writer.count, writer.bytes, writer.take()], [0, 0, undefined])
  writer.add(1, testTuple(['two'], WORDS_AT))
  const second = writer.take()!
  t.deepEqual(read(first)[0]!.tuple.values, ['one'])
  t.deepEqual(read(second)[0]!.tuple.values, ['two'])
})

const WORDS_AT = { component: WORDS.component, task: WORDS.task }

test('a tuple that cannot be sent leaves what was added before intact', (t) => {
  const writer = new TupleBatchWriter({ maxFrameBytes: 10_000 })
  writer.add(1, untrackedTuple(['before', 1], LOGS))
  const bytes = writer.bytes
  for (const bad of [() => 1, Symbol('s'), 'x'.repeat(20_000), ['short', 5, new Set([() => 1])]]) {
    t.throws(() => writer.add(1, untrackedTuple(['text', bad], LOGS)))
    t.is(writer.count, 1)
  }
  t.is(writer.bytes, bytes)
  writer.add(2, untrackedTuple(['after', 2], LOGS))
  const bodies = [writer.take()!, writer.take()].filter((body) => body !== undefined)
  t.deepEqual(bodies.flatMap(read).map(({ target, tuple }) => [target, ...tuple.values]), [[1, 'before', 1], [2, 'after', 2]]) // biome-ignore format: one line
})

test('tuples that do not fit into one body go into several, in order', (t) => {
  const writer = new TupleBatchWriter({ maxFrameBytes: 1000 })
  const sent = Array.from({ length: 100 }, (_, index) => 'x'.repeat((index * 37) % 900))
  for (const text of sent) writer.add(1, untrackedTuple([text], WORDS))
  t.is(writer.count, 100)
  const announced = writer.bytes
  const bodies: Uint8Array[] = []
  for (let body = writer.take(); body !== undefined; body = writer.take()) bodies.push(body)
  t.true(bodies.every((body) => body.length <= 1000 - 8))
  t.is(bodies.reduce((sum, body) => sum + body.length, 0), announced) // biome-ignore format: one line
  t.deepEqual(bodies.flatMap(read).map(({ tuple }) => tuple.values[0]), sent) // biome-ignore format: one line
  t.deepEqual([writer.count, writer.bytes], [0, 0])
})

test('a tuple that just fits beside the head of a frame is sent, one byte more is too large', (t) => {
  const alone = bodyOf(untrackedTuple(['x'.repeat(500)], WORDS)).length
  const writer = new TupleBatchWriter({ maxFrameBytes: alone + 12 })
  writer.add(1, untrackedTuple(['x'.repeat(500)], WORDS))
  t.is(writer.take()!.length, alone)
  t.throws(() => writer.add(1, untrackedTuple(['x'.repeat(501)], WORDS)), { code: 'TUPLE_TOO_LARGE' })
  t.is(writer.take(), undefined)
})

test('a tuple in more trees than the row can count is refused', (t) => {
  const anchors = Array.from({ length: 65_536 }, () => ({ rootHigh: 1, rootLow: 1, high: 1, low: 1, trace: 1 }))
  t.throws(() => bodyOf(tracked(['x'], WORDS, anchors)), { code: 'TUPLE_TOO_LARGE' })
  t.is(anchorsOf(read(bodyOf(tracked(['x'], WORDS, anchors.slice(1))))[0]!.tuple).length, 65_535)
})

test('a body is read at any address, aligned or not', (t) => {
  const body = bodyOf(
    tracked(['word', new Int32Array([1, 2])], WORDS, [{ rootHigh: 1, rootLow: -2, high: 3, low: -4, trace: 5 }]),
  )
  for (let shift = 0; shift < 8; shift++) {
    const memory = new Uint8Array(body.length + 8)
    memory.set(body, shift)
    const { tuple } = read(memory.subarray(shift, shift + body.length))[0]!
    t.deepEqual(anchorsOf(tuple), [{ rootHigh: 1, rootLow: -2, high: 3, low: -4, trace: 5 }])
    t.deepEqual(tuple.values, ['word', new Int32Array([1, 2])])
  }
})

test('the source is asked for once per run of tuples of one stream', (t) => {
  const word = untrackedTuple(['w'], WORDS)
  const log = untrackedTuple(['l', 1], LOGS)
  const asked: number[][] = []
  const ask = (task: number, index: number): ReturnType<typeof sourceOf> => {
    asked.push([task, index])
    return sourceOf(task, index)
  }
  t.is(
    readTupleBatch(bodyOf(word, word, log, log, word), ask, () => {}),
    5,
  )
  t.deepEqual(asked, [[3, 0], [4, 65_535], [3, 0]]) // biome-ignore format: one line
})

test('the bytes are those of docs/protocol.md', (t) => {
  const tuple = new Tuple(['the', 7, -1, 'no more than this'], WORDS, 0x40003, 1, -1, 2, 9, undefined)
  const body = Buffer.from(bodyOf(tuple))
  t.is(
    body
      .toString('hex')
      .replace(/(.{8})/g, '$1 ')
      .trim(),
    [
      '01000000 08000000 1b000000 03000000', // head: 1 tuple, 8 int32, 27 bytes of values, 3 of text
      '07000000 03000000 00000100', // row: to task 7, from task 3, stream 0 with 1 anchor
      '03000400 01000000 ffffffff 02000000 09000000', // anchor: root, edge, trace
      '04830794 ffffffff 98116e6f 206d6f72 65207468 616e2074 68697374 6865', // values, then the text `the`
    ].join(' '),
  )
})
