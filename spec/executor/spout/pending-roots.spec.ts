import test from 'ava'
import fc from 'fast-check'
import { PendingRoots } from '../../../lib/executor/spout/pending-roots.ts'
import { rootHighOf } from '../../../lib/tuple/ids.ts'

const HIGH = rootHighOf(3, 2)

function emit(roots: PendingRoots, messageId: unknown, now = 0): number {
  const low = roots.nextLow()
  roots.setTime(now)
  roots.add(low, messageId)
  return low
}

test('a root gives its message id and its age back, once', (t) => {
  const roots = new PendingRoots(HIGH)
  const low = emit(roots, 'a', 1234)
  roots.setTime(2000)
  t.is(roots.take(HIGH, low), 'a')
  t.is(roots.ageMicros, 766)
  t.is(roots.take(HIGH, low), undefined)
  t.is(roots.size, 0)
})

test('the age of a root is right to the microsecond, after a moment and after four years', (t) => {
  const ages = fc.oneof(fc.nat({ max: 2 ** 16 }), fc.integer({ min: 0, max: 2 ** 47 }))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), ages, (emittedAt, age) => {
      const roots = new PendingRoots(HIGH)
      const low = emit(roots, 'a', emittedAt)
      const now = emittedAt + age
      roots.setTime(now)
      roots.take(HIGH, low)
      return roots.ageMicros === now - emittedAt
    }),
  )
  t.pass()
})

test('the roots of another incarnation or task are not here', (t) => {
  const roots = new PendingRoots(HIGH)
  const low = emit(roots, 'a')
  t.is(roots.take(rootHighOf(3, 1), low), undefined)
  t.is(roots.take(rootHighOf(4, 2), low), undefined)
  t.is(roots.size, 1)
})

test('a root is overdue by the fifth rotation after it was emitted, a whole timeout later at least, and until it is taken', (t) => {
  const roots = new PendingRoots(HIGH)
  const early = emit(roots, 'early')
  t.deepEqual(roots.rotate(), [])
  const late = emit(roots, 'late')
  for (let turn = 2; turn <= 4; turn++) t.deepEqual(roots.rotate(), [])
  t.deepEqual(roots.rotate(), [early])
  t.deepEqual(roots.rotate().sort(), [early, late])
  t.is(roots.take(HIGH, early), 'early')
  t.deepEqual(roots.rotate(), [late])
})

test('every root in flight is overdue by the fifth rotation after its emit, neither sooner nor later', (t) => {
  const step = fc.oneof(fc.constant('emit' as const), fc.constant('rotate' as const), fc.nat({ max: 30 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const roots = new PendingRoots(HIGH)
      const age = new Map<number, number>()
      for (const one of steps) {
        if (one === 'emit') age.set(emit(roots, 'x'), 0)
        else if (one === 'rotate') {
          for (const [low, rotations] of age) age.set(low, rotations + 1)
          const due = [...age].filter(([, rotations]) => rotations >= 5).map(([low]) => low)
          if (JSON.stringify(roots.rotate().sort((a, b) => a - b)) !== JSON.stringify(due)) return false
        } else if (age.delete(one) && roots.take(HIGH, one) !== 'x') return false
      }
      return roots.size === age.size && roots.lows().length === age.size
    }),
  )
  t.pass()
})

test('low halves that leave numbers out for a mask are still of no root in flight, however often all were used', (t) => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.tuple(fc.nat({ max: 16 }), fc.boolean()), { maxLength: 60 }),
      (start, emits) => {
        // A span of all numbers that ends where they began, so that some are used again.
        const roots = new PendingRoots(HIGH, start | 0)
        const inFlight = new Set<number>()
        for (const [bits, wraps] of emits) {
          const before = roots.lastLow
          const mask = 2 ** bits - 1
          roots.skip(mask)
          const low = roots.nextLow()
          if (inFlight.has(low) || (low & mask) !== mask) return false
          if (!wraps && inFlight.size === 0 && (low - before) >>> 0 > mask + 1) return false
          roots.add(low, 'x')
          inFlight.add(low)
        }
        return roots.size === inFlight.size
      },
    ),
  )
  t.pass()
})

test('a mask that skips the number at which the roots began notices that all numbers were used', (t) => {
  const mask = 2 ** 31 - 1
  const roots = new PendingRoots(HIGH, 5)
  const skipped = (): number => {
    roots.skip(mask)
    return roots.nextLow()
  }
  t.deepEqual([roots.nextLow(), skipped(), skipped()], [6, mask, -1])
  roots.add(mask, 'x')
  t.is(skipped(), -(2 ** 31))
})
