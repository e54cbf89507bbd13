/** lib/util/time/back-off.ts: how long to wait before the next try. */
import test from 'ava'
import fc from 'fast-check'
import { backOff } from '../../../lib/util/time/back-off.ts'

test('the delay doubles from failure to failure, up to the longest', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5].map((failures) => backOff(failures, 100, 500)),
    [100, 200, 400, 500, 500],
  )
})

test('what has not failed yet is tried at once', (t) => {
  t.is(backOff(0, 100, 500), 0)
  t.is(backOff(-1, 100, 500, 0.5), 0)
})

test('however often it has failed, the delay is a number of milliseconds that a timer can take', (t) => {
  t.is(backOff(5000, 100, 500), 500)
  t.is(backOff(5000, 0, 0), 0)
})

test('jitter leaves at least a half, and adds nothing', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const delay = backOff(failures, 20, 1000, random)
      const whole = backOff(failures, 20, 1000)
      t.true(delay >= whole / 2 && delay <= whole)
    }),
  )
  t.is(backOff(3, 100, 500, 0), 200)
})
