/** The law of "the same key": it holds across the wire, and hashes go by it. */
import test from 'ava'
import fc from 'fast-check'
import { hashValue } from '../../lib/values/hash.ts'
import { isSameKey, keyOf, mapKeyOf, valuesOfKey } from '../../lib/values/key.ts'
import { roundTrip } from '../codec/tuples.ts'
import { disguised, values } from './arbitrary.ts'

/** A value, and the same key in disguise. */
const twins = fc
  .tuple(values, fc.infiniteStream(fc.boolean()))
  .map(([value, coins]) => [value, disguised(value, () => coins.next().value as boolean)] as const)

test('a value and what the wire makes of it are the same key, with the same hash, here and there', (t) => {
  fc.assert(
    fc.property(twins, ([value, twin]) => {
      const arrived = roundTrip(twin)
      return [twin, arrived].every(
        (one) =>
          keyOf([one]) === keyOf([value]) && hashValue(one) === hashValue(value) && mapKeyOf(one) === mapKeyOf(value),
      )
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('two values have the same key just where their Map key is the same; then their hashes are too', (t) => {
  const few = fc.oneof(fc.constantFrom(0, -0, '0', '', '\0', 1n, 1, '1', null, undefined, Number.NaN, 'NaN'), values)
  fc.assert(
    fc.property(few, few, (a, b) => {
      const same = keyOf([a]) === keyOf([b])
      return (
        same === (mapKeyOf(a) === mapKeyOf(b)) && same === isSameKey(a, b) && (!same || hashValue(a) === hashValue(b))
      )
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('the values of a key are of that key', (t) => {
  fc.assert(fc.property(fc.array(values, { maxLength: 3 }), (row) => keyOf(valuesOfKey(keyOf(row))) === keyOf(row)))
  t.pass()
})

class Money {
  readonly cents: bigint

  constructor(cents: bigint) {
    this.cents = cents
  }

  toJSON(): string {
    return `EUR ${this.cents}`
  }
}

const SAME: [string, unknown, unknown][] = [
  ['bytes in a Buffer and in a Uint8Array', Buffer.from('k1'), new Uint8Array([107, 49])],
  ['objects with their properties in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['maps in another order', new Map([['a', 1], ['b', 2]]), new Map([['b', 2], ['a', 1]])],
  ['sets in another order', new Set(['a', 1]), new Set([1, 'a'])],
  ['a date and its copy', new Date(5), new Date(5)],
  ['bigints', 2n ** 70n, BigInt('1180591620717411303424')],
  ['an instance and what its toJSON gives', new Money(500n), 'EUR 500'],
  ['0 and -0', [0], [-0]],
  ['NaN and NaN', Number.NaN, 0 / 0],
  ['null and undefined', { a: null }, { a: undefined }],
  ['maps whose keys go as the same text', new Map([[new URL('http://a/'), 1], [new URL('http://a/'), 2]]), new Map([['http://a/', 2]])],
  ['sets whose items go as the same text', new Set([new Money(1n), new Money(1n)]), new Set(['EUR 1'])],
] // biome-ignore format: a line a case

for (const [what, one, other] of SAME) {
  test(`the same key: ${what}`, (t) => {
    t.true(isSameKey(one, other))
    t.is(keyOf(['x', one]), keyOf(['x', other]))
    t.is(hashValue(one), hashValue(other))
    t.is(hashValue(roundTrip(one)), hashValue(other))
  })
}

const DIFFERENT: readonly unknown[] = [
  1, '1', 1n, true, [1], [[1]], new Set([1]), new Map([[1, 1]]), { 1: 1 }, new Int32Array([1]), new Float64Array([1]), new Uint8Array([1]), '', '\0', null, Number.NaN,
  'NaN', new Date(1), new Date(1).toISOString(), new Date(Number.NaN), {}, { a: null }, { a: 1 }, { $bigint: '1' }, { $$bigint: '1' }, { $map: [[1, 1]] }, '[1]', '\0[1]',
] // biome-ignore format: a list of values

test('everything else differs by its kind', (t) => {
  t.is(new Set(DIFFERENT.map((value) => keyOf([value]))).size, DIFFERENT.length)
})

test('a lone text is its own key; the values of several are told apart by their borders', (t) => {
  t.is(keyOf(['home']), 'home')
  t.not(keyOf(['ab', 'c']), keyOf(['a', 'bc']))
  t.not(keyOf(['a']), keyOf([['a']]))
})

for (const [what, value] of [['a function', { f: Math.abs }], ['an instance of a class', new (class Point {})()], ['a Uint16Array', new Uint16Array(1)]] as const) {
  test(`${what} is no key, as it cannot be sent`, (t) => {
    for (const call of [keyOf, hashValue]) t.throws(() => call([value]), { code: 'CANNOT_ENCODE' })
  })
} // biome-ignore format: a line a case
