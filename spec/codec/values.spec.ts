/** The law: a value that can be sent arrives equal to itself; one that cannot is refused with its path. */
import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { TupleBatchWriter } from '../../lib/codec/tuple-batch-writer.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { untrackedTuple } from '../../lib/tuple/tuple.ts'
import { values } from '../values/arbitrary.ts'
import { LOGS, roundTrip } from './tuples.ts'

test('any value arrives equal to itself', (t) => {
  fc.assert(
    fc.property(values, (value) => isDeepStrictEqual(roundTrip(value), value)),
    { numRuns: 2000 },
  )
  t.pass()
})

test('strings of every length around the limits of their encodings arrive unchanged', (t) => {
  for (const letter of ['a', 'é', 'ÿ', 'Ā', '語', '😀', '\ud83d', '\0', '\ufeff']) {
    for (const length of [0, 1, 11, 12, 13, 63, 64, 65, 127, 128, 129]) {
      const text = letter.repeat(length)
      if (roundTrip(text) !== text) t.fail(`${length} times ${JSON.stringify(letter)}`)
    }
  }
  t.is(roundTrip('lone \ud83d half'), 'lone \ud83d half')
})

for (const size of [64 * 1024, 1024 * 1024, 2 * 1024 * 1024]) {
  test(`a string of ${size / 1024} KiB survives unchanged`, (t) => {
    for (const letter of ['a', 'é']) t.true(roundTrip(letter.repeat(size)) === letter.repeat(size))
  })
}

test('the strings of one tuple arrive as they were', (t) => {
  t.deepEqual(roundTrip(['a', 'bb', 'cbe']), ['a', 'bb', 'cbe'])
})

test('a Buffer arrives as a Uint8Array of its own, and so do views of larger memory', (t) => {
  const bytes = roundTrip(Buffer.from('abc')) as Uint8Array
  t.is(Object.getPrototypeOf(bytes), Uint8Array.prototype)
  t.is(bytes.buffer.byteLength, 3)
  const memory = new Float64Array([1, 2, 3, 4]).buffer
  t.deepEqual(roundTrip(new Float64Array(memory, 8, 2)), new Float64Array([2, 3]))
  t.deepEqual(roundTrip([new Uint8Array(memory, 7, 1), new Int32Array([-1, 2 ** 31 - 1])]), [
    new Uint8Array(memory.slice(7, 8)),
    new Int32Array([-1, 2 ** 31 - 1]),
  ])
})

test('an invalid date stays one', (t) => {
  t.true(Number.isNaN((roundTrip(new Date(Number.NaN)) as Date).getTime()))
})

test('the key __proto__ is a property like any other', (t) => {
  const value: unknown = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}')
  const arrived = roundTrip(value) as Record<string, unknown>
  t.is(Object.getPrototypeOf(arrived), Object.prototype)
  t.deepEqual(Object.keys(arrived), ['__proto__', 'constructor'])
  t.is(arrived['admin'], undefined)
})

test('an object without a prototype arrives as a plain one, a hole of an array as undefined', (t) => {
  t.deepEqual(roundTrip(Object.assign(Object.create(null), { a: 1 })), { a: 1 })
  t.deepEqual(roundTrip(new Array(2)), [undefined, undefined])
})

test('an instance of a class is sent as its toJSON says', (t) => {
  class Point {
    toJSON(): unknown {
      return { x: 1, at: new Date(0) }
    }
  }
  t.deepEqual(roundTrip([new Point()]), [{ x: 1, at: new Date(0) }])
  t.deepEqual(roundTrip(new URL('http://example.org/')), 'http://example.org/')
})

test('containers nested 64 deep are sent', (t) => {
  t.deepEqual(roundTrip(nested(64)), nested(64))
})

/** The code and the path with which `value`, as the second of two values, is refused. */
function refusal(value: unknown): string {
  const writer = new TupleBatchWriter({ maxFrameBytes: 100_000 })
  try {
    writer.add(1, untrackedTuple(['first', value], LOGS))
  } catch (error) {
    if (error instanceof TyphoonError) return `${error.code} ${error.where.path ?? error.where.stream}`
    throw error
  }
  return 'sent'
}

function nested(depth: number): unknown {
  let value: unknown = 'core'
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

class Secret {}
const circle: Record<string, unknown> = { other: 1 }
circle['self'] = { list: [circle] }
const selfish = new Map<string, unknown>()
selfish.set('me', selfish)

const REFUSALS: [string, unknown, string][] = [
  ['a function', { a: { b: () => 1 } }, 'values[1].a.b'],
  ['a symbol', [1, Symbol('s')], 'values[1][1]'],
  ['an odd key', { 'no name': { 1: () => 1 } }, 'values[1]["no name"]["1"]'],
  ['a function in a map', new Map([['k', () => 1]]), 'values[1].entry(0)'],
  ['a function in a set', new Set([1, () => 1]), 'values[1].entry(1)'],
  ['an instance of a class', { a: new Secret() }, 'values[1].a'],
  ['a promise', Promise.resolve(1), 'values[1]'],
  ['an error', new TypeError('x'), 'values[1]'],
  ['a circular object', { a: circle }, 'values[1].a'],
  ['a map that holds itself', selfish, 'values[1]'],
  ['a getter that throws', { get a() { throw new Error('no') } }, 'values[1].a'], // biome-ignore format: one line a case
]

for (const [what, value, path] of REFUSALS) {
  test(`${what} is refused, with its path`, (t) => {
    t.is(refusal(value), `CANNOT_ENCODE ${path}`)
  })
}

test('containers nested 65 deep are refused', (t) => {
  t.regex(refusal(nested(65)), /^CANNOT_ENCODE values\[1\]\[0\]\.a\[0\]\.a/)
})

test('a toJSON that never comes to an end is refused', (t) => {
  class Endless {
    toJSON(): unknown {
      return new Endless()
    }
  }
  t.regex(refusal(new Endless()), /^CANNOT_ENCODE values\[1\]\.toJSON\(\)\.toJSON\(\)/)
})

test('a map that changes while it is encoded is refused', (t) => {
  const map = new Map<string, unknown>()
  class Adds {
    toJSON(): number {
      map.set('further', 1)
      return 1
    }
  }
  map.set('a', new Adds())
  t.is(refusal(map), 'CANNOT_ENCODE values[1]')
})

test('what is larger than a frame is refused before memory is spent on it', (t) => {
  const bytes = new Uint8Array(200_000)
  for (const value of [
    'x'.repeat(200_000),
    '語'.repeat(40_000),
    bytes,
    new Array(2 ** 32 - 1),
    [bytes],
    2n ** 500_000n,
  ]) {
    t.is(refusal(value), 'TUPLE_TOO_LARGE logs')
  }
})
