/** Conditions over tuples: what holds, what is refused before a tuple is seen, and that none takes forever. */
import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { condition } from '../../lib/expression/expression.ts'

const TUPLE = { word: 'storm', n: 3, part: 1.5, list: [1, 2, 3], 'first name': 'Ada', nothing: null, deep: { id: 7n } }

function holds(text: string, tuple: Readonly<Record<string, unknown>> = TUPLE): boolean {
  return condition(text, Object.keys(TUPLE))({ component: 'split', stream: 'default', task: 3, tuple })
}

for (const [text, wanted] of [
  ["word == 'storm' && n > 2", true],
  ["word.startsWith('st') && !(n == 4)", true],
  ['n % 2 == 1 && n + 1 == 4 && n / 2 == 1.5', true],
  ['part * 2 == 3 && part < n', true],
  ["word in ['rain', 'storm']", true],
  ["tuple['first name'] == 'Ada' && tuple.list.exists(x, x > 2)", true],
  ["component == 'split' && stream == 'default' && task == 3", true],
  ['nothing == null && deep.id > 6', true],
  ['n == 4', false],
] as const)
  test(`of a tuple it is ${wanted} that ${text}`, (t) => {
    t.is(holds(text), wanted)
  })

test('it is said why it cannot be said of a tuple whether it holds, and nothing where it can', (t) => {
  const subject = { component: 'split', stream: 'default', task: 3, tuple: TUPLE }
  for (const [text, fails] of [
    ['word > 3', true],
    ['word', true],
    ['deep.missing == 1', true],
    ['word == 3', false],
    ['n > 2', false],
  ] as const) {
    const reasons: string[] = []
    condition(text, Object.keys(TUPLE))(subject, (why) => reasons.push(why))
    t.is(reasons.length, fails ? 1 : 0, text)
  }
})

test('what cannot be said of a tuple does not hold of it', (t) => {
  for (const text of ['word > 3 || n > 100', 'deep.missing == 1', 'n.size() == 3', 'word', 'part % 0 > 1'])
    t.false(holds(text), text)
  t.false(holds("word == 'storm'", {}))
})

for (const [what, text, column] of [
  ['a field that there is not', "wrod == 'storm'", 1],
  ['half a comparison', 'n >', 4],
  ['two values', 'n n', 3],
  ['a number', '1 + 2', undefined],
  ['nothing', '', 1],
  ['a regular expression', "word.matches('(a+)+$')", undefined],
  ['a loop in a loop', 'tuple.list.all(x, tuple.list.all(y, x == y))', undefined],
  ['a call of what there is not', "require('fs')", 1],
  ['more than anyone writes', `${'n == 1 || '.repeat(300)}n == 2`, undefined],
  ['what is deeper than anyone writes', `${'('.repeat(100)}n == 1${')'.repeat(100)}`, undefined],
] as const)
  test(`a condition that is ${what} is refused`, (t) => {
    const error = t.throws(() => holds(text), { instanceOf: TyphoonError })
    t.is(error.code, 'BAD_EXPRESSION')
    if (column !== undefined) t.is(error.problems[0]!.where.column, column)
  })

test('nothing of the language of the machine is reached', (t) => {
  for (const name of ['constructor', '__proto__', 'toString', 'prototype']) {
    t.throws(() => holds(`${name} == 1`), { code: 'BAD_EXPRESSION' })
    t.false(holds(`tuple.${name} != null`))
    t.false(holds(`word.${name} != null`))
  }
})
