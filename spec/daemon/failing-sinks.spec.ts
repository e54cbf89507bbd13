/** Sinks that cannot write, and the roots that time out because of them. */
import test from 'ava'
import { FailingSinks } from '../../lib/daemon/failing-sinks.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'

const FAILED: Problem = { code: 'OUTPUT_FAILED', message: 'no space', where: { component: 'sink' }, hint: 'make room' }
const TIMED_OUT: Problem = { code: 'ROOT_TIMED_OUT', message: 'out', where: { component: 'lines', holder: 'sink' } }

test('a root that a failing sink holds is told of with the failure, and with what to do about that', (t) => {
  const sinks = new FailingSinks(new SimulatedClock(), 10_000)
  t.is(sinks.told(TIMED_OUT, 1), TIMED_OUT)
  t.is(sinks.told(FAILED, 2, 7), FAILED)
  const told = sinks.told(TIMED_OUT, 1)
  t.like(told, { code: 'ROOT_TIMED_OUT', where: TIMED_OUT.where, hint: 'make room' })
  t.true(told.message.includes(FAILED.message))
  const other = { ...TIMED_OUT, where: { component: 'lines', holder: 'count' } }
  t.is(sinks.told(other, 1), other)
})

test('a sink fails since it said so first, as often as it said so, until it says nothing for a while', async (t) => {
  const clock = new SimulatedClock()
  const sinks = new FailingSinks(clock, 10_000)
  await clock.advance(1000)
  for (const number of [1, 5, 6]) {
    sinks.told(FAILED, 2, number)
    await clock.advance(10_000)
  }
  t.like(sinks.lasting[0], {
    since: 1000,
    failures: 12,
    problem: { ...FAILED, where: { component: 'sink', worker: 2 } },
  })
  await clock.advance(30_000)
  t.deepEqual(sinks.lasting, [])
  t.is(sinks.told(TIMED_OUT, 1), TIMED_OUT)
})
