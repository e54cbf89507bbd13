/** Shapes: what has passed one has its type, and what has another form does not pass. */
import test from 'ava'
import { list, number, object, oneOf, orNull, pair, record, tagged, text, whole } from '../../lib/shape/guards.ts'

const row = object({ id: whole(1), name: text(5) }, { note: orNull(text()) })
const message = tagged('type', { one: object({ row }), many: object({ rows: list(row) }), stop: object({}) })

const GOOD: [string, (value: unknown) => boolean, unknown][] = [
  ['all that must be there', row, { id: 1, name: 'a' }],
  ['what may be there', row, { id: 1, name: 'a', note: null }],
  ['what may be there and is undefined', row, { id: 1, name: 'a', note: undefined }],
  ['what nobody has named', row, { id: 1, name: 'a', more: [] }],
  ['a pair', pair(whole(), text()), [1, 'a']],
  ['a record', record(number), { a: 1.5, b: -1 }],
  ['one of two', oneOf('a', true), true],
  ['a message by its tag', message, { type: 'many', rows: [{ id: 1, name: 'a' }] }],
  ['a message of nothing but its tag', message, { type: 'stop' }],
]

const BAD: [string, (value: unknown) => boolean, unknown][] = [
  ['what is missing', row, { id: 1 }],
  ['what is only inherited', row, Object.create({ id: 1, name: 'a' })],
  ['a number below its limit', row, { id: 0, name: 'a' }],
  ['a text that is too long', row, { id: 1, name: 'abcdef' }],
  ['an optional of another type', row, { id: 1, name: 'a', note: 1 }],
  ['a list for an object', row, []],
  ['null for an object', row, null],
  ['a pair of three', pair(whole(), text()), [1, 'a', 2]],
  ['a number that is not finite', number, Number.NaN],
  ['another tag', message, { type: 'other' }],
  ['a tag that every object has', message, { type: 'toString' }],
  ['no tag', message, { rows: [] }],
  ['the shape of another tag', message, { type: 'one', rows: [] }],
]

for (const [what, shape, value] of GOOD) test(`passes: ${what}`, (t) => t.true(shape(value)))
for (const [what, shape, value] of BAD) test(`does not pass: ${what}`, (t) => t.false(shape(value)))

test('what has passed has its type', (t) => {
  const value: unknown = { type: 'one', row: { id: 7, name: 'a' } }
  if (!message(value)) return t.fail()
  if (value.type !== 'one') return t.fail()
  const { id, name }: { readonly id: number; readonly name: string } = value.row
  t.deepEqual([id, name], [7, 'a'])
})
