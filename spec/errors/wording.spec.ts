import test from 'ava'
import { DefinitionError, TyphoonError, toFinding, toProblem, worded } from '../../lib/errors/typhoon-error.ts'

const BOTH = { code: 'setBolt(…)', yaml: 'bolts: […]' }

test('a hint in two wordings is shown to who writes code, and kept whole until a language is chosen', (t) => {
  const error = new TyphoonError('NO_SPOUT', 'no spout', { hint: BOTH })
  t.is(error.hint, BOTH.code)
  t.is(toProblem(error).hint, BOTH.code)
  t.is(error.problems[0]!.hint, BOTH.code)
  t.deepEqual(toFinding(error).hint, BOTH)
  t.is(worded('yaml', toFinding(error)).hint, BOTH.yaml)
})

test('so it is with each problem of a definition', (t) => {
  const where = { component: 'a' }
  const error = new DefinitionError([
    { code: 'NO_INPUT', message: 'one', where, hint: BOTH },
    { code: 'NO_INPUT', message: 'two', where, hint: 'as it is' },
    { code: 'NO_INPUT', message: 'three', where },
  ])
  const hintsIn = (language: 'code' | 'yaml') => error.findings.map((finding) => worded(language, finding).hint)
  t.deepEqual(
    error.problems.map(({ hint }) => hint),
    hintsIn('code'),
  )
  t.deepEqual(hintsIn('code'), [BOTH.code, 'as it is', undefined])
  t.deepEqual(hintsIn('yaml'), [BOTH.yaml, 'as it is', undefined])
})
