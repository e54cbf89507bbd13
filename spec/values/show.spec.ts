/** How values look to people: one line, whatever they are. */
import test from 'ava'
import fc from 'fast-check'
import { lineOf } from '../../lib/values/column.ts'
import { show } from '../../lib/values/show.ts'

class Point {
  x = 1
}

const SHOWN: [unknown, string][] = [
  [{ word: 'the', count: 3 }, "{ word: 'the', count: 3 }"],
  [[1, -0, 10n, true, null, undefined, Number.NaN], '[ 1, -0, 10n, true, null, undefined, NaN ]'],
  [[[], {}, new Map(), new Set()], '[ [], {}, Map {}, Set {} ]'],
  [new Map<unknown, unknown>([['a', { b: 1 }]]), "Map { 'a' => { b: 1 } }"],
  [new Set([1, 2]), 'Set { 1, 2 }'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [new Date(Number.NaN), 'Invalid Date'],
  [Buffer.from('hello'), 'bytes(5) aGVsbG8='],
  [new Float64Array([0.5]), 'Float64Array [ 0.5 ]'],
  [new Point(), 'Point { x: 1 }'],
  [new URL('http://a/'), "URL 'http://a/'"],
  [new TypeError('no\nway'), '[TypeError: no\\nway]'],
  [Math.max, '[Function max]'],
  [Symbol('s'), 'Symbol(s)'],
  ["it's", `"it's"`],
  ['a\tb\nc\u001b[31m\\', "'a\\tb\\nc\\u001b[31m\\\\'"],
  [{ 'no name': 1 }, "{ 'no name': 1 }"],
  [[[[[[[['deep']]]]]]], '[ [ [ [ [ [ […] ] ] ] ] ] ]'],
]

for (const [value, text] of SHOWN) {
  test(`is shown as ${text}`, (t) => {
    t.is(show(value), text)
  })
}

test('what is long is cut, and says how long it is', (t) => {
  t.is(show('x'.repeat(1000)), `'${'x'.repeat(500)}…' (1000 characters)`)
  t.regex(show(new Uint8Array(1000)), /^bytes\(1000\) A+…$/)
  t.regex(show(Array.from({ length: 1000 }, () => 1)), /, … \(1000 in all\) \]$/)
  t.true(show(Array.from({ length: 90 }, () => 'x'.repeat(400))).length < 2100)
})

test('anything whatever is shown on one line, and nothing makes it throw', (t) => {
  const circle: unknown[] = []
  circle.push(circle)
  t.is(show(circle), '[ [Circular] ]')
  t.is(show({ get a() { throw new Error('no') } }), '[unreadable]') // biome-ignore format: one line
  t.is(show(Proxy.revocable({}, {}).proxy), '{}')
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  t.is(show([proxy]), '[ [unreadable] ]')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const isOneLine = (text: string): boolean => !/[\u0000-\u001f\u007f-\u009f]/.test(text)
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withNullPrototype: true,
      }),
      (value) => isOneLine(show(value)) && show(value).length <= 2001,
    ),
  )
  t.pass()
})

const LINES: [readonly unknown[], string][] = [
  [['the', 3, 1.5, true, null, undefined, 10n, Number.NaN], 'the,3,1.5,true,null,undefined,10,NaN'],
  [['a\nb', 'c,d', 'C:\\x "y"'], '"a\\nb","c,d",C:\\x "y"'],
  [[new Date(0), new Date(Number.NaN)], '1970-01-01T00:00:00.000Z,{"$date":null}'],
  [[Buffer.from('hi'), new Map([['a', 1]]), { x: [1] }], '{"$bytes":"aGk="},{"$map":[["a",1]]},{"x":[1]}'],
  [['one, alone'], 'one, alone'],
]

for (const [values, line] of LINES) {
  test(`a line of columns: ${line}`, (t) => {
    t.is(lineOf(values, ','), line)
  })
}

test('what cannot be written is refused in a column too', (t) => {
  for (const value of [() => 1, Symbol('s'), { f: Math.max }])
    t.throws(() => lineOf([value], ','), { code: 'CANNOT_ENCODE' })
})
