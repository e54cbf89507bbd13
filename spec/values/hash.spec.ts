import test from 'ava'
import fc from 'fast-check'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { Prng } from '../../lib/util/prng.ts'
import { hashFields, hashValue, slotOf } from '../../lib/values/hash.ts'
import { encode } from '../../lib/values/text.ts'

/** Pairs of different objects with the same content. */
const EQUAL: readonly (readonly [string, unknown, unknown])[] = [
  ['1 and 1.0', 1, Number('1.0')],
  ['0 and -0', 0, -0],
  ['NaN and another NaN', Number.NaN, 0 / 0],
  ['null and undefined', null, undefined],
  ['a string and the same one put together', 'typhoon', ['typ', 'hoon'].join('')],
  ['bigints', 2n ** 70n, BigInt('1180591620717411303424')],
  ['bytes and a buffer of them', new Uint8Array([1, 2, 255]), Buffer.from([1, 2, 255])],
  ['bytes and a view of the same bytes elsewhere', new Uint8Array([2, 3]), new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
  ['dates', new Date(1234), new Date(1234)],
  ['invalid dates', new Date(Number.NaN), new Date('no date')],
  ['arrays', [1, ['a', null]], [1, ['a', null]]],
  ['a hole and undefined', [undefined, 1], Array.from({ length: 2, 1: 1 })],
  ['objects with their keys in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  [
    'maps in another order',
    new Map<unknown, unknown>([
      ['a', 1],
      [2, 'b'],
    ]),
    new Map<unknown, unknown>([
      [2, 'b'],
      ['a', 1],
    ]),
  ],
  ['sets in another order', new Set(['a', 1, null]), new Set([null, 1, 'a'])],
  ['0 and -0 within objects', { x: [0] }, { x: [-0] }],
]

for (const [what, one, other] of EQUAL) {
  test(`equal content has an equal hash: ${what}`, (t) => {
    t.is(hashValue(one), hashValue(other))
    t.is(hashValue(one, 99), hashValue(other, 99))
  })
}

const DIFFERENT: readonly unknown[] = [
  null,
  false,
  true,
  0,
  1,
  -1,
  0.5,
  -0.5,
  2 ** 40,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1n,
  -1n,
  '',
  '0',
  '1',
  'a',
  'b',
  'ab',
  'ba',
  'é',
  '\u0000',
  '\u0000\u0000',
  [],
  [null],
  [[]],
  [1, 2],
  [2, 1],
  [12],
  ['1', '2'],
  ['12'],
  {},
  { a: 1 },
  { b: 1 },
  { a: 2 },
  { a: 1, b: 2 },
  { a: 2, b: 1 },
  { a: { b: 1 } },
  new Map([['a', 1]]),
  new Map([['a', 2]]),
  new Set(['a']),
  new Set(['a', 'b']),
  new Set([]),
  new Uint8Array([]),
  new Uint8Array([1]),
  new Uint8Array([1, 0]),
  new Uint8Array([0, 1]),
  new Date(0),
  new Date(1),
]

test('different content has different hashes, as far as these examples go', (t) => {
  const seen = new Map<number, unknown>()
  for (const value of DIFFERENT) {
    const hash = hashValue(value)
    t.false(seen.has(hash), `${JSON.stringify(String(value))} and ${JSON.stringify(String(seen.get(hash)))}`)
    seen.set(hash, value)
  }
})

test('the hashes are the same in every process, run and release: these stand for all', (t) => {
  const golden = [
    ['', -453_305_514],
    ['the', 1_489_588_484],
    ['naïve ☃', -1_618_142_118],
    [0, 1_702_406_135],
    [42, -176_698_048],
    [-1.5, -665_072_436],
    [1e300, 768_655_924],
    [Number.NaN, 812_195_558],
    [null, -1_083_373_532],
    [true, 683_751_154],
    [12345678901234567890n, -168_457_023],
    [new Uint8Array([1, 2, 3]), 18_742_126],
    [new Date(86_400_000), -1_737_210_356],
    [['a', 1, [2]], 1_922_648_279],
    [{ word: 'the', count: 3 }, -159_200_864],
    [new Map([['a', 1]]), 588_215_471],
    [new Set([1, 2]), -2_024_056_456],
    [new Float64Array([0.5, 2]), -885_756_060],
  ] as const
  t.deepEqual(
    golden.map(([value]) => hashValue(value)),
    golden.map(([, hash]) => hash),
  )
})

test('plain data has the hash of its copy, whatever it is', (t) => {
  const leaf = fc.oneof(
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.uint8Array(),
    fc.date(),
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      fc.array(fc.tuple(leaf, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
      fc.array(leaf, { maxLength: 4 }).map((items) => new Set(items)),
    ),
  }))
  fc.assert(
    fc.property(value, fc.integer(), (data, seed) => hashValue(data, seed) === hashValue(reordered(data), seed)),
  )
  t.pass()
})

/** A copy with keys, entries and elements in the opposite order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered)
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Map) return new Map([...value].reverse().map(([key, item]) => [key, reordered(item)]))
  if (value instanceof Set) return new Set([...value].reverse())
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, reordered(item)]),
    )
  }
  return value
}

test('a hash is a whole number of 32 bits', (t) => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
      (value) => (hashValue(value) | 0) === hashValue(value),
    ),
  )
  t.pass()
})

test('several values are hashed in their order, and their borders count', (t) => {
  const both = [0, 1]
  t.is(hashFields(['a', 1], both), hashFields(['a', 1, 'ignored'], both))
  t.not(hashFields(['a', 'b'], both), hashFields(['b', 'a'], both))
  t.not(hashFields(['ab', 'c'], both), hashFields(['a', 'bc'], both))
  t.is(hashFields(['x', 'a', 'b'], [2, 1]), hashFields(['b', 'a'], both))
  t.is(hashFields(['a'], both), hashFields(['a', undefined], both))
})

test('circular and too deeply nested values throw, and 64 levels do not', (t) => {
  const circular: unknown[] = []
  circular.push(circular, circular)
  const itself = new Map<string, unknown>()
  itself.set('me', { again: itself })
  for (const value of [circular, itself, nested(65)]) {
    const error = t.throws(() => hashValue(value), { instanceOf: TyphoonError })
    t.is(error.code, 'CANNOT_ENCODE')
  }
  t.is(hashValue(nested(64)), hashValue(nested(64)))
})

test('what stands in a value again and again counts each time: one that grows so beyond all bounds is refused', (t) => {
  const row = new Array(10_000).fill([])
  const value = new Array(10_000).fill(row)
  for (const use of [hashValue, encode])
    t.is(t.throws(() => use(value), { instanceOf: TyphoonError }).code, 'CANNOT_ENCODE')
  t.notThrows(() => encode([nested(60), nested(60)]), 'the next value is counted from the start')
})

function nested(levels: number): unknown {
  let value: unknown = 'core'
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { value }
  return value
}

for (const [what, value] of [
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a function within an object', { f: Math.abs }],
] as const) {
  test(`${what} cannot be grouped by`, (t) => {
    t.is(t.throws(() => hashValue(value), { instanceOf: TyphoonError }).code, 'CANNOT_ENCODE')
  })
}

test('a slot is at least 0 and less than the count, for every hash', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: 1, max: 65_536 }),
      (hash, count) => {
        const slot = slotOf(hash, count)
        return Number.isInteger(slot) && slot >= 0 && slot < count
      },
    ),
  )
  t.pass()
})

const KEYS = 60_000
const SEED = 20_240_901

/** Distinct keys of several shapes: those that come one after the other are the hard ones. */
const KEY_SETS: readonly (readonly [string, () => Iterable<unknown>])[] = [
  ['words', () => randomWords(new Prng(SEED))],
  ['numbered words', () => Array.from({ length: KEYS }, (_, i) => `user-${i}`)],
  ['integers in a row', () => Array.from({ length: KEYS }, (_, i) => i)],
  ['multiples of 1024', () => Array.from({ length: KEYS }, (_, i) => i * 1024)],
  ['fractions', () => Array.from({ length: KEYS }, (_, i) => i + 0.5)],
  ['pairs', () => Array.from({ length: KEYS }, (_, i) => [i % 200, Math.floor(i / 200)])],
  ['objects', () => Array.from({ length: KEYS }, (_, i) => ({ x: i % 200, y: Math.floor(i / 200) }))],
]

for (const [what, keys] of KEY_SETS) {
  test(`${KEYS} distinct ${what} spread evenly over 2 to 64 tasks (seed ${SEED})`, (t) => {
    const hashes = Array.from(keys(), (key) => hashValue(key))
    t.is(hashes.length, KEYS)
    for (let tasks = 2; tasks <= 64; tasks++) {
      const counts = new Array<number>(tasks).fill(0)
      for (const hash of hashes) counts[slotOf(hash, tasks)]!++
      const expected = KEYS / tasks
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      // For an ideal hash the mean is `freedom`, the deviation √(2·freedom); six deviations and a little for small
      // counts.
      const freedom = tasks - 1
      t.true(chiSquare < freedom + 6 * Math.sqrt(2 * freedom) + 6, `${tasks} tasks: chi square ${chiSquare.toFixed(1)}`)
    }
  })
}

test(`60000 distinct words hardly ever share a hash (seed ${SEED})`, (t) => {
  const hashes = new Set([...randomWords(new Prng(SEED))].map((word) => hashValue(word)))
  // Ideal: n² / 2³³ = 0.4 collisions.
  t.true(hashes.size >= KEYS - 6, `${KEYS - hashes.size} collisions`)
})

function randomWords(random: Prng): Set<string> {
  const words = new Set<string>()
  while (words.size < KEYS) {
    const length = 3 + random.below(8)
    words.add(Array.from({ length }, () => String.fromCharCode(97 + random.below(26))).join(''))
  }
  return words
}

test('a list that refers to one large list again and again is refused before it is gone through', (t) => {
  const zeros = new Array(10_000).fill(0)
  t.throws(() => hashValue(new Array(10_000).fill(zeros)), { code: 'CANNOT_ENCODE' })
})
