import test from 'ava'
import fc from 'fast-check'
import { nearest, suggest } from '../../lib/errors/suggest.ts'

const NAMES = ['shuffle', 'fields', 'partial-key', 'all', 'global', 'none', 'direct', 'local-or-shuffle', 'custom']

const NEAR: readonly (readonly [string, string | undefined])[] = [
  ['shufle', 'shuffle'],
  ['SHUFFLE', 'shuffle'],
  ['shuffel', 'shuffle'],
  ['feilds', 'fields'],
  ['field', 'fields'],
  ['partialkey', 'partial-key'],
  ['al', 'all'],
  ['lobal', 'global'],
  ['random', undefined],
  ['', undefined],
  ['x', undefined],
]

for (const [name, expected] of NEAR) {
  test(`the name nearest to "${name}" is ${expected ?? 'none'}`, (t) => {
    t.is(nearest(name, NAMES), expected)
  })
}

test('of several near names the nearest is taken, and of equally near ones the first', (t) => {
  t.is(nearest('count', ['counts', 'count', 'mount']), 'count')
  t.is(nearest('cat', ['bat', 'rat']), 'bat')
})

test('a hint is the nearest name, else the known ones, else that there are none', (t) => {
  t.is(suggest('shufle', NAMES), 'did you mean "shuffle"?')
  t.is(suggest('zzzzzz', ['a', 'b']), 'known: a, b')
  t.is(suggest('zzzzzz', []), 'there are none')
})

test('a hint lists twelve names at most', (t) => {
  const names = Array.from({ length: 13 }, (_, i) => `component-${i}`)
  t.is(suggest('zzz', names), `known: ${names.slice(0, 12).join(', ')} …`)
  t.is(suggest('zzz', names.slice(1)), `known: ${names.slice(1).join(', ')}`)
})

test('names may come from any iterable, which is read once', (t) => {
  t.is(suggest('fieds', new Set(NAMES).values()), 'did you mean "fields"?')
})

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 3, maxLength: 12 })

test('a known name is nearest to itself, and one with a letter left out is found again', (t) => {
  fc.assert(
    fc.property(letters, fc.nat(), (name, at) => {
      const index = at % name.length
      const shorter = name.slice(0, index) + name.slice(index + 1)
      return (
        nearest(name, ['zzzzzzzzzzzzzzzzzzzz', name]) === name &&
        nearest(shorter, ['zzzzzzzzzzzzzzzzzzzz', name]) === name
      )
    }),
  )
  t.pass()
})

test('two neighbours in the wrong order are one edit', (t) => {
  t.is(nearest('wrod', ['word']), 'word')
  t.is(nearest('owrd', ['word']), 'word')
  t.is(nearest('drow', ['word']), undefined)
})
