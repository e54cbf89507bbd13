/** The law: whatever the bytes are, a body is read or refused with BAD_FRAME, and a refused one delivers nothing. */
import test from 'ava'
import fc from 'fast-check'
import { readTupleBatch } from '../../lib/codec/tuple-batch-reader.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { untrackedTuple } from '../../lib/tuple/tuple.ts'
import { volume } from '../volume.ts'
import { bodyOf, LOGS, sourceOf, tracked, WORDS } from './tuples.ts'

const SAMPLE = bodyOf(
  tracked(['word'], WORDS, [{ rootHigh: 1, rootLow: 2, high: 3, low: 4, trace: 5 }]),
  untrackedTuple([{ key: [1, 2.5, null, true], 'a rather long key': new Date(0) }, 12345678901234567890n], LOGS),
  untrackedTuple([new Map<unknown, unknown>([[1, new Set(['é語', 'lone \ud83d'])]]), new Float64Array(3)], LOGS),
  tracked([new Int32Array(4), 'a string of its own, not short'], LOGS, [
    { rootHigh: 1, rootLow: 2, high: 3, low: 4, trace: 5 },
    { rootHigh: 6, rootLow: 7, high: 8, low: 9, trace: 10 },
  ]),
)

/** Where BAD_FRAME is, as `at 29`, or how many tuples were read; anything else is thrown on. */
function outcome(body: Uint8Array): string | number {
  let visited = 0
  try {
    return readTupleBatch(body, sourceOf, () => visited++)
  } catch (error) {
    if (!(error instanceof TyphoonError) || error.code !== 'BAD_FRAME') throw error
    if (visited > 0) throw new Error(`${visited} tuples of a refused body were delivered`)
    const { offset } = error.where
    if (offset === undefined || offset > body.length) throw new Error(`no offset: ${error.message}`)
    return `at ${offset}`
  }
}

test('the sample is read, so that what follows can fail', (t) => {
  t.is(outcome(SAMPLE), 4)
})

test('a body that was cut short is refused, wherever it was cut', (t) => {
  for (let length = 0; length < SAMPLE.length; length++) t.is(typeof outcome(SAMPLE.subarray(0, length)), 'string')
})

test('a body with bytes too many is refused', (t) => {
  t.is(typeof outcome(Buffer.concat([SAMPLE, Buffer.alloc(1)])), 'string')
})

test('a body with any bytes changed is read or refused, nothing else', (t) => {
  const changes = fc.array(fc.tuple(fc.nat(SAMPLE.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 6,
  })
  const law = fc.property(changes, (edits) => {
    const body = Buffer.from(SAMPLE)
    for (const [at, byte] of edits) body[at] = byte
    outcome(body)
  })
  fc.assert(law, { numRuns: volume(4000, 20_000) })
  t.pass()
})

test('a changed byte of the values is read or refused, each byte with each value', (t) => {
  let refused = 0
  for (let at = 0; at < SAMPLE.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const body = Buffer.from(SAMPLE)
      body[at] = byte
      if (typeof outcome(body) === 'string') refused++
    }
  }
  t.true(refused > 0)
})

test('bytes of chance are refused or read, nothing else', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void outcome(bytes)),
    { numRuns: volume(2000, 5000) },
  )
  t.pass()
})

/** A body of one tuple of `WORDS` with these bytes as its values, and this text. */
function bodyWith(values: number[], text = ''): Buffer {
  const rows = [7, 3, 0]
  const head = [1, rows.length, values.length, text.length]
  return Buffer.concat([
    Buffer.from(new Int32Array([...head, ...rows]).buffer),
    Buffer.from(values),
    Buffer.from(text, 'latin1'),
  ])
}

test('the helper makes a sound body, so that what follows can fail', (t) => {
  t.is(outcome(bodyWith([1, 0x83], 'the')), 1)
})

const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f]
const MALFORMED: [string, Buffer][] = [
  ['no head', Buffer.alloc(15)],
  ['2^31 tuples', headOnly(2 ** 31, 0)],
  ['2^32 - 1 int32', headOnly(0, 2 ** 32 - 1)],
  ['2^31 values', bodyWith(HUGE)],
  ['an array of 2^32 - 1', bodyWith([1, 0x9f, ...HUGE, 0])],
  ['an object of as many keys as bytes', bodyWith([1, 0xa0, 2, 0x80, 0])],
  ['an Int32Array of 2^32 - 1', bodyWith([1, 0x9c, ...HUGE])],
  ['a length that does not end', bodyWith([1, 0x9f, ...Array<number>(9).fill(0xff)])],
  ['an unknown tag', bodyWith([1, 0xa3])],
  ['a short string of 13', bodyWith([1, 0x8d], 'thirteen char')],
  ['a text that ends too early', bodyWith([1, 0x84], 'the')],
  ['text left over', bodyWith([1, 0x82], 'the')],
  ['values left over', bodyWith([1, 0, 0])],
  ['a number for a key', bodyWith([1, 0xa0, 1, 5, 5])],
  ['half a UTF-16 unit', bodyWith([1, 0x9a, 1, 0])],
  ['a bigint that is none', bodyWith([1, 0x96, 1, 0x78])],
  ['a bigint without digits', bodyWith([1, 0x96, 0])],
  ['65 arrays in each other', bodyWith([1, ...Array<number[]>(65).fill([0x9f, 1]).flat(), 0])],
]

for (const [what, body] of MALFORMED) {
  test(`refused, with its place: ${what}`, (t) => {
    t.is(typeof outcome(body), 'string')
  })
}

test('a stream that nobody has declared is refused', (t) => {
  const body = bodyWith([1, 0])
  body.writeInt32LE(99, 20)
  t.is(outcome(body), 'at 20')
})

function headOnly(tuples: number, ints: number): Buffer {
  return Buffer.from(new Uint32Array([tuples, ints, 0, 0]).buffer)
}
