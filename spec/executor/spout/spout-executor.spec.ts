import test from 'ava'
import { ACKED, FAILED, FAILED_EXPLICIT, FAILED_LOST, FAILED_TIMEOUT, ROOTS } from '../../../lib/stats/counters.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import { rootHighOf } from '../../../lib/tuple/ids.ts'
import { harness, ScriptBolt, ScriptSpout } from '../harness.ts'
import { runHolding } from '../runs.ts'

test('nextTuple is not called while as many roots are in flight as may be, and again when one has its verdict', async (t) => {
  const it = await runHolding({ 'topology.max.spout.pending': 2 })
  it.emit('a', 'b', 'c', 'd', 'e')
  it.settle()
  t.is(it.pending, 2)
  const { calls } = it.source
  it.settle()
  t.is(it.source.calls, calls)
  it.ack('a')
  t.is(it.pending, 2)
  it.fail('b')
  t.is(it.pending, 2)
  t.deepEqual(
    it.held.map((tuple) => tuple.values[0]),
    ['c', 'd'],
  )
})

test('only roots with a message id count as in flight', async (t) => {
  const it = await runHolding({ 'topology.max.spout.pending': 2 })
  for (let i = 0; i < 10; i++) it.source.script.push((out) => out.emit([i]))
  it.settle()
  t.is(it.held.length, 10)
  t.is(it.pending, 0)
})

test('each root gets exactly one verdict: acks, fails and timeouts that come later change nothing', async (t) => {
  const it = await runHolding()
  it.emit('acked', 'failed', 'late')
  it.settle()
  it.ack('acked')
  it.fail('failed')
  it.timeOut()
  it.ack('late')
  it.spout('words').verdicts.failAll({ kind: 'worker lost', worker: 2 })
  t.deepEqual(it.source.acked, ['acked'])
  t.deepEqual(
    it.source.failed.map(([id, { kind }]) => [id, kind]),
    [
      ['failed', 'explicit'],
      ['late', 'timeout'],
    ],
  )
  const { counters } = it.spout('words')
  t.deepEqual([counters[ROOTS], counters[ACKED], counters[FAILED]], [3, 1, 2])
  t.deepEqual([counters[FAILED_EXPLICIT], counters[FAILED_TIMEOUT], counters[FAILED_LOST]], [1, 1, 0])
})

test('a root times out by the fifth tick after it was emitted: after one timeout at least, after two at most', async (t) => {
  const it = await runHolding()
  it.tick()
  it.emit('early')
  it.settle()
  for (let i = 0; i < 4; i++) it.tick()
  t.deepEqual(it.source.failed, [])
  it.emit('late')
  it.settle()
  it.tick()
  t.deepEqual(it.source.failed, [['early', { kind: 'timeout', waitingFor: ['bolt'] }]])
  for (let i = 0; i < 4; i++) it.tick()
  t.deepEqual(
    it.source.failed.map(([id]) => id),
    ['early', 'late'],
  )
  t.is(it.pending, 0)
})

test('while the event loop of a worker is blocked no root times out; when it goes on the ones that are lost do', async (t) => {
  const it = await runHolding()
  it.emit('a')
  it.settle()
  it.spout('words').verdicts.waitsForBlocked = true
  it.timeOut()
  it.timeOut()
  t.is(it.pending, 1)
  it.spout('words').verdicts.waitsForBlocked = false
  it.tick()
  t.is(it.pending, 0)
  t.is(it.source.failed.length, 1)
})

test('a root does not time out while something of its tree is acked now and then', async (t) => {
  const source = new ScriptSpout()
  let emitPart = (): void => {}
  const first = (): ScriptBolt =>
    new ScriptBolt((tuple, out) => {
      emitPart = () => void out.emit(tuple, ['part'])
    })
  const builder = new TopologyBuilder('chain')
  builder.setSpout('words', () => source)
  builder.setBolt('first', first).grouping('words', 'default', { type: 'shuffle' })
  builder
    .setBolt('second', () => new ScriptBolt((tuple, out) => out.ack(tuple)))
    .grouping('first', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  source.script.push((out) => out.emit(['x'], 'x'))
  it.settle()
  for (let part = 0; part < 10; part++) {
    for (let i = 0; i < 4; i++) it.tick()
    emitPart()
    it.settle()
  }
  t.deepEqual(source.failed, [])
  it.timeOut()
  t.deepEqual(
    source.failed.map(([id, { kind }]) => [id, kind]),
    [['x', 'timeout']],
  )
})

test('a tuple that waits for its turn does not time out, however long; one that was taken and is not acked does', async (t) => {
  const it = await runHolding()
  const bolt = it.bolt('bolt')
  it.emit('taken')
  it.settle()
  bolt.heldBy++
  it.emit('waiting')
  it.settle()
  for (let i = 0; i < 40; i++) {
    it.tick()
    bolt.renewWaiting()
  }
  t.deepEqual(
    it.source.failed.map(([id]) => id),
    ['taken'],
  )
  bolt.heldBy--
  it.settle()
  it.ack('waiting')
  t.deepEqual(it.source.acked, ['waiting'])
})

test('a tick of one spout task ages the roots of that task alone, and once', async (t) => {
  const made: ScriptSpout[] = []
  const builder = new TopologyBuilder('two')
  builder.setSpout('words', () => made[made.push(new ScriptSpout()) - 1]!, 2)
  builder.setBolt('bolt', () => new ScriptBolt(() => {})).grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  // Those before were made to read what the spout declares.
  const sources = made.slice(-2)
  it.activate()
  for (const source of sources) source.script.push((out) => out.emit(['x'], 'x'))
  it.settle()
  for (let i = 0; i < 4; i++) it.tick()
  t.deepEqual(
    sources.map(({ failed }) => failed.length),
    [0, 0],
  )
  it.tick()
  t.deepEqual(
    sources.map(({ failed }) => failed.length),
    [1, 1],
  )
})

test('so many roots can time out at once that they do not fit one frame: they are asked about in several', async (t) => {
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('many', { 'topology.workers': 2, 'topology.acker.executors': 1 })
  builder.setSpout('words', () => source)
  builder.setBolt('bolt', () => new ScriptBolt(() => {})).grouping('words', 'default', { type: 'shuffle' })
  builder.setBolt('other', () => new ScriptBolt(() => {})).grouping('bolt', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  source.script.push((out) => {
    for (let i = 0; i < 5_000; i++) out.emit(['x'], i)
  })
  it.settle()
  for (let i = 0; i < 4; i++) it.tick()
  it.remote.length = 0
  it.tick()
  const sizes = it.remote.map(({ tuple }) => (tuple.values[0] as Int32Array).length / 2)
  t.is(
    sizes.reduce((sum, size) => sum + size, 0),
    5_000,
  )
  t.true(Math.max(...sizes) <= 1024)
  const asked = new Set(
    it.remote.flatMap(({ tuple }) => [...(tuple.values[0] as Int32Array)].filter((_, index) => index % 2 === 1)),
  )
  t.is(asked.size, 5_000)
})

test('when a worker is lost every root in flight fails at once, with that reason; those that fail emits are new', async (t) => {
  const it = await runHolding()
  it.emit('a', 'b')
  it.settle()
  let replays = 0
  it.source.onFail = (id) => {
    if (replays++ < 2) it.source.out.emit([id], id)
  }
  it.spout('words').verdicts.failAll({ kind: 'worker lost', worker: 2 })
  t.deepEqual(it.source.failed, [
    ['a', { kind: 'worker lost', worker: 2 }],
    ['b', { kind: 'worker lost', worker: 2 }],
  ])
  t.is(it.pending, 2)
  t.is(it.spout('words').counters[FAILED_LOST], 2)
  const old = it.held.splice(0)
  it.settle()
  for (const tuple of old) it.bolt('bolt').ack(tuple)
  it.settle()
  t.deepEqual(it.source.acked, [])
  it.ack('a')
  it.ack('b')
  t.deepEqual(it.source.acked, ['a', 'b'])
})

test('a verdict for an earlier incarnation of the worker meets no root of this one', async (t) => {
  const it = await runHolding({}, 2)
  it.emit('a')
  it.settle()
  const { acks } = it
  const { rootLow, high, low, trace } = it.held[0]!
  const old = rootHighOf(it.tasks('words')[0]!, 1)
  acks.init(old, rootLow, high, low, trace)
  acks.ack(old, rootLow, high, low, trace)
  it.settle()
  t.deepEqual(it.source.acked, [])
  it.ack('a')
  t.deepEqual(it.source.acked, ['a'])
})

test('nor does one for the incarnation 8192 restarts ago, whose high half is the same', async (t) => {
  const before = await runHolding({}, 2)
  const it = await runHolding({}, 2 + 8192)
  for (const one of [before, it]) {
    one.emit('a')
    one.settle()
  }
  const { rootHigh, rootLow, high, low, trace } = before.held[0]!
  t.is(it.held[0]!.rootHigh, rootHigh)
  it.acks.init(rootHigh, rootLow, high, low, trace)
  it.acks.ack(rootHigh, rootLow, high, low, trace)
  it.settle()
  t.deepEqual(it.source.acked, [])
  it.ack('a')
  t.deepEqual(it.source.acked, ['a'])
})

test('any message id but undefined is one: 0, an empty string, null, false, an object', async (t) => {
  const ids = [0, '', null, false, { id: 1 }, Number.NaN]
  const it = await runHolding()
  for (const id of ids) it.source.script.push((out) => out.emit(['x'], id))
  it.settle()
  t.is(it.pending, ids.length)
  for (const tuple of it.held) it.bolt('bolt').ack(tuple)
  it.settle()
  t.deepEqual(it.source.acked, ids)
})

test('without ackers a message id is acked at once, within emit, and nothing is in flight', async (t) => {
  const it = await runHolding({ 'topology.acker.executors': 0, 'topology.max.spout.pending': 1 })
  it.source.script.push((out) => {
    out.emit(['a'], 'a')
    t.deepEqual(it.source.acked, ['a'])
    out.emit(['b'], 'b')
    out.emit(['c'])
  })
  it.settle()
  t.deepEqual(it.source.acked, ['a', 'b'])
  t.is(it.pending, 0)
  t.deepEqual(
    it.held.map((tuple) => tuple.rootHigh),
    [0, 0, 0],
  )
  t.deepEqual([it.spout('words').counters[ROOTS], it.spout('words').counters[ACKED]], [2, 2])
  it.bolt('bolt').fail(it.held[0]!, new Error('nobody hears'))
  it.settle()
  t.deepEqual(it.source.failed, [])
})

test('an exception in ack or fail of the spout is reported, and the other verdicts are told all the same', async (t) => {
  const it = await runHolding()
  it.emit('a', 'b', 'c')
  it.settle()
  it.source.onAck = it.source.onFail = () => {
    throw new Error('bad spout')
  }
  for (const tuple of it.held) it.bolt('bolt')[tuple.values[0] === 'b' ? 'fail' : 'ack'](tuple, undefined)
  it.settle()
  t.deepEqual([it.source.acked, it.source.failed.length], [['a', 'c'], 1])
  t.is(it.problems.filter(({ message }) => message.endsWith(' threw: bad spout')).length, 3)
})

test('the latency of a root is the time from its emit to its verdict', async (t) => {
  const it = await runHolding()
  it.emit('a')
  it.settle()
  await it.clock.advance(250)
  it.ack('a')
  const data = it.spout('words').latency()
  t.is(data.length, 2)
  t.is(data[1], 1)
})

test('hooks see each verdict, with latency and reason', async (t) => {
  const it = await runHolding()
  const seen: unknown[] = []
  it.contexts.get(it.tasks('words')[0]!)!.addTaskHook({
    spoutAck: ({ messageId, latencyMs }) => void seen.push([messageId, latencyMs]),
    spoutFail: ({ messageId, reason }) => void seen.push([messageId, reason.kind]),
  })
  it.emit('a', 'b')
  it.settle()
  await it.clock.advance(30)
  it.ack('a')
  it.fail('b')
  t.deepEqual(seen, [
    ['a', 30],
    ['b', 'explicit'],
  ])
})
