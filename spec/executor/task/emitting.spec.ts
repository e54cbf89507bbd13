import test from 'ava'
import fc from 'fast-check'
import { ACKED, EMITTED, EXECUTED, FAILED, TRANSFERRED } from '../../../lib/stats/counters.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import type { OutputCollector } from '../../../lib/topology/component/collectors.ts'
import type { Tuple } from '../../../lib/tuple/tuple.ts'
import { Prng } from '../../../lib/util/prng.ts'
import { harness, ScriptBasicBolt, ScriptBolt, ScriptSpout, WORD } from '../harness.ts'
import { ackOnly, emitWords, runEmitting } from '../runs.ts'

test('a tree is acked when each of its tuples was, and not before', async (t) => {
  const held: Tuple[] = []
  const it = await runEmitting(
    (tuple, out) => {
      out.emit(tuple, tuple.values)
      out.ack(tuple)
    },
    (tuple) => void held.push(tuple),
  )
  emitWords(it.source, 'a')
  it.settle()
  t.is(held.length, 2)
  t.deepEqual(it.source.acked, [])
  it.bolt('sink', 0).ack(held[0]!)
  it.settle()
  t.deepEqual(it.source.acked, [])
  it.bolt('sink', 1).ack(held[1]!)
  it.settle()
  t.deepEqual(it.source.acked, ['a'])
  t.is(it.pending, 0)
})

test('a tuple that was emitted with several anchors holds the roots of all of them', async (t) => {
  const inputs: Tuple[] = []
  const outputs: Tuple[] = []
  const it = await runEmitting(
    (tuple, out) => {
      inputs.push(tuple)
      if (inputs.length < 3) return
      out.emit(inputs, ['all'])
      for (const input of inputs) out.ack(input)
    },
    (tuple) => void outputs.push(tuple),
  )
  emitWords(it.source, 'a', 'b', 'c')
  it.settle()
  t.deepEqual(it.source.acked, [])
  t.deepEqual(
    outputs.map((tuple) => 1 + (tuple.more?.length ?? 0)),
    [3, 3],
  )
  it.bolt('sink', 0).ack(outputs[0]!)
  it.settle()
  t.deepEqual(it.source.acked, [])
  it.bolt('sink', 1).fail(outputs[1]!, new Error('no'))
  it.settle()
  t.deepEqual(
    it.source.failed.map(([id, reason]) => [id, reason.kind]),
    [
      ['a', 'explicit'],
      ['b', 'explicit'],
      ['c', 'explicit'],
    ],
  )
})

test('two anchors of one root, or the same anchor twice, are one place in one tree', async (t) => {
  const twins: Tuple[] = []
  const places: number[] = []
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('twins')
  builder.setSpout('words', () => source)
  builder
    .setBolt(
      'fork',
      () =>
        new ScriptBolt((tuple, out) => {
          out.emit([tuple, tuple], ['left'])
          out.emit(tuple, ['right'])
          out.ack(tuple)
        }),
    )
    .grouping('words', 'default', { type: 'shuffle' })
  builder
    .setBolt(
      'join',
      () =>
        new ScriptBolt((tuple, out) => {
          twins.push(tuple)
          if (twins.length < 2) return
          out.emit(twins, ['joined'])
          for (const twin of twins) out.ack(twin)
        }),
    )
    .grouping('fork', 'default', { type: 'shuffle' })
  builder
    .setBolt(
      'sink',
      () =>
        new ScriptBolt((tuple, out) => {
          places.push(1 + (tuple.more?.length ?? 0))
          out.ack(tuple)
        }),
    )
    .grouping('join', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  emitWords(source, 1)
  it.settle()
  t.deepEqual(places, [1])
  t.deepEqual(source.acked, [1])
})

test('anchors that are in no tree count for nothing: what is emitted with them is in no tree either', async (t) => {
  const roots: number[] = []
  const it = await runEmitting(
    (tuple, out) => {
      out.emit(tuple, ['with one'])
      out.emit([tuple, tuple], ['with several'])
      out.emit([], ['with none'])
      out.emit(undefined, ['without'])
      out.ack(tuple)
      out.emit(tuple, ['after the ack'])
    },
    (tuple, out) => {
      roots.push(tuple.rootHigh)
      out.ack(tuple)
    },
  )
  it.source.script.push((out) => out.emit(['untracked']))
  it.settle()
  t.deepEqual(roots, new Array(10).fill(0))
  t.is(it.pending, 0)
  t.deepEqual(it.problems, [])
})

test('a tree acks whatever the shape of its trees (several bolts, anchors of several roots): nothing is left in flight', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 30 }), async (seed, words) => {
      const random = new Prng(seed)
      let waiting: Tuple[] = []
      const it = await runEmitting((tuple, out) => {
        waiting.push(tuple)
        for (let i = random.below(3); i > 0; i--) {
          const anchors = random.shuffle(waiting).slice(0, 1 + random.below(waiting.length))
          out.emit(anchors.length === 1 ? anchors[0] : anchors, ['made'])
        }
        if (random.below(2) === 0) return
        for (const one of waiting) out.ack(one)
        waiting = []
      })
      emitWords(it.source, ...Array.from({ length: words }, (_, index) => index))
      it.settle()
      for (const one of waiting) it.bolt('bolt').ack(one)
      it.settle()
      return it.source.acked.length === words && it.pending === 0 && it.source.failed.length === 0
    }),
    { numRuns: 40 },
  )
  t.pass()
})

test('emit returns the tasks that got the tuple', async (t) => {
  const seen: (readonly number[])[] = []
  const it = await runEmitting((tuple, out) => {
    seen.push(out.emit(tuple, ['x']))
    out.ack(tuple)
  })
  it.source.script.push((out) => void seen.push(out.emit(['x'], 1)))
  it.settle()
  t.deepEqual(seen, [it.tasks('bolt'), it.tasks('sink')])
})

test('a stream that nobody subscribes to takes tuples; a root of it is acked by the acker', async (t) => {
  const source = new ScriptSpout({ used: WORD, unused: WORD })
  const builder = new TopologyBuilder('unused')
  builder.setSpout('words', () => source)
  builder.setBolt('sink', () => new ScriptBolt(ackOnly)).grouping('words', 'used', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  source.script.push((out) => {
    t.deepEqual(out.emit(['x'], 1, 'unused'), [])
    t.deepEqual(source.acked, [])
    t.is(out.pendingCount, 1)
  })
  it.settle()
  t.deepEqual(source.acked, [1])
})

test('counts: one emit to two tasks is one emitted and two transferred', async (t) => {
  const it = await runEmitting((tuple, out) => {
    out.emit(tuple, ['x'])
    out.ack(tuple)
  })
  emitWords(it.source, 1, 2, 3)
  it.settle()
  const { counters } = it.bolt('bolt')
  t.deepEqual(
    [counters[EMITTED], counters[TRANSFERRED], counters[EXECUTED], counters[ACKED], counters[FAILED]],
    [3, 6, 3, 3, 0],
  )
})

test('the collector of a basic bolt anchors to its input, and what it emits acks with it', async (t) => {
  const source = new ScriptSpout()
  const held: Tuple[] = []
  const builder = new TopologyBuilder('basic')
  builder.setSpout('words', () => source)
  builder
    .setBolt('basic', () => new ScriptBasicBolt((_tuple, out) => void out.emit(['x'])))
    .grouping('words', 'default', { type: 'shuffle' })
  builder
    .setBolt('sink', () => new ScriptBolt((tuple) => void held.push(tuple)))
    .grouping('basic', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  emitWords(source, 1)
  it.settle()
  t.deepEqual(source.acked, [])
  it.bolt('sink').ack(held[0]!)
  it.settle()
  t.deepEqual(source.acked, [1])
})

test('a tuple that is emitted, acked, failed or reset outside of a turn wakes the run loop, or it would wait there', async (t) => {
  const held: Tuple[] = []
  let bolt: OutputCollector | undefined
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('outside', { 'topology.workers': 2, 'topology.acker.executors': 1 })
  builder.setSpout('words', () => source)
  builder.setBolt('far', () => new ScriptBolt(ackOnly)).grouping('words', 'default', { type: 'shuffle' })
  builder
    .setBolt(
      'bolt',
      () =>
        new ScriptBolt((tuple, out) => {
          bolt = out
          held.push(tuple)
        }),
    )
    .grouping('words', 'default', { type: 'shuffle' })
  builder.setBolt('far-too', () => new ScriptBolt(ackOnly)).grouping('bolt', 'default', { type: 'all' })
  // words 1, far 2, bolt 1, far-too 2, acker 1.
  const it = await harness(builder.createTopology())
  it.activate()
  emitWords(source, 1, 2, 3)
  it.settle()
  const calls: [string, () => void][] = [
    ['emit', () => it.spout('words') && source.out.emit(['late'], 4)],
    ['ack', () => it.bolt('bolt').ack(held[0]!)],
    ['fail', () => it.bolt('bolt').fail(held[1]!, new Error('no'))],
    ['reset', () => it.bolt('bolt').resetTimeout(held[2]!)],
  ]
  for (const [what, call] of calls) {
    const before = it.wakes
    call()
    t.true(it.wakes > before, what)
    it.settle()
  }
  const before = it.wakes
  it.remote.length = 0
  bolt!.emit(undefined, ['to another worker alone'])
  t.true(it.remote.length === 1 && it.wakes > before)
})
