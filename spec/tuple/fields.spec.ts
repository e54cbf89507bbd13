import test from 'ava'
import fc from 'fast-check'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { isPermanent } from '../../lib/topology/component/failure/permanent-error.ts'
import { Fields, fields } from '../../lib/tuple/fields.ts'
import type { Values } from '../../lib/tuple/row.ts'
import { number } from '../../lib/tuple/schema.ts'

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return error instanceof TyphoonError ? error.code : String(error)
  }
}

test('fields keep their order, know their number, and where each stands', (t) => {
  const two = fields('foo', 'bar')
  t.deepEqual(two.names, ['foo', 'bar'])
  t.is(two.size, 2)
  t.is(two.indexOf('foo'), 0)
  t.is(two.indexOf('bar'), 1)
  t.is(two.get(0), 'foo')
  t.is(two.get(1), 'bar')
  t.true(two.has('bar'))
  t.false(two.has('baz'))
})

test('a field that is declared twice is an error', (t) => {
  t.is(
    codeOf(() => fields('foo', 'bar', 'foo')),
    'DUPLICATE_FIELD',
  )
  t.is(
    codeOf(() => new Fields(['a', 'a'])),
    'DUPLICATE_FIELD',
  )
})

test('the index of an unknown field is an error that names it', (t) => {
  const error = t.throws(() => fields('foo').indexOf('baz'), { instanceOf: TyphoonError })
  t.like(error, { code: 'UNKNOWN_FIELD', where: { field: 'baz' } })
})

test('a field out of bounds is an error', (t) => {
  const two = fields('foo', 'bar')
  for (const index of [2, -1, 0.5])
    t.is(
      codeOf(() => two.get(index)),
      'UNKNOWN_FIELD',
    )
})

test('names that every object has are no fields', (t) => {
  for (const name of ['constructor', 'toString', '__proto__', 'length']) {
    t.false(fields('foo').has(name))
    t.is(
      codeOf(() => fields('foo').indexOf(name)),
      'UNKNOWN_FIELD',
    )
    t.is(new Fields(['foo', name]).indexOf(name), 1)
  }
})

test('select picks values in the order of the selector, also of a tuple that is longer than the fields', (t) => {
  const two = fields('foo', 'bar')
  t.deepEqual(two.select(fields('bar', 'foo'), ['a', 'b', 'c']), ['b', 'a'])
  t.deepEqual(two.select(['bar'], ['a', 'b', 'c']), ['b'])
  t.deepEqual(two.select([], ['a', 'b']), [])
})

test('to select an unknown field is an error', (t) => {
  t.is(
    codeOf(() => fields('foo', 'bar').select(['bar', 'baz'], ['a', 'b', 'c'])),
    'UNKNOWN_FIELD',
  )
})

test('no fields are fields too', (t) => {
  t.is(fields().size, 0)
  t.deepEqual(fields().names, [])
  t.is(
    codeOf(() => fields().indexOf('a')),
    'UNKNOWN_FIELD',
  )
})

test('what the fields are made from can change afterwards without changing them', (t) => {
  const names = ['a', 'b']
  const made = new Fields(names)
  names.push('c')
  t.deepEqual(made.names, ['a', 'b'])
})

test('get and indexOf are each the opposite of the other, whatever the names', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), (names) => {
      const made = new Fields(names)
      return (
        made.size === names.length &&
        names.every((name, index) => made.indexOf(name) === index && made.get(index) === name)
      )
    }),
  )
  t.pass()
})

test('values are a list: of none, of one null, of a null and a string', (t) => {
  const none: Values = []
  const one: Values = [null]
  const two: Values = [null, 'A']
  t.deepEqual([none.length, one.length, two.length], [0, 1, 2])
  t.is(fields('only').select(['only'], one)[0], null)
  t.deepEqual(fields('first', 'second').select(['second', 'first'], two), ['A', null])
})

test('a value that its field does not validate is told with the field and the value, and is permanent', (t) => {
  const error = t.throws(() => fields({ count: number }, { validate: true }).valuesOf([{ a: 'x'.repeat(999) }]))
  t.regex(error.message, /"count", \{ a: 'xxx/)
  t.true(error.message.length < 400)
  t.true(isPermanent(error))
})
