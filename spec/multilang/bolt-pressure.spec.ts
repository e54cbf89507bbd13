/** When a bolt's child is sent no more, how long it may be silent, and how it hears that its input has ended. */
import test from 'ava'
import { boltHalf, settled } from './fakes.ts'

type Bolt = ReturnType<typeof boltHalf>

/** Sends so many tuples; the promise that the last `execute` returned. */
function fill({ execute }: Bolt, count: number): Promise<unknown> | undefined {
  let returned: unknown
  for (let index = 0; index < count; index++) returned = execute(index)
  return returned as Promise<unknown> | undefined
}

async function isOver(promise: Promise<unknown> | undefined): Promise<boolean> {
  let over = promise === undefined
  void promise?.then(() => {
    over = true
  })
  await settled()
  return over
}

const UNREAD = { 'topology.shellbolt.max.unread': 3 }

test('a child with too many tuples that it has not shown to have read gets no more until it acks one', async (t) => {
  const bolt = boltHalf(UNREAD)
  t.is(fill(bolt, 2), undefined)
  const full = fill(bolt, 1)
  t.false(await isOver(full))
  bolt.says({ command: 'emit', tuple: ['x'], anchors: ['1'] })
  t.false(await isOver(full), 'what it emits does not show which tuples it has read')
  bolt.says({ command: 'fail', id: '2' })
  t.true(await isOver(full))
})

test('an answered heartbeat shows that the child has read what was sent before it, though it acks nothing', async (t) => {
  const bolt = boltHalf(UNREAD)
  const { half, child, says } = bolt
  fill(bolt, 2)
  half.beat()
  const full = fill(bolt, 1)
  t.false(await isOver(full))
  says({ command: 'sync' })
  t.true(await isOver(full), 'one tuple is unread')
  t.is(half.size, 3)
  child.take()
  t.false(await isOver(fill(bolt, 2)), 'three are unread again')
})

test('an ack of a tuple that is known to have been read makes no further room', async (t) => {
  const bolt = boltHalf(UNREAD)
  fill(bolt, 2)
  bolt.half.beat()
  bolt.says({ command: 'sync' })
  const full = fill(bolt, 3)
  bolt.says({ command: 'ack', id: '1' }, { command: 'ack', id: '2' })
  t.false(await isOver(full))
  bolt.says({ command: 'ack', id: '4' })
  t.true(await isOver(full))
})

test('while a heartbeat is unanswered, an answer shows no more than what was sent before that one', async (t) => {
  const bolt = boltHalf(UNREAD)
  fill(bolt, 1)
  bolt.half.beat()
  const full = fill(bolt, 3)
  bolt.half.beat()
  bolt.says({ command: 'sync' })
  t.false(await isOver(full), 'three may be unread')
})

test('a sync that nobody asked for makes no room', async (t) => {
  const bolt = boltHalf(UNREAD)
  const full = fill(bolt, 3)
  bolt.says({ command: 'sync' })
  t.false(await isOver(full))
})

test('what a child has not shown to have read waits for its turn: it is kept from timing out, four times in a timeout', (t) => {
  const bolt = boltHalf({ 'topology.message.timeout.secs': 8 })
  const { half, context, says, renewed } = bolt
  fill(bolt, 1)
  context.advance(1999)
  half.beat()
  t.deepEqual(renewed, [])
  fill(bolt, 2)
  context.advance(1)
  half.beat()
  t.deepEqual(renewed.splice(0), [0, 0, 1])
  says({ command: 'sync' }, { command: 'ack', id: '2' })
  context.advance(2000)
  half.beat()
  t.deepEqual(renewed, [1], 'the first was read, and is held by the child')
})

test('a child whose pipe has no room gets no more until what waits has left', async (t) => {
  const bolt = boltHalf({ 'topology.shellbolt.max.pending': 2 })
  bolt.child.waiting = 1
  t.is(fill(bolt, 1), undefined)
  bolt.child.waiting = 2
  const full = fill(bolt, 1)
  t.false(await isOver(full))
  bolt.child.waiting = 1
  bolt.half.rested()
  t.true(await isOver(full))
})

test('a tuple for a child that is down waits for the next one, and goes to it', async (t) => {
  const bolt = boltHalf()
  bolt.dies()
  const waits = fill(bolt, 1)
  t.false(await isOver(waits))
  t.deepEqual(bolt.child.take(), [])
  bolt.comesUp()
  t.true(await isOver(waits))
  t.deepEqual(bolt.child.take()[0].tuple, [0])
  t.is(bolt.half.size, 1)
})

test('whoever waits for room when the child dies waits until the next one is up', async (t) => {
  const bolt = boltHalf(UNREAD)
  const full = fill(bolt, 3)
  bolt.dies()
  bolt.half.rested()
  t.false(await isOver(full))
  bolt.comesUp()
  t.true(await isOver(full))
  t.is(bolt.told.filter((line) => line.startsWith('fail')).length, 3)
})

test('the child of a bolt is read no further while those who get its tuples are full', (t) => {
  const { half, collector } = boltHalf()
  t.false(half.isHeldBack())
  collector.isHeldBack = true
  t.true(half.isHeldBack())
})

test('no heartbeat is sent behind messages that wait for room', (t) => {
  const { half, child } = boltHalf()
  child.waiting = 1
  half.beat()
  t.deepEqual(child.take(), [])
  child.waiting = 0
  half.beat()
  t.is(child.take().length, 1)
})

const SECONDS: readonly (readonly [Record<string, number | null>, idle: number, busy: number])[] = [
  [{}, 30, 30],
  [{ 'topology.subprocess.timeout.secs': 5 }, 5, 5],
  [{ 'topology.subprocess.timeout.secs': 5, 'topology.subprocess.busy.timeout.secs': 60 }, 5, 60],
  [{ 'topology.subprocess.timeout.secs': 5, 'topology.subprocess.busy.timeout.secs': 2 }, 5, 5],
]

test('a child may be silent for the subprocess timeout, and longer while it has tuples where that is configured (116)', (t) => {
  for (const [config, idle, busy] of SECONDS) {
    const { half, execute, says } = boltHalf(config)
    t.is(half.patience(), idle)
    execute('a')
    t.is(half.patience(), busy)
    says({ command: 'ack', id: '1' })
    t.is(half.patience(), idle)
  }
})

test('a child that can handle it is told the end of the input, may emit, and says when it is done', async (t) => {
  const { half, child, told, comesUp, says } = boltHalf()
  comesUp({ pid: 1, end_of_input: true })
  const ending = half.endOfInput()
  t.deepEqual(child.take(), [{ id: '-1', comp: null, stream: '__end_of_input', task: -1, tuple: [] }])
  says({ command: 'sync' }, { command: 'emit', tuple: ['last'], anchors: ['-1'], need_task_ids: false })
  t.false(await isOver(ending))
  says({ command: 'ack', id: '-1' })
  t.true(await isOver(ending))
  t.deepEqual(told, ['emit ["last"] from none on default'])
})

test('a child that fails the end of the input is done as well', async (t) => {
  const { half, comesUp, says } = boltHalf()
  comesUp({ pid: 1, end_of_input: true })
  const ending = half.endOfInput()
  says({ command: 'error', msg: 'no space left' }, { command: 'fail', id: '-1' })
  t.true(await isOver(ending))
})

test('a child of Storm is not told the end of the input: what it has to say comes before its answer to a heartbeat', async (t) => {
  const { half, child, comesUp, says } = boltHalf()
  comesUp({ pid: 1 })
  const ending = half.endOfInput()
  t.is(child.take()[0].stream, '__heartbeat')
  t.false(await isOver(ending))
  says({ command: 'sync' })
  t.true(await isOver(ending))
})

test('the answer to an earlier heartbeat is none to the one at the end of the input', async (t) => {
  const { half, comesUp, execute, says } = boltHalf()
  comesUp({ pid: 1 })
  half.beat()
  execute('a')
  const ending = half.endOfInput()
  says({ command: 'sync' })
  t.false(await isOver(ending))
  t.is(half.patience(), 30)
  says({ command: 'ack', id: '1' }, { command: 'sync' })
  t.true(await isOver(ending))
})

test('the end of the input does not wait for a child that is down or dies', async (t) => {
  const { half, comesUp, dies } = boltHalf()
  comesUp({ pid: 1, end_of_input: true })
  const ending = half.endOfInput()
  dies()
  t.true(await isOver(ending))
  t.true(await isOver(half.endOfInput()))
})

test('a watermark goes on when the child has answered a heartbeat behind what it was sent', async (t) => {
  const { half, execute, says } = boltHalf()
  t.is(half.caughtUp(), undefined, 'it has nothing')
  half.beat()
  execute('a')
  const caughtUp = half.caughtUp()!
  says({ command: 'sync' })
  t.false(await isOver(caughtUp), 'that was the answer to the heartbeat ahead of it')
  says({ command: 'emit', tuple: ['out'], anchors: ['1'] }, { command: 'ack', id: '1' }, { command: 'sync' })
  t.true(await isOver(caughtUp))
})

test('a watermark does not wait for a child that has died: what it had has failed', async (t) => {
  const { half, execute, dies } = boltHalf()
  execute('a')
  const caughtUp = half.caughtUp()!
  dies()
  t.true(await isOver(caughtUp))
})
