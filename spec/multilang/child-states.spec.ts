/** A bolt whose child keeps something by key: what it asks, what it writes, and when its execution is over. */
import test from 'ava'
import { testTuple } from '../../lib/index.ts'
import { boltHalf } from './fakes.ts'

const STATES = ['counts']

test('a child gets the values of several keys at once, and writes several', (t) => {
  const { child, execute, says } = boltHalf({}, STATES)
  void execute('a')
  child.take()
  says({
    command: 'state_put',
    state: 'counts',
    put: [
      ['a', 1],
      ['b', { x: [2] }],
      [3, null],
    ],
  })
  says({ command: 'state_get', state: 'counts', keys: ['a', 'b', 3, 'c'] })
  says({ command: 'state_put', state: 'counts', put: [['c', 4]], delete: ['a', 'never'] })
  says({ command: 'state_get', state: 'counts', keys: ['a', 'c'] })
  t.deepEqual(child.take(), [
    { state: 'counts', values: [[1], [{ x: [2] }], [null], []] },
    { state: 'counts', values: [[], [4]] },
  ])
})

test('an execution is over when its tuple is acked, and fails with the tuple or the child', async (t) => {
  const { half, execute, says, told } = boltHalf({}, STATES)
  let isOver = false
  const first = Promise.resolve(execute('a')).then(() => {
    isOver = true
  })
  says({ command: 'emit', tuple: ['out'], anchors: ['1'], need_task_ids: false })
  await Promise.resolve()
  t.false(isOver)
  says({ command: 'ack', id: '1' })
  await first
  const second = execute('b') as Promise<void>
  says({ command: 'error', msg: 'a bad day' }, { command: 'fail', id: '2' })
  t.regex((await t.throwsAsync(second)).message, /a bad day/)
  t.deepEqual(
    told.filter((what) => !what.startsWith('error')),
    ['emit ["out"] from a on default', 'ack a'],
  )
  const tick = half.execute(testTuple([5], { component: '__system', stream: '__tick', task: -1 })) as Promise<void>
  says({ command: 'sync' })
  await t.notThrowsAsync(tick)
})

for (const [what, message] of [
  ['a state that was not declared', { command: 'state_get', state: 'other', keys: [] }],
  ['keys that are no list', { command: 'state_get', state: 'counts', keys: 'a' }],
  ['a put that is no pair', { command: 'state_put', state: 'counts', put: [['a']] }],
] as const) {
  test(`${what} breaks the protocol`, (t) => {
    const { half } = boltHalf({}, STATES)
    t.is((t.throws(() => half.receive(message as never)) as { code?: string }).code, 'CHILD_PROTOCOL')
  })
}
