import test from 'ava'
import fc from 'fast-check'
import { MAX_TASK_ID, rootHighOf, spoutTaskOf } from '../../lib/tuple/ids.ts'
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

test('ids that start with two underscores belong to the runtime', (t) => {
  t.deepEqual(['__acker', '__', '_mine', 'mine__', ''].map(isSystemId), [true, true, false, false, false])
})
