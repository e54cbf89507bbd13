/** Every 20th tuple of a task is measured, until it is acked; what is never acked costs nothing for ever. */
import test from 'ava'
import { FULL_MS, makeCounters } from '../../lib/stats/counters.ts'
import { SampledTimes } from '../../lib/stats/sampled-times.ts'
import { Stopwatch } from '../../lib/stats/stopwatch.ts'

test('the first of 20 tuples is measured', (t) => {
  const times = new SampledTimes()
  const measured = Array.from({ length: 61 }, () => times.isNext()).flatMap((isNext, index) => (isNext ? [index] : []))
  t.deepEqual(measured, [0, 20, 40, 60])
})

test('a tuple is timed from its begin to its ack; one that fails, and one that was not measured, is not', (t) => {
  const times = new SampledTimes()
  const [acked, failed, other] = [{}, {}, {}]
  times.begin(acked, 10)
  times.begin(failed, 10)
  times.failed(failed)
  times.acked(failed, 12)
  times.acked(other, 12)
  t.true(times.waits)
  times.acked(acked, 12)
  t.deepEqual([times.waits, times.processing.total, times.processing.percentilesMs().max], [false, 1, 2.015])
})

test('of tuples that are never acked a few are waited for', (t) => {
  const times = new SampledTimes()
  const tuples = Array.from({ length: 100 }, () => ({}))
  for (const tuple of tuples) times.begin(tuple, 0)
  for (const tuple of tuples) times.acked(tuple, 1)
  t.deepEqual([times.processing.total, times.waits], [16, false])
})

test('a stopwatch runs from the first who holds it to the last, and tells what has passed before that', (t) => {
  let now = 0
  const counters = makeCounters()
  const stopwatch = new Stopwatch(counters, FULL_MS, { now: () => now })
  const after = (ms: number, isSo?: boolean): number => {
    now += ms
    if (isSo === undefined) stopwatch.settle()
    else stopwatch.change(isSo)
    return counters[FULL_MS]!
  }
  t.deepEqual(
    [after(5, true), after(5, true), after(5), after(5, false), after(5, false), after(5)],
    [0, 5, 10, 15, 20, 20],
  )
})
