/** What is a timestamp, wherever it enters: a whole number that a Date can hold. */
import test from 'ava'
import fc from 'fast-check'
import { timestampIn } from '../../lib/values/timestamp.ts'

test('a timestamp is rounded down to a whole number, before 1970 too', (t) => {
  t.deepEqual([999.2, 999.9, 1000, -0.5, -1].map(timestampIn), [999, 999, 1000, -1, -1])
  t.is(timestampIn(new Date(1234)), 1234)
})

test('what a Date cannot hold is no timestamp', (t) => {
  for (const edge of [8.64e15, -8.64e15]) t.is(timestampIn(edge), edge)
  const beyond = [8.64e15 + 2, -8.64e15 - 2, 2 ** 53, 1e22, Number.MAX_VALUE, Infinity, -Infinity, Number.NaN]
  for (const time of beyond) t.is(timestampIn(time), undefined)
  for (const other of [undefined, null, '1000', true, 5n, new Date(Number.NaN), {}, []])
    t.is(timestampIn(other), undefined)
})

test('of two times the earlier one is never a later timestamp', (t) => {
  const time = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true })
  fc.assert(fc.property(time, time, (a, b) => timestampIn(Math.min(a, b))! <= timestampIn(Math.max(a, b))!))
  t.pass()
})
