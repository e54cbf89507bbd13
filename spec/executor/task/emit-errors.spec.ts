import test from 'ava'
import { TyphoonError } from '../../../lib/errors/typhoon-error.ts'
import { EMITTED, EXECUTED } from '../../../lib/stats/counters.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import { direct } from '../../../lib/topology/component/outputs.ts'
import type { Tuple } from '../../../lib/tuple/tuple.ts'
import { harness, ScriptBolt, ScriptSpout, WORD } from '../harness.ts'
import { ackOnly, emitWords, runEmitting } from '../runs.ts'

test('an emit whose second target cannot be reached leaves no edge that nobody can ack', async (t) => {
  const source = new ScriptSpout()
  const errors: string[] = []
  const builder = new TopologyBuilder('broken', { 'topology.workers': 2, 'topology.acker.executors': 2 })
  builder.setSpout('words', () => source)
  builder
    .setBolt(
      'bolt',
      () =>
        new ScriptBolt((tuple, out) => {
          for (const anchors of [tuple, [tuple, tuple]]) {
            const error = t.throws(() => out.emit(anchors, ['to both']), { instanceOf: TyphoonError })
            errors.push(error.code)
          }
          out.ack(tuple)
        }),
    )
    .grouping('words', 'default', { type: 'local-or-shuffle' })
  // Executors go to the workers in turn: words 1, bolt 2, sink 1 and 2, ackers 1 and 2.
  builder.setBolt('sink', () => new ScriptBolt(ackOnly), 2).grouping('bolt', 'default', { type: 'all' })
  const definition = builder.createTopology()
  const one = await harness(definition, { worker: 1 })
  const two = await harness(definition, {
    worker: 2,
    transfer: {
      check: () => {},
      send(target, tuple) {
        if (tuple.sourceComponent === 'bolt' && errors.length < 2) throw new TyphoonError('CANNOT_ENCODE', 'no')
        carry.push({ target, tuple })
      },
    },
  })
  const carry: { target: number; tuple: Tuple }[] = []
  one.activate()
  emitWords(source, 'a')
  for (let i = 0; i < 5; i++) {
    one.settle()
    for (const { target, tuple } of one.remote.splice(0)) two.inboxes[target]!.push(tuple)
    two.settle()
    for (const { target, tuple } of carry.splice(0)) one.inboxes[target]!.push(tuple)
  }
  t.deepEqual(errors, ['CANNOT_ENCODE', 'CANNOT_ENCODE'])
  t.deepEqual(source.acked, ['a'])
})

test('a root whose emit throws is not in flight, and the spout is not told of it again', async (t) => {
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('broken', { 'topology.workers': 2, 'topology.acker.executors': 1 })
  builder.setSpout('words', () => source)
  builder.setBolt('sink', () => new ScriptBolt(ackOnly), 2).grouping('words', 'default', { type: 'all' })
  const it = await harness(builder.createTopology(), {
    transfer: {
      check: () => {},
      send(_target, tuple) {
        if (tuple.sourceComponent === 'words') throw new TyphoonError('TUPLE_TOO_LARGE', 'no')
      },
    },
  })
  it.activate()
  emitWords(source, 'a')
  it.settle()
  t.is(it.pending, 0)
  t.is(source.out.pendingCount, 0)
  t.deepEqual(
    it.problems.map(({ code }) => code),
    ['TUPLE_TOO_LARGE'],
  )
  it.timeOut()
  t.deepEqual([source.acked, source.failed], [[], []])
})

test('an emit that throws has delivered nothing, to tasks of its own worker either', async (t) => {
  const source = new ScriptSpout()
  const executed: unknown[] = []
  const refused: unknown[] = []
  const note = () =>
    new ScriptBolt((tuple, out) => {
      executed.push(tuple.values[0])
      out.ack(tuple)
    })
  const builder = new TopologyBuilder('partial', { 'topology.workers': 2 })
  builder.setSpout('words', () => source)
  builder.setBolt('all', note, 4).grouping('words', 'default', { type: 'all' })
  builder.setBolt('one', note).grouping('words', 'default', { type: 'shuffle' })
  builder.setBolt('other', note).grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology(), {
    transfer: {
      check: () => {},
      send(_target, { values: [value] }) {
        if (value !== 'bad') return
        refused.push(value)
        throw new TyphoonError('CANNOT_ENCODE', 'no')
      },
    },
  })
  it.activate()
  source.script.push((out) => {
    for (const id of [1, undefined]) t.throws(() => out.emit(['bad'], id), { instanceOf: TyphoonError })
  })
  it.settle()
  t.true(it.tasks('all').some((task) => it.inboxes[task] !== undefined))
  t.is(refused.length, 2, 'it is found out by the first task that is asked')
  t.deepEqual(executed, [])
  t.is(it.spout('words').counters[EMITTED], 0)
})

test('no component can emit on a stream of the runtime, and so forge an ack or a fail', async (t) => {
  const forged: string[] = []
  const it = await runEmitting((tuple, out) => {
    const acker = it.tasks('__acker')[0]!
    for (const stream of ['__ack_ack', '__ack_fail', '__ack_reset_timeout', '__ack_init', '__ack_timeout']) {
      const emits = [
        () => out.emitDirect(acker, tuple, [tuple.rootHigh, tuple.rootLow, {}], stream),
        () => out.emit(tuple, [new Int32Array(5)], stream),
      ]
      for (const emit of emits) forged.push(t.throws(emit, { instanceOf: TyphoonError })!.code)
    }
    out.ack(tuple)
  })
  emitWords(it.source, 'a')
  it.settle()
  t.deepEqual(forged, new Array(10).fill('UNDECLARED_STREAM'))
  t.deepEqual(it.source.acked, ['a'])
})

test('emitting with an anchor that was settled throws ALREADY_SETTLED, since its tree could never complete', async (t) => {
  const codes: string[] = []
  const late = (call: () => void): void => {
    codes.push(t.throws(call, { instanceOf: TyphoonError }).code)
  }
  const it = await runEmitting((tuple, out) => {
    if (tuple.values[0] === 'word 1') out.ack(tuple)
    else out.fail(tuple)
    late(() => out.emit(tuple, ['late']))
    late(() => out.emit([tuple], ['late']))
  })
  emitWords(it.source, 1, 2)
  it.settle()
  t.deepEqual(codes, new Array(4).fill('ALREADY_SETTLED'))
  t.deepEqual(it.source.acked, [1])
  t.is(it.bolt('sink').counters[EXECUTED], 0)
})

test('emitting what does not fit the stream throws and sends nothing: WRONG_VALUES, UNDECLARED_STREAM, NOT_DIRECT', async (t) => {
  const errors: [string, string | undefined][] = []
  const wrong = (call: () => void): void => {
    const error = t.throws(call, { instanceOf: TyphoonError })
    errors.push([error.code, error.hint])
  }
  const outputs = { words: WORD, replies: direct(WORD) }
  const source = new ScriptSpout(outputs)
  const builder = new TopologyBuilder('wrong')
  builder.setSpout('words', () => source)
  builder
    .setBolt('sink', () => new ScriptBolt(ackOnly))
    .grouping('words', 'words', { type: 'shuffle' })
    .grouping('words', 'replies', { type: 'direct' })
  builder.setBolt('other', () => new ScriptBolt(ackOnly)).grouping('words', 'words', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  const [sink, other] = [it.tasks('sink')[0]!, it.tasks('other')[0]!]
  source.script.push((out) => {
    wrong(() => out.emit(['a', 'b'], 1, 'words'))
    wrong(() => out.emit([], 2, 'words'))
    wrong(() => out.emitDirect(sink, ['a', 'b'], 3, 'replies'))
    wrong(() => out.emit(['a'], 4, 'wrods'))
    wrong(() => out.emit(['a'], 5))
    wrong(() => out.emit(['a'], 6, 'replies'))
    wrong(() => out.emitDirect(sink, ['a'], 7, 'words'))
    wrong(() => out.emitDirect(other, ['a'], 8, 'replies'))
    wrong(() => out.emitDirect(99, ['a'], 9, 'replies'))
  })
  it.settle()
  t.deepEqual(
    errors.map(([code]) => code),
    [
      'WRONG_VALUES',
      'WRONG_VALUES',
      'WRONG_VALUES',
      'UNDECLARED_STREAM',
      'UNDECLARED_STREAM',
      'NOT_DIRECT',
      'NOT_DIRECT',
      'NOT_DIRECT',
      'NOT_DIRECT',
    ],
  )
  t.regex(errors[3]![1]!, /"?words/)
  t.is(it.pending, 0)
  t.is(it.spout('words').counters[EMITTED], 0)
  t.is(it.bolt('sink').counters[EXECUTED], 0)
  source.script.push((out) => out.emitDirect(sink, ['a'], 10, 'replies'))
  it.settle()
  t.deepEqual(source.acked, [10])
  t.is(it.bolt('sink').counters[EXECUTED], 1)
  t.is(it.bolt('other').counters[EXECUTED], 0)
})

test('a hook that throws at an emit is reported and changes nothing else', async (t) => {
  const it = await runEmitting((tuple, out) => {
    out.emit(tuple, ['x'])
    out.ack(tuple)
  })
  const seen: unknown[] = []
  for (const component of ['words', 'bolt']) {
    const context = it.contexts.get(it.tasks(component)[0]!)!
    context.addTaskHook({
      emit() {
        throw new Error('a bad hook')
      },
    })
    context.addTaskHook({ emit: ({ stream, values, tasks }) => void seen.push([component, stream, values, tasks]) })
  }
  emitWords(it.source, 1)
  it.settle()
  t.deepEqual(it.source.acked, [1])
  t.deepEqual(
    it.problems.map(({ message, where }) => [message, where.component]),
    [
      ['a bad hook', 'words'],
      ['a bad hook', 'bolt'],
    ],
  )
  t.deepEqual(seen, [
    ['words', 'default', ['word 1'], it.tasks('bolt')],
    ['bolt', 'default', ['x'], it.tasks('sink')],
  ])
})
