import test from 'ava'
import fc from 'fast-check'
import { PendingRoots } from '../../lib/executor/pending-roots.ts'
import { rootHighOf } from '../../lib/tuple/ids.ts'

const HIGH = rootHighOf(3, 2)

function emit(roots: PendingRoots, messageId: unknown, now = 0): number {
  const low = roots.nextLow()
  roots.add(low, messageId, now)
  return low
}

test('a root gives its message id and its time back, once', (t) => {
  const roots = new PendingRoots(HIGH)
  const low = emit(roots, 'a', 1234)
  t.is(roots.take(HIGH, low), 'a')
  t.is(roots.emittedAt, 1234)
  t.is(roots.take(HIGH, low), undefined)
  t.is(roots.size, 0)
})

test('the time of an emission comes back to the microsecond, after centuries too', (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (micros) => {
      const roots = new PendingRoots(HIGH)
      roots.take(HIGH, emit(roots, 'a', micros))
      return roots.emittedAt === micros
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

test('a root is asked about by the second rotation, and is lost without an answer by the third', (t) => {
  const roots = new PendingRoots(HIGH)
  const early = emit(roots, 'early')
  t.deepEqual(roots.rotate(), { expired: [], unanswered: [] })
  const late = emit(roots, 'late')
  t.deepEqual(roots.rotate(), { expired: [early], unanswered: [] })
  t.deepEqual(roots.rotate(), { expired: [late], unanswered: [early] })
  t.is(roots.take(HIGH, early), 'early')
  t.deepEqual(roots.rotate(), { expired: [], unanswered: [late] })
})

test('a reset gives a root its whole time again, even one that was asked about', (t) => {
  const roots = new PendingRoots(HIGH)
  const low = emit(roots, 'a')
  roots.rotate()
  roots.rotate()
  roots.reset(HIGH, low)
  roots.reset(rootHighOf(3, 1), low)
  t.deepEqual(roots.rotate(), { expired: [], unanswered: [] })
  t.deepEqual(roots.rotate(), { expired: [low], unanswered: [] })
})

test('every root is expired by the second rotation after its emit or its last reset, neither sooner nor later', (t) => {
  const step = fc.oneof(fc.constant('emit' as const), fc.constant('rotate' as const), fc.nat({ max: 30 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const roots = new PendingRoots(HIGH)
      const age = new Map<number, number>()
      for (const one of steps) {
        if (one === 'emit') age.set(emit(roots, 'x'), 0)
        else if (one === 'rotate') {
          for (const [low, rotations] of age) age.set(low, rotations + 1)
          const due = [...age].filter(([, rotations]) => rotations === 2).map(([low]) => low)
          const { expired, unanswered } = roots.rotate()
          if (unanswered.length > 0 || JSON.stringify(expired.sort((a, b) => a - b)) !== JSON.stringify(due))
            return false
          for (const low of expired) {
            roots.take(HIGH, low)
            age.delete(low)
          }
        } else if (age.has(one)) {
          roots.reset(HIGH, one)
          age.set(one, 0)
        }
      }
      return roots.size === age.size && roots.lows().length === age.size
    }),
  )
  t.pass()
})
