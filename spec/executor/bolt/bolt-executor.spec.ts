import test from 'ava'
import fc from 'fast-check'
import { ACKED, EXECUTED, FAILED } from '../../../lib/stats/counters.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import type { Tuple } from '../../../lib/tuple/tuple.ts'
import { Prng } from '../../../lib/util/prng.ts'
import { harness, ScriptBasicBolt, ScriptBolt, ScriptSpout } from '../harness.ts'
import { breathe, Promises, runBolt as run } from '../runs.ts'

for (const [kind, Kind] of [
  ['bolt', ScriptBolt],
  ['basic bolt', ScriptBasicBolt],
] as const) {
  test(`an exception in execute of a ${kind} fails the tuple with its message, is reported, and the task goes on`, async (t) => {
    const it = await run(
      new Kind((tuple: Tuple, out: any) => {
        if (tuple.values[0] === 2) throw new Error('two is too much')
        if (kind === 'bolt') out.ack(tuple)
      }),
      [1, 2, 3],
    )
    it.settle()
    t.deepEqual(it.source.acked, [1, 3])
    const task = it.tasks('bolt')[0]!
    t.deepEqual(it.source.failed, [[2, { kind: 'explicit', component: 'bolt', task, error: 'two is too much' }]])
    t.deepEqual(it.problems, [
      { code: 'EXECUTE_FAILED', message: 'two is too much', where: { component: 'bolt', task } },
    ])
    const { counters } = it.bolt('bolt')
    t.deepEqual([counters[EXECUTED], counters[ACKED], counters[FAILED]], [3, 2, 1])
  })

  test(`a promise that a ${kind} returns and that rejects fails the tuple, and the task goes on`, async (t) => {
    const promises = new Promises()
    const it = await run(new Kind((tuple: Tuple) => promises.make(tuple)), [1, 2])
    it.settle()
    promises.open[0]!.reject(new Error('rejected'))
    await breathe()
    it.settle()
    t.deepEqual(
      it.source.failed.map(([id, reason]) => [id, 'error' in reason && reason.error]),
      [[1, 'rejected']],
    )
    t.deepEqual(
      promises.open.map(({ value }) => value),
      [1, 2],
    )
  })
}

test('a collector that is given something else than a tuple says what the call takes', async (t) => {
  const wrong: ((out: any, tuple: Tuple) => void)[] = [
    (out) => out.ack(5),
    (out) => out.fail('no'),
    (out) => out.emit(7, ['a']),
    (out) => out.emit([undefined], ['a']),
    (out, tuple) => out.emit(tuple, ['a'], 3),
    (out) => out.emit(undefined, 'long', ['a']),
  ]
  const it = await run(
    new ScriptBolt((tuple, out) => wrong[tuple.values[0] as number]!(out, tuple)),
    wrong.map((_, index) => index),
  )
  it.settle()
  t.deepEqual(
    it.problems.map(({ code, message }) => [code, message]),
    [
      ['EXECUTE_FAILED', 'ack takes the tuple that was executed, not 5'],
      ['EXECUTE_FAILED', "fail takes the tuple that was executed, not 'no'"],
      ['EXECUTE_FAILED', 'the anchors of emit must be a tuple, a list of tuples, or undefined, not 7'],
      ['EXECUTE_FAILED', 'the anchors of emit must be a tuple, a list of tuples, or undefined, not [ undefined ]'],
      ['UNDECLARED_STREAM', 'the name of a stream must be a text, not 3'],
      ['UNDECLARED_STREAM', "the name of a stream must be a text, not [ 'a' ]"],
    ],
  )
})

test('what is thrown may be anything, and have any length: its reason stays short enough to travel', async (t) => {
  const thrown = ['a string', undefined, { no: 'error' }, new Error(''), new Error('x'.repeat(3_000_000))]
  const it = await run(
    new ScriptBolt((tuple) => {
      throw thrown[tuple.values[0] as number]
    }),
    thrown.map((_, index) => index),
  )
  it.settle()
  const errors = it.source.failed.map(([, reason]) => ('error' in reason ? reason.error! : ''))
  t.deepEqual(errors.slice(0, 4), ['a string', '', '[object Object]', 'Error'])
  t.true(errors[4]!.startsWith('xxx') && errors[4]!.length < 10_000)
  t.true(it.problems.every(({ message }) => message.length < 10_000))
})

test('a basic bolt acks when its promise resolves, not before; a bolt that acks by itself is left alone', async (t) => {
  const promises = new Promises()
  const basic = await run(new ScriptBasicBolt((tuple) => promises.make(tuple)), ['basic'])
  const rich = await run(new ScriptBolt((tuple) => promises.make(tuple)), ['rich'])
  for (const it of [basic, rich]) it.settle()
  t.deepEqual(basic.source.acked, [])
  t.is(basic.bolt('bolt').unsettled, 1)
  for (const { resolve } of promises.open) resolve()
  await breathe()
  for (const it of [basic, rich]) it.settle()
  t.deepEqual(basic.source.acked, ['basic'])
  t.is(basic.bolt('bolt').unsettled, 0)
  t.deepEqual(rich.source.acked, [])
  t.is(rich.pending, 1)
})

test('the settling of a promise wakes the run loop, resolved or rejected', async (t) => {
  const promises = new Promises()
  const it = await run(new ScriptBolt((tuple) => promises.make(tuple)), [1, 2], 2)
  it.settle()
  for (const settle of [promises.open[0]!.resolve, promises.open[1]!.reject]) {
    const before = it.wakes
    settle(new Error('rejected'))
    await breathe()
    t.true(it.wakes > before)
  }
})

test('no more promises are unsettled than the concurrency allows, and with 1 the order is kept', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 15 }),
      fc.integer(),
      async (concurrency, tuples, seed) => {
        const random = new Prng(seed)
        const promises = new Promises()
        const order: unknown[] = []
        const it = await run(
          new ScriptBasicBolt((tuple) => {
            order.push(tuple.values[0])
            return random.below(4) === 0 ? undefined : promises.make(tuple)
          }),
          Array.from({ length: tuples }, (_, index) => index),
          concurrency,
        )
        for (let turn = 0; turn < 10 * tuples + 1; turn++) {
          it.settle()
          if (it.bolt('bolt').unsettled > concurrency || promises.open.length > concurrency) return false
          promises.open.splice(random.below(promises.open.length + 1), 1)[0]?.resolve()
          await breathe()
        }
        const inOrder = order.every((value, index) => value === index)
        return inOrder && it.source.acked.length === tuples && it.pending === 0
      },
    ),
    { numRuns: 25 },
  )
  t.pass()
})

test('while its promise is unsettled a task with concurrency 1 executes nothing, and its inbox keeps the rest', async (t) => {
  const promises = new Promises()
  const it = await run(new ScriptBasicBolt((tuple) => promises.make(tuple)), [1, 2, 3])
  it.settle()
  t.is(promises.open.length, 1)
  t.is(it.bolt('bolt').inbox.size, 2)
})

test('the first ack or fail of a tuple counts, later ones are void', async (t) => {
  const it = await run(
    new ScriptBolt((tuple, out) => {
      const [first, second] = tuple.values[0] === 1 ? [out.ack, out.fail] : [out.fail, out.ack]
      for (const settle of [first, second, first]) settle.call(out, tuple)
    }),
    [1, 2],
  )
  it.settle()
  it.timeOut()
  t.deepEqual(it.source.acked, [1])
  t.deepEqual(
    it.source.failed.map(([id, { kind }]) => [id, kind]),
    [[2, 'explicit']],
  )
  const { counters } = it.bolt('bolt')
  t.deepEqual([counters[ACKED], counters[FAILED]], [1, 1])
})

test('a bolt that acks and then throws has acked; the error is shown', async (t) => {
  const it = await run(
    new ScriptBolt((tuple, out) => {
      out.ack(tuple)
      throw new Error('too late')
    }),
    [1],
  )
  it.settle()
  t.deepEqual(it.source.acked, [1])
  t.deepEqual(it.source.failed, [])
  t.deepEqual(
    it.problems.map(({ message }) => message),
    ['too late'],
  )
})

test('a task that is held back executes nothing until it is free, not even the rest of its turn', async (t) => {
  let executed = 0
  const it = await run(
    new ScriptBasicBolt(() => {
      executed++
      if (executed === 2) it.bolt('bolt').heldBy++
    }),
    [1, 2, 3, 4],
  )
  it.settle()
  t.is(executed, 2)
  it.bolt('bolt').heldBy--
  it.settle()
  t.is(executed, 4)
})

test('a turn does no more than its quota', async (t) => {
  let executed = 0
  const it = await run(new ScriptBasicBolt(() => void executed++), [1, 2, 3, 4, 5])
  it.spout('words').run(256)
  t.is(it.bolt('bolt').run(2), 2)
  t.is(it.bolt('bolt').run(2), 2)
  t.is(it.bolt('bolt').run(2), 1)
  t.is(it.bolt('bolt').run(2), 0)
  t.is(executed, 5)
})

test('resetTimeout gives a root its whole time again', async (t) => {
  const held: Tuple[] = []
  const it = await run(new ScriptBolt((tuple) => void held.push(tuple)), ['kept', 'left'])
  it.settle()
  for (let i = 0; i < 20; i++) {
    it.tick()
    it.bolt('bolt').resetTimeout(held[0]!)
    it.settle()
  }
  t.deepEqual(
    it.source.failed.map(([id]) => id),
    ['left'],
  )
  it.bolt('bolt').ack(held[0]!)
  it.settle()
  t.deepEqual(it.source.acked, ['kept'])
})

test('hooks see each execute when it is over, each ack and fail, and one that throws changes nothing', async (t) => {
  const it = await run(
    new ScriptBolt((tuple, out) => {
      if (tuple.values[0] === 1) out.ack(tuple)
      else out.fail(tuple, 'reason')
    }),
    [1, 2],
  )
  const seen: unknown[] = []
  it.contexts.get(it.tasks('bolt')[0]!)!.addTaskHook({
    boltExecute: ({ tuple }) => {
      seen.push(['execute', tuple.values[0]])
      throw new Error('a bad hook')
    },
    boltAck: ({ tuple }) => void seen.push(['ack', tuple.values[0]]),
    boltFail: ({ tuple, error }) => void seen.push(['fail', tuple.values[0], error]),
  })
  it.settle()
  t.deepEqual(seen, [
    ['ack', 1],
    ['execute', 1],
    ['fail', 2, 'reason'],
    ['execute', 2],
  ])
  t.deepEqual(it.source.acked, [1])
  t.deepEqual(
    it.problems.map(({ message }) => message),
    ['a bad hook', 'a bad hook'],
  )
})

test('a hook hears how long an execution took, its promise included', async (t) => {
  const promises = new Promises()
  const it = await run(new ScriptBasicBolt((tuple) => promises.make(tuple)), ['a'])
  const seen: number[] = []
  it.contexts.get(it.tasks('bolt')[0]!)!.addTaskHook({ boltExecute: ({ latencyMs }) => void seen.push(latencyMs) })
  await it.clock.advance(5)
  it.settle()
  await it.clock.advance(40)
  promises.open[0]!.resolve()
  await breathe()
  t.deepEqual(seen, [40])
})

test('at the end of the input a basic bolt may emit, into no tree', async (t) => {
  class Last extends ScriptBasicBolt {
    override endOfInput(collector: any): void {
      collector.emit(['the end'])
    }
  }
  const got: Tuple[] = []
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('end')
  builder.setSpout('words', () => source)
  builder.setBolt('last', () => new Last(() => {})).grouping('words', 'default', { type: 'shuffle' })
  builder
    .setBolt('sink', () => new ScriptBolt((tuple) => void got.push(tuple)))
    .grouping('last', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  await it.bolt('last').endOfInput()
  it.settle()
  t.deepEqual(
    got.map(({ values, rootHigh }) => [values, rootHigh]),
    [[['the end'], 0]],
  )
})
