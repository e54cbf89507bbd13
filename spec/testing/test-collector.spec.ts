import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  direct,
  fields,
  number,
  type OutputCollector,
  Spout,
  type SpoutOutputCollector,
  type Streams,
  string,
  type TaskContext,
  type Tuple,
} from '../../lib/index.ts'
import { testCollector, testTuple } from '../../lib/testing/index.ts'

type Word = { word: string; n: number }
type Told = Streams<{ default: Word; told: { text: string } }>

class Words extends BasicBolt<{ line: string }, Told> {
  override readonly outputs = { default: fields({ word: string, n: number }), told: direct(fields({ text: string })) }

  execute(tuple: Tuple<{ line: string }>, collector: BasicOutputCollector<Told>): void {
    collector.emit({ n: 1, word: tuple.get('line') })
    collector.emit([tuple.get('line'), 2])
    collector.emitDirect(7, ['so'], 'told')
    collector.reportError('odd')
  }
}

class Pairs extends Bolt<Word, Word> {
  override readonly outputs = fields({ word: string, n: number })
  #collector!: OutputCollector<Word>

  override prepare(_: TaskContext, collector: OutputCollector<Word>): void {
    this.#collector = collector
  }

  execute(tuple: Tuple<Word>): void {
    if (tuple.get('n') === 0) {
      this.#collector.fail(tuple, 'none')
      return
    }
    this.#collector.emit(tuple, ['a', 1])
    this.#collector.emit(undefined, ['b', 2])
    this.#collector.ack(tuple)
  }
}

class Numbers extends Spout<{ n: number }, string> {
  override readonly outputs = fields({ n: number })
  #collector!: SpoutOutputCollector<{ n: number }, string>

  override open(_: TaskContext, collector: SpoutOutputCollector<{ n: number }, string>): void {
    this.#collector = collector
  }

  nextTuple(): void {
    this.#collector.emit({ n: 1 }, 'default')
    this.#collector.emit([2])
  }
}

const CONTEXT = {} as TaskContext

test('what a basic bolt emits is kept as lists, by stream', (t) => {
  const bolt = new Words()
  const collector = testCollector(bolt)
  bolt.execute(testTuple(['a'], { fields: ['line'] }), collector)
  t.deepEqual(collector.values(), [
    ['a', 1],
    ['a', 2],
  ])
  t.like(collector.emitted[2], { stream: 'told', task: 7, values: ['so'] })
  t.deepEqual(collector.errors, ['odd'])
})

test('anchors, acks and fails of a bolt are kept', (t) => {
  const bolt = new Pairs()
  const collector = testCollector(bolt)
  bolt.prepare(CONTEXT, collector)
  const [good, bad] = [
    testTuple<Word>(['a', 1], { fields: ['word', 'n'] }),
    testTuple<Word>(['a', 0], { fields: ['word', 'n'] }),
  ]
  bolt.execute(good)
  bolt.execute(bad)
  t.deepEqual(
    collector.emitted.map(({ values, anchors }) => [values, anchors]),
    [
      [['a', 1], [good]],
      [['b', 2], []],
    ],
  )
  t.deepEqual([collector.acked, collector.failed], [[good], [{ tuple: bad, error: 'none' }]])
})

test('a message id of a spout is no stream', (t) => {
  const spout = new Numbers()
  const collector = testCollector(spout)
  spout.open(CONTEXT, collector)
  spout.nextTuple()
  t.deepEqual(
    collector.emitted.map(({ values, messageId }) => [values, messageId]),
    [
      [[1], 'default'],
      [[2], undefined],
    ],
  )
  t.is(collector.pendingCount, 1)
})

test('what a run would refuse is refused', (t) => {
  const collector = testCollector(new Words())
  t.throws(() => collector.emit(['a']), { code: 'WRONG_VALUES' })
  t.throws(() => collector.emit({ word: 'a' }), { code: 'WRONG_VALUES' })
  t.throws(() => collector.emit(['a'], 'tld'), { code: 'UNDECLARED_STREAM' })
  t.throws(() => collector.emit(['a'], 'told'), { code: 'NOT_DIRECT' })
  t.throws(() => collector.emitDirect(7, ['a', 1]), { code: 'NOT_DIRECT' })
})

test('without a component it serves a basic bolt, and checks nothing', (t) => {
  const collector = testCollector()
  new Words().execute(testTuple(['a'], { fields: ['line'] }), collector)
  t.deepEqual(collector.values(), [{ n: 1, word: 'a' }, ['a', 2]] as never)
})
