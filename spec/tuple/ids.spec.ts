import test from 'ava'
import fc from 'fast-check'
import { MAX_TASK_ID, rootHighOf, rootLowBefore, spoutTaskOf } from '../../lib/tuple/ids.ts'
import { isSystemId } from '../../lib/tuple/system-ids.ts'

const task = fc.integer({ min: 1, max: MAX_TASK_ID })
const incarnation = fc.integer({ min: 1, max: 8191 })

test('the high half of a root id tells its spout task, and is an int32 that is not 0', (t) => {
  fc.assert(
    fc.property(task, incarnation, (id, life) => {
      const high = rootHighOf(id, life)
      return spoutTaskOf(high) === id && high !== 0 && (high | 0) === high
    }),
  )
  t.pass()
})

test('two spout tasks, or two incarnations of one, never share a high half', (t) => {
  fc.assert(
    fc.property(task, incarnation, task, incarnation, (id, life, other, later) => {
      return (rootHighOf(id, life) === rootHighOf(other, later)) === (id === other && life === later)
    }),
  )
  t.pass()
})

test('incarnations whose high half is the same, each 8192nd, begin their roots 100 million apart at least', (t) => {
  const turns = fc.integer({ min: 0, max: 15 })
  fc.assert(
    fc.property(incarnation, turns, turns, (life, turn, other) => {
      const [one, two] = [life + 8192 * turn, life + 8192 * other]
      if (rootHighOf(1, one) !== rootHighOf(1, two)) return false
      const apart = (rootLowBefore(one) - rootLowBefore(two)) >>> 0
      return turn === other || Math.min(apart, 2 ** 32 - apart) >= 100e6
    }),
  )
  t.is(rootLowBefore(8191), 0)
})

test('ids that start with two underscores belong to the runtime', (t) => {
  t.deepEqual(['__acker', '__', '_mine', 'mine__', ''].map(isSystemId), [true, true, false, false, false])
})
