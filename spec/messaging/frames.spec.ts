/**
 * The law: a frame arrives equal to itself, and whatever the bytes are, they are a frame or are refused with BAD_FRAME.
 */
import test from 'ava'
import fc from 'fast-check'
import { CATALOGUE, type ErrorCode } from '../../lib/errors/catalogue.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { decodeFrame, encodeFrame, type Frame, MAX_CONTROL_BYTES } from '../../lib/messaging/frames.ts'
import { volume } from '../volume.ts'
import { sealed } from './foreign.ts'

const codes = Object.keys(CATALOGUE) as ErrorCode[]
const sequences = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1))
const tasks = fc.array(fc.integer({ min: -1, max: 2 ** 31 - 1 }))
const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('tuples' as const), sequence: sequences, body: fc.uint8Array() }),
  fc.record({ kind: fc.constant('congestion' as const), congested: fc.boolean(), tasks }),
  fc.record({ kind: fc.constant('pulse' as const), sequence: sequences }),
  fc.record({
    kind: fc.constant('control' as const),
    message: fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<unknown>,
  }),
  fc.record({
    kind: fc.constant('bye' as const),
    code: fc.constantFrom('DONE' as const, ...codes),
    text: fc.string({ unit: 'grapheme' }),
  }),
)

/** The same, with the view of a body as plain bytes and what JSON makes of a message. */
function plain(frame: Frame): Frame {
  if (frame.kind === 'tuples') return { ...frame, body: new Uint8Array(frame.body) }
  if (frame.kind === 'control') return { ...frame, message: JSON.parse(JSON.stringify(frame.message)) }
  return frame
}

test('every frame arrives equal to itself', (t) => {
  fc.assert(fc.property(anyFrame, (frame) => void t.deepEqual(plain(decodeFrame(encodeFrame(frame))), plain(frame))))
})

/** BAD_FRAME's message, or the kind; anything else is thrown on. */
function outcome(bytes: Uint8Array): string {
  try {
    return decodeFrame(bytes).kind
  } catch (error) {
    if (error instanceof TyphoonError && error.code === 'BAD_FRAME') return error.code
    throw error
  }
}

test('any bytes are a frame or are refused, nothing else', (t) => {
  const bytes = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.uint8Array({ maxLength: 40 }))
  fc.assert(
    fc.property(bytes, ([kind, rest]) => void outcome(sealed([kind, ...rest]))),
    { numRuns: volume(1000, 5000) },
  )
  const changed = fc.tuple(anyFrame, fc.nat(), fc.integer({ min: 0, max: 255 }))
  const law = fc.property(changed, ([frame, at, byte]) => {
    const content = encodeFrame(frame).subarray(0, -4)
    content[at % content.length] = byte
    outcome(sealed(content))
  })
  fc.assert(law, { numRuns: volume(1000, 5000) })
  t.pass()
})

test('a frame whose bytes were changed on the way is refused before anything of it is decoded', (t) => {
  const bits = fc.array(fc.nat(), { minLength: 1, maxLength: 3 })
  const law = fc.property(anyFrame, bits, (frame, places) => {
    const encoded = encodeFrame(frame)
    const before = Buffer.from(encoded)
    for (const place of places) encoded[(place >> 3) % encoded.length]! ^= 1 << (place & 7)
    fc.pre(!before.equals(encoded))
    t.is(outcome(encoded), 'BAD_FRAME')
  })
  fc.assert(law, { numRuns: volume(1000, 5000) })
})

test('a frame that has lost its end or its beginning, or has a stretch of other bytes, is refused', (t) => {
  const law = fc.property(anyFrame, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }), (frame, at, other) => {
    const encoded = encodeFrame(frame)
    const place = at % encoded.length
    t.not(outcome(encoded.subarray(0, place)), frame.kind)
    if (place > 0) t.not(outcome(encoded.subarray(place)), frame.kind)
    const changed = Buffer.from(encoded)
    changed.set(other.subarray(0, changed.length - place), place)
    if (!changed.equals(encoded)) t.is(outcome(changed), 'BAD_FRAME')
  })
  fc.assert(law, { numRuns: volume(500, 2000) })
})

const MALFORMED: [string, number[]][] = [
  ['an unknown kind', [6]],
  ['tuples without a sequence', [1, 0, 0]],
  ['tuples with a flag that there is not', [1, 1, 0, 0, 0, 0, 0, 0]],
  ['a pulse with a tail', [3, 0, 1, 0, 0, 0, 0, 0, 0]],
  ['a short pulse', [3, 0, 1]],
  ['a short congestion frame', [2, 0, 0, 0]],
  ['neither congested nor not', [2, 2, 0, 0, 0, 0, 0, 0]],
  ['padding that is not 0', [2, 0, 1, 0, 0, 0, 0, 0]],
  ['2^32 - 1 tasks', [2, 0, 0, 0, 255, 255, 255, 255]],
  ['a bye without a code', [5]],
  ['a bye with an unknown code', [5, 2, 79, 75]],
  ['a bye whose text is no UTF-8', [5, 4, 68, 79, 78, 69, 255]],
  ['control that is no UTF-8', [4, 34, 255, 34]],
]

for (const [what, bytes] of MALFORMED) {
  test(`refused: ${what}`, (t) => {
    t.is(outcome(sealed(bytes)), 'BAD_FRAME')
  })
}

test('refused: no bytes, and less than a checksum', (t) => {
  for (const bytes of [new Uint8Array(), Uint8Array.of(4, 34, 34), sealed([])]) t.is(outcome(bytes), 'BAD_FRAME')
})

test('refused: control that is no JSON', (t) => {
  t.is(outcome(sealed([4, 123])), 'BAD_FRAME')
})

test('a control message has a limit, on both sides', (t) => {
  const largest = 'x'.repeat(MAX_CONTROL_BYTES - 2)
  t.is(decodeFrame(encodeFrame({ kind: 'control', message: largest })).kind, 'control')
  t.throws(() => encodeFrame({ kind: 'control', message: `${largest}x` }), { code: 'FRAME_TOO_LARGE' })
  const larger = Buffer.alloc(MAX_CONTROL_BYTES + 2, 0x20)
  larger[0] = 4
  t.is(outcome(sealed(larger)), 'BAD_FRAME')
})

test('what is no JSON and what is no sequence cannot be sent', (t) => {
  const circle: unknown[] = []
  circle.push(circle)
  for (const message of [undefined, () => 1, 1n, circle]) {
    t.throws(() => encodeFrame({ kind: 'control', message }), { code: 'CANNOT_ENCODE' })
  }
  for (const sequence of [-1, 0.5, Number.NaN, 2 ** 48]) {
    t.throws(() => encodeFrame({ kind: 'pulse', sequence }), { code: 'INTERNAL' })
  }
})

test('a long text of a bye frame is cut between two characters', (t) => {
  const bye = decodeFrame(encodeFrame({ kind: 'bye', code: 'INTERNAL', text: `a${'語'.repeat(10_000)}` }))
  t.deepEqual(bye, { kind: 'bye', code: 'INTERNAL', text: `a${'語'.repeat(5461)}` })
})

test('the bytes are those of docs/protocol.md', (t) => {
  const hex = (frame: Frame): string => Buffer.from(encodeFrame(frame)).toString('hex')
  t.is(hex({ kind: 'tuples', sequence: 258, body: Uint8Array.of(0xaa) }), '0100020100000000aa9788b29b')
  t.is(hex({ kind: 'congestion', congested: true, tasks: [3, 9] }), '0201000002000000030000000900000028635ccd')
  t.is(hex({ kind: 'pulse', sequence: 258 }), '03000201000000003150059b')
  t.is(hex({ kind: 'control', message: { a: 1 } }), '047b2261223a317d42a21f2a')
  t.is(hex({ kind: 'bye', code: 'DONE', text: '' }), '0504444f4e45d3447313')
})
