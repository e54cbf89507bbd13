/** How often batches begin, and how long they are. */
import test from 'ava'
import { Pace } from '../../../lib/trident/batch/coordinator/pace.ts'

/** Begins so many batches, one after the other; before each of them it was too late or not. */
function begun(pace: Pace, count: number, isLate: boolean): number {
  for (let i = 0; i < count; i++) {
    if (isLate) pace.late()
    pace.began(i * 1000)
  }
  return pace.budgetMs
}

test('a batch takes as long as the interval while the ones before it are through in time', (t) => {
  const pace = new Pace(10, 500)
  t.is(pace.budgetMs, 10)
  t.is(begun(pace, 100, false), 10)
})

test('batches grow while they are late, up to the limit, and shrink again when they are not', (t) => {
  const pace = new Pace(10, 500)
  const grown = begun(pace, 5, true)
  t.true(grown > 10 && grown < 500, `${grown}`)
  t.is(begun(pace, 100, true), 500)
  t.true(begun(pace, 5, false) < 500)
  t.is(begun(pace, 100, false), 10)
})

test('after a failure they are small again', (t) => {
  const pace = new Pace(10, 500)
  begun(pace, 100, true)
  pace.failed()
  t.is(pace.budgetMs, 10)
})

test('a new batch begins once in each interval, more seldom while none brings rows, and at once as often again when one does', (t) => {
  const pace = new Pace(10, 500)
  t.true(pace.isTime(0))
  pace.began(0)
  t.false(pace.isTime(9))
  t.true(pace.isTime(10))
  for (let i = 0; i < 10; i++) pace.brought(0)
  t.false(pace.isTime(99))
  t.true(pace.isTime(100))
  pace.brought(1)
  t.true(pace.isTime(10))
})

test('an interval longer than the limit is the length of a batch', (t) => {
  t.is(begun(new Pace(1000, 500), 10, true), 1000)
})
