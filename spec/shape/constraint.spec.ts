/** What a value may be: whether it fits, how that is said, and how JSON Schema says it. */
import test from 'ava'
import { type Constraint, fits, inWords, schemaOf } from '../../lib/shape/constraint.ts'
import { quoted } from '../../lib/shape/quoted.ts'

interface Case {
  readonly constraint: Constraint
  readonly words: string
  readonly schema: object
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
}

const CASES: readonly Case[] = [
  {
    constraint: { type: 'integer', least: 1, most: 1024 },
    words: 'a whole number from 1 to 1024',
    schema: { type: 'integer', minimum: 1, maximum: 1024 },
    good: [1, 1024],
    bad: [0, 1025, 1.5, '2', Number.NaN, 1n, null, undefined],
  },
  {
    constraint: { type: 'count', least: 0 },
    words: 'a whole number from 0 up',
    schema: { type: 'integer', minimum: 0 },
    good: [0, Number.POSITIVE_INFINITY],
    bad: [-1, 2 ** 53, Number.NEGATIVE_INFINITY],
  },
  {
    constraint: { type: 'number', most: 9 },
    words: 'a number of at most 9',
    schema: { type: 'number', maximum: 9 },
    good: [-0.5, 9],
    bad: [9.1, Number.POSITIVE_INFINITY],
  },
  {
    constraint: { type: 'text', choices: ['a', 'b', 'c'] },
    words: '"a", "b" or "c"',
    schema: { type: 'string', enum: ['a', 'b', 'c'] },
    good: ['a', 'c'],
    bad: ['', 'd', ['a'], 1],
  },
  {
    constraint: { type: 'texts', choices: ['a', 'b'] },
    words: 'a list of "a" or "b"',
    schema: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
    good: [[], ['a', 'b', 'a']],
    bad: ['a', ['c'], ['a', 1]],
  },
  { constraint: { type: 'flag' }, words: 'true or false', schema: { type: 'boolean' }, good: [true], bad: [0, 'true'] },
  { constraint: { type: 'map' }, words: 'a map', schema: { type: 'object' }, good: [{}], bad: [null, [], 'a'] },
  { constraint: { type: 'call' }, words: 'a function', schema: {}, good: [() => 0], bad: [{}] },
]

for (const { constraint, words, schema, good, bad } of CASES)
  test(`${words} is checked, said, and written as a schema`, (t) => {
    t.is(inWords(constraint), words)
    t.deepEqual(schemaOf(constraint), schema)
    for (const value of good) t.true(fits(value, constraint), quoted(value))
    for (const value of bad) t.false(fits(value, constraint), quoted(value))
  })

test('a text of digits is not shown as a number is, and no value is too much for a message', (t) => {
  t.deepEqual([quoted('2'), quoted(2), quoted(2n)], ['"2"', '2', '2n'])
  const round: unknown[] = []
  round.push(round)
  t.notThrows(() => quoted(round))
  for (const long of ['x'.repeat(1e6), new Array(1e6).fill(0)]) t.true(quoted(long).length < 300)
})
