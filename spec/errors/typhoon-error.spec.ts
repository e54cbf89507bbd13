import test from 'ava'
import { DefinitionError, messageOf, type Problem, TyphoonError, toProblem } from '../../lib/errors/typhoon-error.ts'

const PROBLEMS: readonly Problem[] = [
  { code: 'UNKNOWN_FIELD', message: 'first', where: { component: 'count' }, hint: 'did you mean "word"?' },
  { code: 'NO_SPOUT', message: 'second', where: {} },
]

test('an error has its code, place, hint and cause', (t) => {
  const cause = new Error('ENOENT')
  const error = new TyphoonError('FILE_NOT_FOUND', 'no such file', {
    where: { file: 'a.yaml' },
    hint: 'look again',
    cause,
  })
  t.true(error instanceof Error)
  t.is(error.name, 'TyphoonError')
  t.is(error.cause, cause)
  t.deepEqual(error.problems, [
    { code: 'FILE_NOT_FOUND', message: 'no such file', where: { file: 'a.yaml' }, hint: 'look again' },
  ])
})

test('a definition error carries all problems, and is in itself the first of them', (t) => {
  const error = new DefinitionError(PROBLEMS)
  t.true(error instanceof TyphoonError)
  t.is(error.name, 'DefinitionError')
  t.is(error.code, 'UNKNOWN_FIELD')
  t.deepEqual(error.where, { component: 'count' })
  t.is(error.hint, 'did you mean "word"?')
  t.is(error.message, 'first\nsecond')
  t.deepEqual(error.problems, PROBLEMS)
})

test('problems survive JSON unchanged: they travel between processes', (t) => {
  const problems = new DefinitionError(PROBLEMS).problems
  t.deepEqual(JSON.parse(JSON.stringify(problems)), problems)
})

test('any thrown thing becomes a problem; what the error knows of its place goes before what the catcher knows', (t) => {
  const where = { component: 'split', task: 3 }
  t.deepEqual(toProblem(new TyphoonError('WRONG_VALUES', 'm', { where: { task: 4 } }), 'EXECUTE_FAILED', where), {
    code: 'WRONG_VALUES',
    message: 'm',
    where: { component: 'split', task: 4 },
  })
  t.deepEqual(toProblem(new Error('boom'), 'EXECUTE_FAILED', where), { code: 'EXECUTE_FAILED', message: 'boom', where })
  t.deepEqual(toProblem('a string'), { code: 'INTERNAL', message: 'a string', where: {} })
  t.deepEqual(toProblem(new DefinitionError(PROBLEMS)), PROBLEMS[0])
})

test('the message of any thrown thing is its message, its name, or itself as text', (t) => {
  const things = [new Error('boom'), new RangeError(), 'text', 42, null, undefined, Symbol('s')]
  t.deepEqual(things.map(messageOf), ['boom', 'RangeError', 'text', '42', 'null', 'undefined', 'Symbol(s)'])
})
