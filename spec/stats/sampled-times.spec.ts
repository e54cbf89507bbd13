/** A tuple in 20 of a task is measured at most, until it is acked; what is never acked costs nothing for ever. */
import test from 'ava'
import { FULL_MS, makeCounters } from '../../lib/stats/counters.ts'
import { SampledTimes } from '../../lib/stats/sampled-times.ts'
import { Stopwatch } from '../../lib/stats/stopwatch.ts'

test('one tuple of a turn is measured, where 20 have passed since the last one', (t) => {
  const times = new SampledTimes()
  const due = [5, 5, 5, 5, 256, 256].map((passed) => {
    const { isDue } = times
    if (isDue) times.begin({}, 0)
    times.passed(passed)
    return isDue
  })
  t.deepEqual(due, [true, false, false, false, true, true])
})

test('an execution is timed until its promise settles', (t) => {
  const times = new SampledTimes()
  const tuple = {}
  times.begin(tuple, 10)
  times.awaits(tuple, 10)
  times.settled({}, 11)
  times.settled(tuple, 13)
  t.deepEqual([times.execution.total, times.execution.percentilesMs().max], [1, 3.007])
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
