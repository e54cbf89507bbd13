/**
 * The law: what the wire carries comes back from the text form just so, and what the wire refuses is refused, with its
 * place.
 */
import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { decode, encode, encodeCut } from '../../lib/values/text.ts'
import { roundTrip } from '../codec/tuples.ts'
import { values } from './arbitrary.ts'

test('any value comes back equal to itself, and to what the wire makes of it; its text is one line of JSON', (t) => {
  fc.assert(
    fc.property(values, (value) => {
      const text = encode(value)
      JSON.parse(text)
      return (
        !/[\n\r]/.test(text) &&
        isDeepStrictEqual(decode(text), value) &&
        isDeepStrictEqual(decode(text), roundTrip(value))
      )
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

const TEXTS: [string, unknown, string][] = [
  ['what JSON has', { a: [1, 'b', true, null] }, '{"a":[1,"b",true,null]}'],
  ['undefined', { a: undefined }, '{"a":{"$undefined":true}}'],
  ['numbers that JSON lacks', [Number.NaN, -0], '[{"$number":"NaN"},{"$number":"-0"}]'],
  ['a bigint', 2n ** 70n, '{"$bigint":"1180591620717411303424"}'],
  ['bytes', Buffer.from('hi'), '{"$bytes":"aGk="}'],
  ['a date', new Date(0), '{"$date":"1970-01-01T00:00:00.000Z"}'],
  ['a date that is none', new Date(Number.NaN), '{"$date":null}'],
  ['a map', new Map([[{ k: 1 }, new Set([1])]]), '{"$map":[[{"k":1},{"$set":[1]}]]}'],
  ['typed arrays', [new Int32Array([1, -2]), new Float64Array([0.5, -0])], '[{"$int32s":[1,-2]},{"$float64s":[0.5,{"$number":"-0"}]}]'],
  ['a plain object that looks like one of these', { $date: { $$date: 1 } }, '{"$$date":{"$$$date":1}}'],
  ['a mark among other names', { $date: 1, b: 2 }, '{"$date":1,"b":2}'],
  ['an instance, as its toJSON says', { at: new URL('http://example.org/') }, '{"at":"http://example.org/"}'],
] // biome-ignore format: a line a case

for (const [what, value, text] of TEXTS) {
  test(`the text of ${what}`, (t) => {
    t.is(encode(value), text)
    t.deepEqual(decode(text), roundTrip(value))
  })
}

test('the key __proto__ is a property like any other', (t) => {
  const value: unknown = JSON.parse('{"__proto__":{"admin":{"$bigint":"1"}},"b":1}')
  const back = decode(encode(value)) as Record<string, unknown>
  t.is(Object.getPrototypeOf(back), Object.prototype)
  t.deepEqual(Object.keys(back), ['__proto__', 'b'])
})

class Secret {}
const circle: Record<string, unknown> = { other: 1 }
circle['self'] = { list: [circle] }
class Endless {
  toJSON(): unknown {
    return new Endless()
  }
}

const REFUSALS: [string, unknown, string][] = [
  ['a function', { a: [() => 1] }, '.a[0]'],
  ['a symbol', [Symbol('s')], '[0]'],
  ['an instance of a class', new Map([['k', new Secret()]]), '.entry(0)'],
  ['a circular object', { a: circle }, '.a'],
  ['a getter that throws', { get a() { throw new Error('no') } }, '.a'], // biome-ignore format: one line a case
  ['more items than an array may have', new Array(2 ** 32 - 1), ''],
]

for (const [what, value, path] of REFUSALS) {
  test(`${what} is refused, with its place`, (t) => {
    const error = t.throws(() => encode(value, 'it'), { instanceOf: TyphoonError })
    t.is(error.code, 'CANNOT_ENCODE')
    t.is(error.where.path, path)
  })
}

test('a toJSON that never comes to an end is refused', (t) => {
  t.throws(() => encode(new Endless()), { code: 'CANNOT_ENCODE' })
})

test('a text that nobody has encoded is a syntax error or plain JSON, and nothing else', (t) => {
  for (const text of [
    '',
    '{',
    '{"$map":1}',
    '{"$map":[1]}',
    '{"$set":{}}',
    '{"$bigint":"x"}',
    '{"$bytes":1}',
    `${'['.repeat(500)}{"$set":[]}${']'.repeat(500)}`,
  ]) {
    t.throws(() => decode(text), { instanceOf: SyntaxError }, text)
  }
  t.deepEqual(decode('{"$other":1}'), { $other: 1 })
})

test('bytes that are cut have their length beside them, and are no bytes to a reader', (t) => {
  t.is(encodeCut({ a: Buffer.from('hello') }, 2), '{"a":{"$bytes":"aGU=…","length":5}}')
  t.is(encodeCut(Buffer.from('hello'), 5), '{"$bytes":"aGVsbG8="}')
  t.deepEqual(decode(encodeCut(Buffer.from('hello'), 2)), { $bytes: 'aGU=…', length: 5 })
})
