/** The promise: no child is left when `stop` is over, whatever it does, and none is started after it. */
import test from 'ava'
import { makeChild, tupleFrame } from './child-rig.ts'
import { settled } from './fakes.ts'

test('a child that ends when its input is closed is left to do so', async (t) => {
  const { up, child, context, take } = makeChild()
  const process = await up()
  const stopped = child.stop()
  t.deepEqual(process.done, ['input closed', 'read'])
  process.says({ command: 'log' })
  process.exits('exited with code 0')
  await stopped
  context.advance(100_000)
  t.deepEqual(process.done, ['input closed', 'read'])
  t.deepEqual(take(), ['log'], 'its last words are heard, and its end is no surprise')
})

test('a child that calls the end of its input an error, as those of Storm do, reports none', async (t) => {
  const { up, child, context, take } = makeChild()
  const process = await up()
  const stopped = child.stop()
  process.says({ command: 'error', msg: 'Read EOF from stdin' })
  process.exits('exited with code 1')
  await stopped
  t.deepEqual(take(), [])
  t.deepEqual(context.logs.at(-1), { level: 'debug', message: 'Read EOF from stdin' })
})

test('a child that does not end gets SIGTERM after a second, and SIGKILL after another', async (t) => {
  const { up, child, context } = makeChild()
  const process = await up()
  const stopped = child.stop()
  context.advance(999)
  t.deepEqual(process.done.slice(2), [])
  context.advance(1)
  t.deepEqual(process.done.slice(2), ['SIGTERM'])
  context.advance(1000)
  t.deepEqual(process.done.slice(2), ['SIGTERM', 'SIGKILL'])
  process.exits('was ended by SIGKILL')
  await stopped
  t.false(child.isUp)
})

test('whoever stops it a second time waits for the same end', async (t) => {
  const { up, child } = makeChild()
  const process = await up()
  const both = Promise.all([child.stop(), child.stop()])
  process.exits('exited with code 0')
  await both
  t.deepEqual(process.done, ['input closed', 'read'])
})

test('what was to be sent leaves before the input is closed', async (t) => {
  const { up, child } = makeChild()
  const process = await up()
  child.sendFrame(tupleFrame('last'))
  const stopped = child.stop()
  t.deepEqual(process.written.at(-1).tuple, ['last'])
  process.exits()
  await stopped
})

test('a child that is down is not started again', async (t) => {
  const { up, child, context, processes } = makeChild()
  const first = await up()
  first.exits()
  await child.stop()
  context.advance(100_000)
  t.is(processes.length, 1)
})

test('a child that breaks the protocol while it is stopped is ended at once, and not started again', async (t) => {
  const { up, child, context, processes, take } = makeChild()
  const process = await up()
  let over = false
  const stopped = child.stop().then(() => {
    over = true
  })
  process.prints('nonsense\nend\n')
  t.is(process.done.at(-1), 'SIGKILL')
  await settled()
  t.false(over, 'it has not exited yet')
  process.exits('was ended by SIGKILL')
  await stopped
  context.advance(100_000)
  t.is(processes.length, 1)
  t.deepEqual(take(), [])
})

test('a child that is held back is read when it is stopped: it could not end else', async (t) => {
  const { up, child, context, listener } = makeChild()
  const process = await up()
  listener.isFull = true
  process.says({ command: 'emit' })
  t.is(process.done.at(-1), 'not read')
  const stopped = child.stop()
  process.says({ command: 'emit' })
  context.advance(100)
  t.is(process.done.at(-1), 'read')
  process.exits()
  await stopped
})

test('a child that has not shaken hands yet can be stopped', async (t) => {
  const { child, listener, context, processes, latest } = makeChild()
  void child.start(listener)
  const stopped = child.stop()
  context.advance(2000)
  latest().exits('was ended by SIGKILL')
  await stopped
  context.advance(100_000)
  t.is(processes.length, 1)
})

test('what was never started can be stopped', async (t) => {
  await t.notThrowsAsync(makeChild().child.stop())
})
