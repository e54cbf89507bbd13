import test from 'ava'
import { Repeats } from '../../lib/command/show/repeats.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'

const PROBLEM: Problem = { code: 'EXECUTE_FAILED', message: 'no 1', where: { component: 'a', file: '/a.ts', line: 1 } }

test('a problem is told at once, then later and later, each time with how many were left out', (t) => {
  const repeats = new Repeats()
  const told: [number, string][] = []
  for (let second = 0; second < 3600; second++) {
    const problem = repeats.add({ ...PROBLEM, message: `no ${second}` }, 10, second * 1000)
    if (problem !== undefined) told.push([second, problem.message])
  }
  t.deepEqual(told.slice(0, 3), [
    [0, '10 times more: no 0'],
    [10, '100 times more: no 10'],
    [30, '200 times more: no 30'],
  ])
  t.true(told.length < 15)
  const [rest] = repeats.rest()
  t.regex(rest!.message, /^\d+ times more: no 3599$/)
  t.deepEqual(repeats.rest(), [])
})

test('another code, component or place is another kind; another task or worker is not', (t) => {
  const repeats = new Repeats()
  const { where } = PROBLEM
  t.is(repeats.add(PROBLEM, 1, 0), PROBLEM)
  t.is(repeats.add({ ...PROBLEM, where: { ...where, task: 3, worker: 2 } }, 1, 0), undefined)
  for (const other of [
    { ...PROBLEM, code: 'CANNOT_ENCODE' as const },
    { ...PROBLEM, where: { ...where, component: 'b' } },
    { ...PROBLEM, where: { ...where, line: 2 } },
  ])
    t.is(repeats.add(other, 1, 0), other)
})

test('what ends a run is not repeated by being its end, and is if it has come more often', (t) => {
  const repeats = new Repeats()
  repeats.add(PROBLEM, 1, 0)
  repeats.add(PROBLEM, 1, 1)
  t.deepEqual(repeats.rest(PROBLEM), [])
  repeats.add(PROBLEM, 2, 2)
  t.is(repeats.rest(PROBLEM).length, 1)
  repeats.add({ ...PROBLEM, message: 'no 2' }, 1, 3)
  t.is(repeats.rest(PROBLEM).length, 1)
})
