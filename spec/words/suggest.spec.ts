import test from 'ava'
import fc from 'fast-check'
import { nearest, suggest } from '../../lib/words/suggest.ts'

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

const SHORT: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ['x', ['y', 'id', 'xy'], undefined],
  ['x', ['y', 'X'], 'X'],
  ['id', ['in', 'it', 'of'], undefined],
  ['to', ['do', 'from'], undefined],
  ['ot', ['do', 'to'], 'to'],
  ['ke', ['ks', 'key'], 'key'],
]

test('to a name of one letter or two no other name of other letters is near', (t) => {
  for (const [name, known, expected] of SHORT) t.is(nearest(name, known), expected)
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

test('a name of megabytes is near nothing, however many names there are', (t) => {
  const names = Array.from({ length: 100_000 }, (_, n) => `name-${n}`)
  t.regex(suggest('x'.repeat(6_000_000), names), /^known: name-0, /)
  t.is(nearest('nane-7', names), 'name-7')
})

test('long names are listed by their beginning', (t) => {
  t.is(suggest('zzz', ['x'.repeat(1000)]), `known: ${'x'.repeat(100)}…`)
})

test('the nearest name is the one that is nearest by the whole table of distances', (t) => {
  fc.assert(
    fc.property(letters, fc.array(letters, { maxLength: 8 }), (name, known) => {
      const limit = Math.max(1, Math.floor(name.length / 3))
      const distances = known.map((one) => distanceBetween(name, one))
      const least = Math.min(limit + 1, ...distances)
      t.is(nearest(name, known), least <= limit ? known[distances.indexOf(least)] : undefined)
    }),
  )
})

/** Optimal string alignment, by its definition. */
function distanceBetween(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j))
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      table[i]![j] = Math.min(
        table[i - 1]![j]! + 1,
        table[i]![j - 1]! + 1,
        table[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? table[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY,
      )
    }
  }
  return table[a.length]![b.length]!
}
