import test from 'ava'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { KeptProblems } from '../../lib/nimbus/hosted/kept-problems.ts'

const GIVEN_UP: Problem = {
  code: 'TUPLE_GIVEN_UP',
  message: 'no number in "x0"',
  where: { component: 'parse', task: 3, file: '/parse.ts', line: 7 },
}
const FAILED: Problem = { code: 'OUTPUT_FAILED', message: 'no space', where: { component: 'sink' } }

/** At the second of each call. */
function kept(): KeptProblems {
  let second = 0
  return new KeptProblems(() => new Date(Date.UTC(2030, 0, 1, 0, 0, second++)))
}

test('a thousand tuples that are given up are one entry, and push out nothing', (t) => {
  const problems = kept()
  problems.add(FAILED, 1)
  for (let n = 1; n <= 1000; n++)
    problems.add(
      { ...GIVEN_UP, message: `no number in "x${n}"`, where: { ...GIVEN_UP.where, task: 3 + (n % 2) } },
      2,
      2,
    )
  const [failed, givenUp, ...others] = problems.all
  t.deepEqual(others, [])
  t.like(failed, { times: 1, since: '2030-01-01T00:00:00.000Z', time: '2030-01-01T00:00:00.000Z', worker: 1 })
  t.like(givenUp, { times: 2000, since: '2030-01-01T00:00:01.000Z', time: '2030-01-01T00:16:40.000Z', worker: 2 })
  t.is(givenUp?.problem.message, 'no number in "x1000"')
})

test('another code, component or place is another entry, and the one that came last is the last', (t) => {
  const problems = kept()
  const { where } = GIVEN_UP
  const others = [FAILED, { ...GIVEN_UP, where: { ...where, line: 8 } }, { ...GIVEN_UP, where: { component: 'parse' } }]
  for (const problem of [GIVEN_UP, ...others, GIVEN_UP]) problems.add(problem, 0)
  t.deepEqual(
    problems.all.map(({ problem, times }) => [problem, times]),
    [...others.map((problem) => [problem, 1]), [GIVEN_UP, 2]],
  )
})

test('a hundred are kept, those that came last', (t) => {
  const problems = kept()
  for (let line = 1; line <= 150; line++) problems.add({ ...GIVEN_UP, where: { ...GIVEN_UP.where, line } }, 0)
  t.deepEqual([problems.all.length, problems.all[0]?.problem.where.line], [100, 51])
})
