/**
 * What a spout's child is asked, what it may answer, and that nothing is lost where it answers too little or too much.
 */
import test from 'ava'
import { METRIC, settled, spoutHalf, TARGETS } from './fakes.ts'

const SYNC = { command: 'sync' }
const emit = (more: Readonly<Record<string, unknown>> = {}) => ({ command: 'emit', tuple: ['out'], ...more })
/** A child that may be sent commands ahead. */
const PIPELINING = { pid: 1, pipelining: true }
const NEXT = { command: 'next', id: '' }

test('a child is asked for a tuple, and has answered when it says sync', async (t) => {
  const { child, emitted, says, next } = spoutHalf()
  const asked = next()
  t.deepEqual(child.take(), [NEXT])
  says(emit(), emit({ tuple: [1, 2], stream: 'other', need_task_ids: false }), emit({ task: '4' }))
  await settled()
  t.false(asked.answered)
  says(SYNC)
  await settled()
  t.true(asked.answered)
  t.deepEqual(
    emitted.map(({ values, id, stream, task }) => [values, id, stream, task]),
    [
      [['out'], undefined, 'default', undefined],
      [[1, 2], undefined, 'other', undefined],
      [['out'], undefined, 'default', 4],
    ],
  )
  t.deepEqual(child.take(), [TARGETS])
})

test('message ids come back as the JSON that they were', (t) => {
  const { half, child, emitted, says, next, comesUp } = spoutHalf()
  comesUp(PIPELINING)
  next()
  const ids = [0, 'a', 1.5, '0', '', [1, 'x'], { key: [2] }, false, -7]
  for (const id of ids) says(emit({ id, need_task_ids: false }))
  child.take()
  for (const { id } of emitted) half.settle('ack', id!)
  half.settle('fail', emitted[0]!.id!)
  t.deepEqual(child.take(), [...ids.map((id) => ({ command: 'ack', id })), { command: 'fail', id: 0 }])
})

test('an emit with no id, or with null, is in no tree', (t) => {
  const { emitted, says, next } = spoutHalf()
  next()
  says(emit(), emit({ id: null }))
  t.deepEqual(
    emitted.map(({ id }) => id),
    [undefined, undefined],
  )
})

test('a child gets one command at a time: the next one when it has said sync', async (t) => {
  const { half, child, emitted, says, next } = spoutHalf()
  half.setActive(true)
  next()
  t.deepEqual(child.take(), [{ command: 'activate', id: '' }])
  says(SYNC)
  t.deepEqual(child.take(), [NEXT])
  says(emit({ id: 1, need_task_ids: false }), emit({ id: 2, need_task_ids: false }))
  half.settle('ack', emitted[0]!.id!)
  half.settle('fail', emitted[1]!.id!)
  half.setActive(false)
  t.deepEqual(child.take(), [], 'its next is not answered')
  const sent: unknown[] = []
  for (let syncs = 0; syncs < 4; syncs++) {
    says(SYNC)
    sent.push(child.take())
  }
  t.deepEqual(sent, [
    [{ command: 'ack', id: 1 }],
    [{ command: 'fail', id: 2 }],
    [{ command: 'deactivate', id: '' }],
    [],
  ])
})

test('a sync that comes together with the answer is not taken for that to the next command', (t) => {
  const { half, child, emitted, says, next } = spoutHalf()
  next()
  says(emit({ id: 1, need_task_ids: false }))
  half.settle('ack', emitted[0]!.id!)
  next()
  child.take()
  says(SYNC, SYNC, SYNC)
  t.deepEqual(child.take(), [{ command: 'ack', id: 1 }])
})

test('a child that said so is sent commands ahead, and answers them in their order', async (t) => {
  const { half, child, emitted, says, next, comesUp } = spoutHalf()
  comesUp(PIPELINING)
  next()
  says(emit({ id: 1, need_task_ids: false }), emit({ id: 2, need_task_ids: false }), SYNC)
  half.settle('ack', emitted[0]!.id!)
  const second = next()
  half.settle('fail', emitted[1]!.id!)
  t.deepEqual(child.take(), [NEXT, { command: 'ack', id: 1 }, NEXT, { command: 'fail', id: 2 }])
  says(SYNC)
  await settled()
  t.false(second.answered, 'that was the answer to the ack')
  says(SYNC)
  await settled()
  t.true(second.answered)
})

test('a child that has not said so is sent nothing ahead, whatever the one before it could', (t) => {
  const { half, child, emitted, says, next, comesUp, dies } = spoutHalf()
  comesUp(PIPELINING)
  dies()
  comesUp()
  next()
  says(emit({ id: 1, need_task_ids: false }))
  half.settle('ack', emitted[0]!.id!)
  t.deepEqual(child.take(), [NEXT])
})

test('a spout is at rest when its child has answered what it was told, or is gone', async (t) => {
  for (const end of ['answers', 'dies'] as const) {
    const { half, emitted, says, next, dies } = spoutHalf()
    next()
    says(emit({ id: 1, need_task_ids: false }), emit({ id: 2, need_task_ids: false }), SYNC)
    const rest = { come: false }
    const first = half.settle('fail', emitted[0]!.id!)
    t.is(half.settle('ack', emitted[1]!.id!), undefined, 'one promise for all')
    void first!.then(() => {
      rest.come = true
    })
    says(emit({ id: 1 }), SYNC)
    await settled()
    t.false(rest.come, 'the ack is still to be answered')
    if (end === 'answers') says(SYNC)
    else dies()
    await settled()
    t.true(rest.come)
  }
})

test('an emit that comes when nothing was asked counts: in answer to a fail, or unasked', async (t) => {
  const { half, emitted, says, next } = spoutHalf()
  next()
  says(emit({ id: 1 }), SYNC)
  half.settle('fail', emitted[0]!.id!)
  says(emit({ id: 1, tuple: ['again'] }), SYNC, emit({ tuple: ['unasked'] }))
  t.deepEqual(
    emitted.map(({ values }) => values[0]),
    ['out', 'again', 'unasked'],
  )
})

test('wrong values, or an undeclared stream, fail the tuple at once, and the child does not wait for its tasks', (t) => {
  for (const wrong of [{ tuple: [1, 2] }, { stream: 'nowhere' }]) {
    const { child, errors, says, next } = spoutHalf()
    next()
    child.take()
    says(emit({ id: 5, ...wrong }), emit(wrong))
    t.deepEqual(child.take(), [[], []])
    says(SYNC)
    t.deepEqual(child.take(), [{ command: 'fail', id: 5 }])
    t.is(errors.length, 2)
    t.true(['WRONG_VALUES', 'UNDECLARED_STREAM'].includes(errors[0]!.code))
  }
})

test('logs, errors and metrics are passed on, and are no answer (114)', async (t) => {
  const { context, errors, says, next } = spoutHalf()
  const asked = next()
  says({ command: 'log', msg: 'hello', level: 3 }, { command: 'error', msg: 'oops' })
  says({ command: 'metrics', name: METRIC, params: 2 }, { command: 'metrics', name: 'nobody knows' })
  await settled()
  t.false(asked.answered)
  t.deepEqual(context.logs, [{ level: 'warn', message: 'hello' }])
  t.deepEqual(
    errors.map(({ code }) => code),
    ['CHILD_ERROR', 'UNKNOWN_METRIC'],
  )
  t.is(context.metrics.counted[METRIC], 2)
})

test('an unknown command breaks the protocol', (t) => {
  const { says } = spoutHalf()
  for (const command of ['dance', undefined, 5, 'ack']) t.throws(() => says({ command }), { code: 'CHILD_PROTOCOL' })
})

test('a child that emits while it initializes gets its task ids, and what becomes of its tuples when it is up', (t) => {
  const { half, child, emitted, says, comesUp } = spoutHalf()
  child.isUp = false
  says(emit({ id: 'early' }), emit({ id: 'late' }), emit({ id: 'wrong', tuple: [] }))
  half.settle('fail', emitted[0]!.id!)
  t.deepEqual(child.take(), [TARGETS, TARGETS, []], 'commands would come before the child reads any')
  comesUp()
  t.deepEqual(child.take(), [{ command: 'fail', id: 'wrong' }])
  says(SYNC)
  t.deepEqual(child.take(), [{ command: 'fail', id: 'early' }])
  half.settle('ack', emitted[1]!.id!)
  says(SYNC)
  t.deepEqual(child.take(), [{ command: 'ack', id: 'late' }])
})

test('verdicts on the tuples of an earlier child are not told to the next one', (t) => {
  const { half, child, emitted, says, next, dies, comesUp } = spoutHalf()
  next()
  says(emit({ id: 1, need_task_ids: false }), emit({ id: 2, need_task_ids: false }), SYNC)
  dies()
  half.settle('fail', emitted[0]!.id!)
  comesUp()
  half.settle('ack', emitted[1]!.id!)
  t.deepEqual(child.take(), [NEXT])
})

test('what a child emitted early is forgotten with it', (t) => {
  const { half, child, emitted, says, dies, comesUp } = spoutHalf()
  child.isUp = false
  says(emit({ id: 1, need_task_ids: false }))
  half.settle('fail', emitted[0]!.id!)
  dies()
  comesUp()
  t.deepEqual(child.take(), [])
})

test('whoever waits for an answer hears at once that the child has died, and then waits for the next one', async (t) => {
  const { child, errors, next, dies, comesUp } = spoutHalf()
  const asked = next()
  dies()
  await settled()
  t.true(asked.answered)
  t.is(errors[0]!.code, 'CHILD_EXITED')
  child.take()
  const waiting = next()
  await settled()
  t.false(waiting.answered)
  t.deepEqual(child.take(), [])
  comesUp()
  await settled()
  t.true(waiting.answered)
})

test('a child that has nothing more is exhausted until it emits, something fails, or it dies', (t) => {
  const { half, emitted, says, next, dies, comesUp } = spoutHalf()
  const exhaust = (): void => {
    next()
    says({ command: 'exhausted' }, SYNC)
  }
  next()
  says(emit({ id: 1 }), emit({ id: 2 }), SYNC)
  t.false(half.isExhausted)
  exhaust()
  t.true(half.isExhausted)
  half.settle('ack', emitted[0]!.id!)
  t.true(half.isExhausted)
  half.settle('fail', emitted[1]!.id!)
  t.false(half.isExhausted)
  exhaust()
  t.true(half.isExhausted)
  says(emit())
  t.false(half.isExhausted)
  exhaust()
  dies()
  comesUp()
  t.false(half.isExhausted)
})

test('a child that did not know of a fail on its way when it said so is not exhausted', (t) => {
  const { half, emitted, says, next } = spoutHalf()
  next()
  says(emit({ id: 1 }), SYNC)
  next()
  half.settle('fail', emitted[0]!.id!)
  says({ command: 'exhausted' }, SYNC)
  t.false(half.isExhausted)
  says(SYNC)
  next()
  says({ command: 'exhausted' }, SYNC)
  t.true(half.isExhausted)
})

test('a child is told whether it is active; the next one too, when it comes up', (t) => {
  const { half, child, says, dies, comesUp } = spoutHalf()
  half.setActive(true)
  says(SYNC)
  half.setActive(false)
  says(SYNC)
  half.setActive(true)
  says(SYNC)
  t.deepEqual(
    child.take().map(({ command }) => command),
    ['activate', 'deactivate', 'activate'],
  )
  dies()
  half.setActive(true)
  t.deepEqual(child.take(), [])
  comesUp()
  t.deepEqual(
    child.take().map(({ command }) => command),
    ['activate'],
  )
})

test('a child whose pipe has no room is asked for nothing until it has', async (t) => {
  const { half, child, next } = spoutHalf()
  child.waiting = 3
  const asked = next()
  half.rested()
  await settled()
  t.false(asked.answered)
  t.deepEqual(child.take(), [])
  t.true(half.patience()! > 0, 'a child that never reads is hung')
  child.waiting = 0
  half.rested()
  await settled()
  t.true(asked.answered)
  next()
  t.deepEqual(child.take(), [NEXT])
})

test('the child of a spout is read no further while those who get its tuples are full', (t) => {
  const { half, collector } = spoutHalf()
  t.false(half.isHeldBack())
  collector.isHeldBack = true
  t.true(half.isHeldBack())
})

test('the clock runs only while the child owes an answer (116)', async (t) => {
  const { half, says, next, dies } = spoutHalf({ 'topology.subprocess.timeout.secs': 5 })
  t.is(half.patience(), undefined)
  half.setActive(true)
  t.is(half.patience(), undefined, 'not every child answers this')
  next()
  says(SYNC)
  t.is(half.patience(), 5)
  says(SYNC)
  t.is(half.patience(), undefined)
  next()
  dies()
  t.is(half.patience(), undefined)
  t.false(half.isHeldBack())
})
