import test from 'ava'
import fc from 'fast-check'
import { Throttle, type ThrottleLimits } from '../../../lib/util/time/throttle.ts'

function run(limits: ThrottleLimits, coming: readonly (readonly [kind: string, now: number, times?: number])[]) {
  const throttle = new Throttle<number>(limits)
  const told = coming.map(([kind, now, times], index) => throttle.add(kind, index, now, times))
  return { told: told.map((one) => one?.times ?? 0), rest: throttle.rest() }
}

test('so many of a kind pass in an interval; the next one stands for those that were left out before it', (t) => {
  const limits = { most: 2, intervalMs: 10, mostKinds: 9 }
  const { told, rest } = run(limits, [
    ['a', 0],
    ['a', 1],
    ['a', 2],
    ['b', 3],
    ['a', 9, 5],
    ['a', 10],
    ['a', 11],
    ['a', 12],
  ])
  t.deepEqual(told, [1, 1, 0, 1, 0, 7, 1, 0])
  t.deepEqual(rest, [{ latest: 7, times: 1, isMixed: false }])
})

test('intervals that grow are each twice as long as the one before, up to the longest', (t) => {
  const limits = { most: 1, intervalMs: 10, maxIntervalMs: 40, mostKinds: 9 }
  const seconds = Array.from({ length: 200 }, (_, now) => ['a', now] as const)
  const { told } = run(limits, seconds)
  t.deepEqual(
    told.flatMap((times, now) => (times > 0 ? [now] : [])),
    [0, 10, 30, 70, 110, 150, 190],
  )
})

test('of more kinds than are told apart the further ones are counted together', (t) => {
  const limits = { most: 1, intervalMs: 10, mostKinds: 2 }
  const { told, rest } = run(limits, [
    ['a', 0],
    ['b', 0],
    ['c', 0],
    ['d', 0],
    ['b', 0],
  ])
  t.deepEqual(told, [1, 1, 0, 0, 0])
  t.deepEqual(rest, [
    { latest: 4, times: 1, isMixed: false },
    { latest: 3, times: 2, isMixed: true },
  ])
})

test('whatever comes is told or counted, once, and no more pass in an interval than may', (t) => {
  const kinds = fc.constantFrom('a', 'b', 'c', 'd')
  const coming = fc.array(fc.tuple(kinds, fc.nat({ max: 5 }), fc.integer({ min: 1, max: 9 })), { maxLength: 60 })
  const limits = fc.record({
    most: fc.integer({ min: 1, max: 3 }),
    intervalMs: fc.integer({ min: 1, max: 20 }),
    mostKinds: fc.integer({ min: 0, max: 4 }),
  })
  fc.assert(
    fc.property(limits, coming, (limits, gaps) => {
      let now = 0
      const all = gaps.map(([kind, gapMs, times]) => [kind, (now += gapMs), times] as const)
      const { told, rest } = run(limits, all)
      const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
      const passed = (from: number) =>
        all.filter(([, at], index) => at >= from && at < from + limits.intervalMs && told[index]! > 0).length
      // An interval that is laid anywhere touches two of a kind's own.
      const most = 2 * limits.most * (limits.mostKinds + 1)
      return (
        sum(told) + sum(rest.map(({ times }) => times)) === sum(all.map(([, , times]) => times)) &&
        all.every(([, from]) => passed(from) <= most)
      )
    }),
  )
  t.pass()
})
