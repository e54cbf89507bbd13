import test from 'ava'
import { Trials } from '../../../lib/executor/spout/trials.ts'
import { breathe, runHolding } from '../runs.ts'

test('a spout that is exhausted is not asked again, until a root of it fails', async (t) => {
  const it = await runHolding()
  it.emit('a')
  it.settle()
  it.source.exhausted = true
  it.settle()
  t.true(it.spout('words').exhausted)
  const { calls } = it.source
  it.settle()
  t.is(it.source.calls, calls)
  it.source.onFail = (id) => {
    it.source.exhausted = false
    it.emit(id)
  }
  it.fail('a')
  t.false(it.spout('words').exhausted)
  t.is(it.held.length, 1)
  it.source.onAck = () => {
    it.source.exhausted = true
  }
  it.ack('a')
  t.true(it.spout('words').exhausted)
})

test('an inactive spout is not asked for tuples, and gets its verdicts', async (t) => {
  const it = await runHolding()
  it.emit('a', 'b')
  it.settle()
  it.spout('words').deactivate()
  const { calls } = it.source
  it.emit('c')
  it.ack('a')
  it.timeOut()
  t.is(it.source.calls, calls)
  t.deepEqual([it.source.acked, it.source.failed.map(([id]) => id)], [['a'], ['b']])
  it.spout('words').activate()
  it.settle()
  t.is(it.held.at(-1)!.values[0], 'c')
})

test('a promise of ack or fail keeps the task from rest, also an inactive one, and holds no tuple back', async (t) => {
  const it = await runHolding()
  const spout = it.spout('words')
  it.emit('a', 'b')
  it.settle()
  let settle = (): void => {}
  it.source.onFail = () =>
    new Promise((resolve) => {
      settle = resolve
    })
  it.source.onAck = () => Promise.reject(new Error('no ack'))
  it.fail('a')
  it.ack('b')
  await breathe()
  t.is(spout.unsettled, 1)
  it.emit('c')
  it.settle()
  t.is(it.held.length, 1)
  spout.deactivate()
  t.is(spout.unsettled, 1)
  settle()
  await breathe()
  t.is(spout.unsettled, 0)
  t.deepEqual(
    it.problems.map(({ message }) => message),
    ['ack threw: no ack'],
  )
})

test('what ack returns may have no more than a then: the task waits for it, and comes to rest', async (t) => {
  const it = await runHolding()
  let settle = (): void => {}
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library
    then(done: () => void): void {
      settle = done
    },
  }
  it.source.onAck = () => thenable as Promise<void>
  it.emit('a')
  it.settle()
  it.ack('a')
  await breathe()
  t.is(it.spout('words').unsettled, 1)
  settle()
  await breathe()
  t.is(it.spout('words').unsettled, 0)
  t.deepEqual(it.problems, [])
})

test('what a spout emits by itself during an inquest wakes the run loop, so that it is asked for', async (t) => {
  const it = await runHolding()
  const asked: number[] = []
  const trials = new Trials({
    namesOf: (roots) => roots.map(() => ['name']),
    ask: (roots) => asked.push(roots.length),
    sent: () => {},
    settled: () => {},
  })
  it.spout('words').staging.setTrials(trials)
  const { wakes } = it
  it.source.out.emit(['by a timer'], 'id')
  t.true(it.wakes > wakes)
  it.settle()
  t.deepEqual(asked, [1])
})

test('a spout that is held back is not asked for tuples, not even for the rest of its turn', async (t) => {
  const it = await runHolding()
  it.source.script.push((out) => {
    out.emit(['a'], 'a')
    it.spout('words').heldBy++
  })
  it.emit('b')
  it.settle()
  t.is(it.source.calls, 1)
  it.spout('words').heldBy--
  it.settle()
  t.deepEqual(
    it.held.map((tuple) => tuple.values[0]),
    ['a', 'b'],
  )
})

test('an exception of nextTuple is reported and tried again after a growing delay; too many in a row are fatal', async (t) => {
  const it = await runHolding({ 'topology.spout.error.limit': 4 })
  const bad = (): never => {
    throw new Error('no input')
  }
  it.source.script.push(bad, bad, bad, bad)
  const delays: number[] = []
  it.settle()
  for (let calls = 1; calls < 4; calls++) {
    let ms = 0
    for (; it.source.calls === calls; ms++) {
      await it.clock.advance(1)
      it.settle()
    }
    delays.push(ms)
  }
  t.deepEqual(delays, [10, 20, 40])
  t.is(it.problems.length, 3)
  t.deepEqual(
    it.fatals.map(({ code, message, where }) => [code, message, where.component]),
    [['COMPONENT_FAILED', 'nextTuple threw 4 times in a row; the last time: no input', 'words']],
  )
  await it.clock.advance(10_000)
  it.settle()
  t.is(it.source.calls, 4)
})

test('a spout that cannot say whether it is exhausted is given up as well, with the name of the method', async (t) => {
  const it = await runHolding({ 'topology.spout.error.limit': 3 })
  it.source.isExhausted = () => {
    throw new Error('no file')
  }
  it.settle()
  for (let ms = 0; ms < 100; ms++) {
    await it.clock.advance(1)
    it.settle()
  }
  t.deepEqual(
    it.problems.map(({ message }) => message),
    ['isExhausted threw: no file', 'isExhausted threw: no file'],
  )
  t.deepEqual(
    it.fatals.map(({ code, message }) => [code, message]),
    [['COMPONENT_FAILED', 'isExhausted threw 3 times in a row; the last time: no file']],
  )
})

for (const isAsync of [false, true]) {
  test(`only exceptions in a row count: a call of nextTuple ${isAsync ? 'whose promise resolves' : 'that returns'} is a new beginning, tuple or not`, async (t) => {
    const it = await runHolding({ 'topology.spout.error.limit': 2 })
    const wrap = (step: () => void) => (isAsync ? async () => step() : step)
    for (let i = 0; i < 5; i++) {
      it.source.script.push(
        wrap(() => {
          throw new Error('now and then')
        }),
        wrap(() => {}),
      )
    }
    for (let i = 0; i < 500 && it.source.script.length > 0; i++) {
      await it.clock.advance(10)
      it.settle()
      await breathe()
    }
    t.is(it.source.script.length, 0)
    t.deepEqual(it.fatals, [])
    t.is(it.problems.length, 5)
  })
}

test('nextTuple that returns a promise is not called again before it is settled, and verdicts come meanwhile', async (t) => {
  const it = await runHolding()
  it.emit('before')
  it.settle()
  let resolve = (): void => {}
  it.source.script.push(async (out) => {
    out.emit(['first'], 'first')
    await new Promise<void>((done) => {
      resolve = done
    })
    out.emit(['second'], 'second')
  })
  it.settle()
  const { calls } = it.source
  it.ack('before')
  it.ack('first')
  t.deepEqual(it.source.acked, ['before', 'first'])
  t.is(it.source.calls, calls)
  t.is(it.spout('words').unsettled, 1)
  const before = it.wakes
  resolve()
  await breathe()
  t.true(it.wakes > before)
  it.settle()
  t.is(it.spout('words').unsettled, 0)
  it.ack('second')
  t.deepEqual(it.source.acked, ['before', 'first', 'second'])
})

test('an async nextTuple that emits before it waits has brought something: the spout is not idle', async (t) => {
  const it = await runHolding()
  for (let i = 0; i < 5; i++) it.source.script.push(async (out) => out.emit([i], i))
  for (let i = 0; i < 5; i++) {
    it.spout('words').run(1)
    await breathe()
    t.is(it.spout('words').idleCalls, 0)
  }
  it.spout('words').run(1)
  t.is(it.spout('words').idleCalls, 1)
})
