import test from 'ava'
import fc from 'fast-check'
import { TaskStates } from '../../lib/state/task-states.ts'
import { TaskTimers } from '../../lib/state/timers/task-timers.ts'
import type { Timer } from '../../lib/topology/component/timers.ts'

const keys = fc.constantFrom<unknown>('a', 'b', 7, ['c', 1], null)
const times = fc.integer({ min: 0, max: 12 })
const step = fc.oneof(
  fc.record({ op: fc.constantFrom('set', 'delete'), key: keys, time: times }),
  fc.record({ op: fc.constant('advance'), key: fc.constant(null), time: times }),
  fc.record({ op: fc.constantFrom('keep', 'undo', 'restart'), key: fc.constant(null), time: fc.constant(0) }),
)

const nameOf = (key: unknown, time: number): string => JSON.stringify([key, time])

test('each timer fires once and in order of time, whatever is set, deleted, undone and restored meanwhile', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let states = new TaskStates(true)
      let timers = new TaskTimers(states)
      let named = timers.named('x')
      let now = new Set<string>()
      let kept = new Set<string>()
      for (const { op, key, time } of steps) {
        switch (op) {
          case 'set':
            named.atEventTime(key, time)
            now = new Set([...now, nameOf(key, time)])
            break
          case 'delete':
            named.deleteEventTime(key, time)
            now = new Set([...now].filter((name) => name !== nameOf(key, time)))
            break
          case 'keep':
            states.keep()
            kept = now
            break
          case 'undo':
            states.undo()
            now = kept
            break
          case 'restart': {
            states.keep()
            kept = now
            const captured = states.capture(() => true)
            const restored = [...captured].map(
              ([name, changes]) => [name, { changes: [...changes], isOwn: true }] as const,
            )
            states = new TaskStates(true, new Map(restored))
            timers = new TaskTimers(states)
            named = timers.named('x')
            break
          }
          case 'advance': {
            states.keep()
            const fired: Timer[] = []
            for (let due = timers.due('event', time); due !== undefined; due = timers.due('event', time)) {
              timers.fire(due)
              states.keep()
              fired.push(due)
            }
            t.deepEqual(
              fired.map((timer) => timer.time),
              fired.map((timer) => timer.time).sort((a, b) => a - b),
            )
            const expected = [...now].filter((name) => (JSON.parse(name) as [unknown, number])[1] <= time)
            t.deepEqual(fired.map((timer) => nameOf(timer.key, timer.time)).sort(), expected.sort())
            now = new Set([...now].filter((name) => !expected.includes(name)))
            kept = now
          }
        }
      }
    }),
  )
})

test('a timer whose execution is undone is there again, and is fired by the next attempt', (t) => {
  const states = new TaskStates(true)
  const timers = new TaskTimers(states)
  timers.named('x').atEventTime('a', 5)
  states.keep()
  const due = timers.due('event', 5)!
  timers.fire(due)
  states.undo()
  t.is(new Map(states.capture(() => true)).size, 2)
  timers.fire(due)
  states.keep()
  t.is(timers.due('event', 100), undefined)
})

test('a key whose timer is set to another time again and again fires once', (t) => {
  const timers = new TaskTimers(new TaskStates(false))
  const named = timers.named('gap')
  for (let time = 1000; time > 0; time--) {
    named.deleteEventTime('a', time + 1)
    named.atEventTime('a', time)
  }
  t.deepEqual(timers.due('event', 1000), { name: 'gap', key: 'a', time: 1, domain: 'event' })
})

test('event time and the clock do not mix, nor do names', (t) => {
  const timers = new TaskTimers(new TaskStates(false))
  timers.named('one').atEventTime('a', 5)
  timers.named('two').atEventTime('a', 5)
  timers.named('one').atProcessingTime('a', 4)
  t.is(timers.next('processing'), 4)
  const fired: string[] = []
  for (let due = timers.due('event', 5); due !== undefined; due = timers.due('event', 5)) {
    timers.fire(due)
    fired.push(due.name)
  }
  t.deepEqual(fired, ['one', 'two'])
  t.is(timers.due('processing', 3), undefined)
  t.like(timers.due('processing', 4), { name: 'one', domain: 'processing' })
})

for (const time of [Number.NaN, '5', undefined, null])
  test(`${JSON.stringify(time)} (${typeof time}) is no time`, (t) => {
    const named = new TaskTimers(new TaskStates(false)).named('x')
    t.throws(() => named.atEventTime('a', time as never), { code: 'BAD_TIMER' })
    t.throws(() => named.atProcessingTime('a', time as never), { code: 'BAD_TIMER' })
  })
