/** lib/util/time/timers.ts: timers that end together. */
import test from 'ava'
import { SimulatedClock } from '../../../lib/testing/simulated/simulated-clock.ts'
import { Timers } from '../../../lib/util/time/timers.ts'

test('every calls again and again, and nothing is called once all are cancelled', async (t) => {
  const clock = new SimulatedClock()
  const timers = new Timers(clock)
  const calls: string[] = []
  timers.every(10, () => calls.push(`every ${clock.now()}`))
  timers.after(15, () => calls.push(`after ${clock.now()}`))
  timers.after(35, () => calls.push('never'))
  await clock.advance(30)
  t.deepEqual(calls, ['every 10', 'after 15', 'every 20', 'every 30'])
  timers.cancelAll()
  await clock.advance(100)
  t.is(calls.length, 4)
})

test('a call of every that cancels all is the last one', async (t) => {
  const clock = new SimulatedClock()
  const timers = new Timers(clock)
  let calls = 0
  timers.every(10, () => {
    calls++
    timers.cancelAll()
  })
  await clock.advance(100)
  t.is(calls, 1)
})

test('one timer can be cancelled by itself', async (t) => {
  const clock = new SimulatedClock()
  const timers = new Timers(clock)
  const calls: string[] = []
  timers.after(10, () => calls.push('first'))()
  timers.after(10, () => calls.push('second'))
  await clock.advance(10)
  t.deepEqual(calls, ['second'])
})
