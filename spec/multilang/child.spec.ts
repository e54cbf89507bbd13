/** One child process after another: hands shaken, silence and breaches noticed, the next one started. */
import test from 'ava'
import type { TyphoonError } from '../../lib/index.ts'
import { makeChild, type RigOptions, tupleFrame } from './child-rig.ts'
import { settled } from './fakes.ts'

test('a child is told its configuration, its folder and its place in the topology', async (t) => {
  const { child, listener, last } = startedChild()
  await settled()
  const [{ conf, pidDir, context }] = last.written
  t.is(last.written.length, 1)
  t.is(conf['typhoon.version'], '1.2.3')
  t.is(conf['topology.name'], 'test')
  t.is(pidDir, '/pids/1')
  t.is(context.componentid, 'component')
  t.is(context.taskid, 1)
  t.deepEqual(context.streams, ['default'])
  t.deepEqual(last.spec.command, ['python3', 'split.py'])
  t.false(child.isUp)
  t.falsy(listener.seconds)
})

test('a child is up when it has said its pid, and whatever else it says of itself is passed on', async (t) => {
  const { child, take, last, started } = startedChild()
  last.says({ pid: 12, end_of_input: true })
  await started
  t.true(child.isUp)
  t.deepEqual(take(), ['up {"pid":12,"end_of_input":true}'])
})

test('what a child says before its pid is heard', async (t) => {
  const { child, take, last } = startedChild()
  await settled()
  last.says({ command: 'emit' }, { command: 'log' })
  t.false(child.isUp)
  child.sendFirst([4])
  await settled()
  t.deepEqual(last.written.at(-1), [4])
  last.says({ pid: 12 })
  t.deepEqual(take(), ['emit', 'log', 'up {"pid":12}'])
})

test('a second pid message is passed over', async (t) => {
  const { up, take } = makeChild()
  const process = await up()
  process.says({ pid: 1 }, { command: 'sync' })
  t.deepEqual(take(), ['sync'])
})

test('the first child that says nothing is not waited for longer than the limit, and is not started again', async (t) => {
  const { context, last, started, processes, take } = startedChild({ startPatience: 5 })
  context.advance(5000)
  t.deepEqual(last.done, [])
  context.advance(1000)
  const error = await rejected(started)
  t.is(error.code, 'CHILD_NOT_STARTED')
  t.deepEqual(last.done, ['SIGKILL'])
  context.advance(100_000)
  t.is(processes.length, 1)
  t.deepEqual(take(), [])
})

for (const pid of [0, -3, '12', null, 1.5, true]) {
  test(`${JSON.stringify(pid)} is no pid`, async (t) => {
    const { last, started } = startedChild()
    last.says({ pid })
    const error = await rejected(started)
    t.is(error.code, 'CHILD_NOT_STARTED')
    t.deepEqual(last.done, ['SIGKILL'])
  })
}

test('the first child that exits before it has said its pid is an error with its last words', async (t) => {
  const { context, last, started, processes } = startedChild()
  for (let line = 1; line <= 7; line++) last.complains(`line ${line}`)
  last.exits('exited with code 3')
  const error = await rejected(started)
  t.is(error.code, 'CHILD_NOT_STARTED')
  t.regex(error.message, /line 3 \/ line 4 \/ line 5 \/ line 6 \/ line 7$/)
  context.advance(100_000)
  t.is(processes.length, 1)
})

test('a script that ends before it has begun is asked whether it calls run()', async (t) => {
  const { last, started } = startedChild()
  last.exits('exited with code 0')
  const error = await rejected(started)
  t.is(error.code, 'CHILD_NOT_STARTED')
  t.regex(error.hint ?? '', /run\(\)/)
})

test('a command that cannot be started is an error that names the folder', async (t) => {
  const { last, started } = startedChild({ pid: 0 })
  last.exits('could not be started: spawn python3 ENOENT')
  const error = await rejected(started)
  t.is(error.code, 'CHILD_NOT_STARTED')
  t.regex(error.message, /python3 split\.py.*ENOENT$/)
  t.is(error.hint, 'it was to be started in /components')
})

test('a child that exits is started again at once, then later and later, up to the limit', async (t) => {
  const { up, context, processes, errors, take, latest } = makeChild({ maxRestartDelayMs: 500 })
  await up()
  const delays = [0, 100, 200, 400, 500, 500]
  for (const [index, delay] of delays.entries()) {
    latest().exits()
    t.deepEqual(take(), ['down'])
    t.is(processes.length, index + 1)
    const diedAt = context.now()
    context.advance(delay)
    t.is(processes.length, index + 2)
    t.is(latest().startedAt, diedAt + delay)
    t.is(errors.at(-1)!.code, index === 0 ? 'CHILD_EXITED' : 'CHILD_NOT_STARTED')
  }
})

test('a later child gets all that the first one got, and is up in its turn', async (t) => {
  const { up, child, context, take, latest } = makeChild()
  const first = await up()
  first.exits()
  t.false(child.isUp)
  context.advance(0)
  await settled()
  t.is(latest().written[0].pidDir, '/pids/2')
  latest().says({ pid: 2 })
  t.true(child.isUp)
  t.deepEqual(take(), ['down', 'up {"pid":2}'])
})

test('a child that has lived for a minute starts with a clean record', async (t) => {
  const { up, context, latest } = makeChild()
  await up()
  for (let death = 0; death < 3; death++) {
    latest().exits()
    context.advance(1000)
  }
  latest().says({ pid: 4 })
  context.advance(60_000)
  const dead = latest()
  dead.exits()
  context.advance(0)
  t.not(latest(), dead, 'it is started again at once')
})

test('a child that says nothing is hung after its patience and a second at most, and is ended', async (t) => {
  const { up, context, listener, take, errors, latest } = makeChild()
  const first = await up()
  listener.seconds = 3
  context.advance(2500)
  first.says({ command: 'log' })
  context.advance(3000)
  t.deepEqual(first.done, [])
  t.false(take().includes('down'))
  context.advance(1000)
  t.deepEqual(first.done, ['SIGKILL'])
  t.is(take().at(-1), 'down')
  t.is(errors[0]!.code, 'CHILD_HUNG')
  t.regex(errors[0]!.hint!, /topology.subprocess.timeout.secs/)
  context.advance(0)
  t.not(latest(), first)
})

test('the patience is asked for anew each second: a child that is busy gets longer, one that owes nothing for ever', async (t) => {
  const { up, context, listener, errors } = makeChild()
  await up()
  context.advance(100_000)
  listener.seconds = 3
  context.advance(2000)
  listener.seconds = 10
  context.advance(8000)
  t.deepEqual(errors, [])
  context.advance(1000)
  t.is(errors[0]!.code, 'CHILD_HUNG')
})

test('a child that is up hears a beat each second', async (t) => {
  const { up, context, take } = makeChild()
  await up()
  context.advance(3000)
  t.deepEqual(take(), ['beat', 'beat', 'beat'])
})

test('a child that breaks the protocol is ended; the error shows what was wrong, the last messages and the last words', async (t) => {
  const { up, errors, take, child } = makeChild()
  const process = await up()
  process.complains('KeyError: x')
  process.says({ command: 'one' }, { command: 'two' }, { command: 'three' }, { command: 'four' })
  process.prints('no message\nend\n')
  t.deepEqual(process.done, ['SIGKILL'])
  t.false(child.isUp)
  t.deepEqual(take(), ['one', 'two', 'three', 'four', 'down'])
  const [{ code, message }] = errors as [TyphoonError]
  t.is(code, 'CHILD_PROTOCOL')
  t.regex(message, /"no message"/)
  t.regex(message, /{"command":"two"} {"command":"three"} {"command":"four"};/)
  t.regex(message, /KeyError: x/)
})

test('what the listener refuses breaks the protocol, and the rest of the chunk is not heard', async (t) => {
  const { up, listener, errors, take } = makeChild()
  const process = await up()
  listener.onMessage = ({ command }) => {
    if (command === 'bad') throw new Error('not this')
  }
  process.says({ command: 'good' }, { command: 'bad' }, { command: 'late' })
  t.deepEqual(take(), ['good', 'bad', 'down'])
  t.regex(errors[0]!.message, /not this.*{"command":"bad"}/)
})

test('a message that is nested too deep breaks the protocol, and is never handled', async (t) => {
  const { up, errors, take } = makeChild({ maxFrameBytes: 1_000_000 })
  const process = await up()
  process.prints(`{"command":"log","msg":${'['.repeat(100_000)}${']'.repeat(100_000)}}\nend\n`)
  t.deepEqual(take(), ['down'])
  t.is(errors[0]!.code, 'CHILD_PROTOCOL')
})

test('a message with an id that is no id at all breaks the protocol', async (t) => {
  const { up, listener, errors } = makeChild()
  const process = await up()
  listener.onMessage = ({ id }) => void String(id)
  process.says({ command: 'ack', id: { toString: 1 } })
  t.is(errors[0]!.code, 'CHILD_PROTOCOL')
  t.regex(errors[0]!.message, /{"command":"ack","id":{"toString":1}}/)
})

test('a message over the limit breaks the protocol', async (t) => {
  const { up, errors } = makeChild()
  const process = await up()
  process.says({ command: 'x'.repeat(1000) })
  t.is(errors[0]!.code, 'CHILD_PROTOCOL')
})

test('what is printed to stdout and stderr is in the log', async (t) => {
  const { up, context } = makeChild()
  const process = await up()
  process.prints('hello\n')
  process.says({ command: 'sync' })
  process.complains('careful')
  process.prints('bye')
  process.exits()
  t.deepEqual(
    context.logs.map(({ message }) => message),
    ['hello', 'careful', 'bye'],
  )
})

test('whatever an earlier child still says or does is not taken for the next one', async (t) => {
  const { up, context, take, errors, latest } = makeChild()
  const first = await up()
  first.prints('nonsense\nend\n')
  context.advance(0)
  const second = latest()
  second.says({ pid: 2 })
  take()
  first.says({ command: 'late' })
  first.complains('late words')
  first.drains()
  first.exits()
  t.deepEqual(take(), [])
  second.exits()
  t.notRegex(errors.at(-1)!.message, /late words/)
  t.true(context.logs.some(({ message }) => message === 'late words'))
})

test('a child is not read while those who get its tuples are full, and is not to blame for its silence', async (t) => {
  const { up, context, listener, errors } = makeChild()
  const process = await up()
  listener.seconds = 3
  listener.isFull = true
  process.says({ command: 'emit' })
  context.advance(60_000)
  t.deepEqual(new Set(process.done), new Set(['not read']))
  listener.isFull = false
  context.advance(10)
  t.is(process.done.at(-1), 'read')
  context.advance(2000)
  t.deepEqual(errors, [])
  context.advance(3000)
  t.is(errors[0]!.code, 'CHILD_HUNG')
})

test('frames wait while the pipe is full, and leave when it has room again', async (t) => {
  const { up, child } = makeChild()
  const process = await up()
  process.hasRoom = false
  child.sendFrame(tupleFrame('a'))
  await settled()
  child.sendFrame(tupleFrame('b'))
  child.sendFirst([9])
  await settled()
  t.is(child.waiting, 2)
  process.drains()
  t.is(child.waiting, 0)
  t.deepEqual(process.written.slice(1), [
    { id: '1', comp: 'component', stream: 'default', task: 1, tuple: ['a'] },
    [9],
    { id: '1', comp: 'component', stream: 'default', task: 1, tuple: ['b'] },
  ])
})

/** A child whose first process was started and has said nothing. */
function startedChild(options?: RigOptions) {
  const rig = makeChild(options)
  const started = rig.child.start(rig.listener)
  return { ...rig, started, last: rig.latest() }
}

async function rejected(promise: Promise<unknown>): Promise<TyphoonError> {
  try {
    await promise
  } catch (error) {
    return error as TyphoonError
  }
  throw new Error('it was not rejected')
}
