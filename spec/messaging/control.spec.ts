import test from 'ava'
import fc from 'fast-check'
import { parseBlocked } from '../../lib/messaging/control.ts'

const TOLD = { how: 'blocked', ends: false, tasks: [{ task: 1, component: 'a', counters: [1, 2.5] }] }

test('a line of the lifeline that the watching thread has written is read', (t) => {
  t.deepEqual(parseBlocked(JSON.stringify(TOLD)), TOLD)
})

test('no text ends the process that reads the lifeline: what is torn, or of another shape, is nothing', (t) => {
  const line = JSON.stringify(TOLD)
  for (let at = 0; at < line.length; at++) {
    t.is(parseBlocked(line.slice(0, at)), undefined)
    if (at > 0) t.is(parseBlocked(line.slice(at)), undefined)
  }
  const task = TOLD.tasks[0]
  for (const other of [
    { ...TOLD, how: 1 },
    { ...TOLD, ends: 'yes' },
    { ...TOLD, tasks: {} },
    { ...TOLD, tasks: [null] },
    { ...TOLD, tasks: [{ ...task, task: 1.5 }] },
    { ...TOLD, tasks: [{ ...task, component: 3 }] },
    { ...TOLD, tasks: [{ ...task, counters: [null] }] },
  ])
    t.is(parseBlocked(JSON.stringify(other)), undefined)
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => parseBlocked(text) === undefined))
})
