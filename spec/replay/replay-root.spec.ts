/** One root that was recorded, run again: the same code does the same with it, alone. */
import test from 'ava'
import { BasicBolt, type BasicOutputCollector, fields, Spout, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { replayRoot } from '../../lib/replay/replay-root.ts'
import type { Trace, TracedTuple } from '../../lib/tracing/trace.ts'

type Word = { word: string }

/** It is never asked: what was recorded is emitted in its place. */
class Lines extends Spout<{ line: string }> {
  override readonly outputs = fields<{ line: string }>('line')

  override open(): void {
    throw new Error('it must not be opened')
  }

  nextTuple(): void {}
}

class Split extends BasicBolt<{ line: string }, Word> {
  override readonly outputs = fields<Word>('word')

  /** As a server that is asked does, it answers in real time. */
  async execute(tuple: Tuple<{ line: string }>, collector: BasicOutputCollector<Word>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20))
    for (const word of tuple.get('line').split(' ')) collector.emit([word])
  }
}

const counted: string[] = []

class Count extends BasicBolt<Word> {
  execute(tuple: Tuple<Word>): void {
    const word = tuple.get('word')
    if (word === 'poison') throw new Error('it is poison')
    counted.push(word)
  }
}

function words() {
  const builder = new TopologyBuilder('words', { 'topology.workers': 3 })
  const lines = builder.setSpout('lines', () => new Lines(), 2)
  builder.setSpout('others', () => new Lines())
  const split = builder.setBolt('split', () => new Split(), 2).shuffleGrouping(lines)
  builder.setBolt('count', () => new Count(), 2).fieldsGrouping(split, ['word'])
  return builder.createTopology()
}

function recorded(values: string | undefined, component = 'lines'): Trace {
  return {
    ...{ root: '000400010000007f', component, task: 1, worker: 1, stream: 'default', state: 'failed', tuples: [] },
    ...{ isPartial: false, missing: [], shifts: [] },
    ...(values !== undefined && { values }),
  }
}

function shapeOf(tuples: readonly TracedTuple[]): unknown[] {
  return tuples.map(({ component, state, children }) => [component, state, ...shapeOf(children)])
}

test.serial('what the spout emitted is emitted once more, alone, and fails where it failed', async (t) => {
  let stops = 0
  const replayed = await replayRoot(words(), recorded('["good poison"]'), { beforeEmit: () => stops++ })
  t.is(replayed.state, 'failed')
  t.regex(replayed.reason!, /it is poison/)
  t.deepEqual(shapeOf(replayed.tuples), [['split', 'acked', ['count', 'acked'], ['count', 'failed']]])
  t.is(replayed.tuples[0]!.component, 'split')
  t.deepEqual([stops, counted.splice(0)], [1, ['good']])
})

test.serial('a bolt that is left out takes its tuples and does nothing', async (t) => {
  const replayed = await replayRoot(words(), recorded('["good poison"]'), { without: ['count'] })
  t.is(replayed.state, 'acked')
  t.deepEqual(counted, [])
})

test('what cannot be run again, or is of another topology, is refused before anything runs', async (t) => {
  await t.throwsAsync(replayRoot(words(), recorded(undefined)), { code: 'ROOT_NOT_REPLAYABLE' })
  await t.throwsAsync(replayRoot(words(), recorded('["a"]', 'gone')), { code: 'UNKNOWN_COMPONENT' })
  await t.throwsAsync(replayRoot(words(), recorded('["a","b"]')), { code: 'WRONG_VALUES' })
  await t.throwsAsync(replayRoot(words(), recorded('["a"]'), { without: ['gone'] }), { code: 'UNKNOWN_COMPONENT' })
  t.deepEqual(counted, [])
})
