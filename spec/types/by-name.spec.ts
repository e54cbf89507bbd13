/** Values that are emitted by name arrive as a list in the order of the fields, wherever something emits. */
import test from 'ava'
import { z } from 'zod'
import { BatchBolt, type BatchOutputCollector, LinearDRPCTopologyBuilder, LocalDRPC } from '../../lib/drpc/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  direct,
  type Fields,
  fields,
  number,
  type OutputCollector,
  Spout,
  type SpoutOutputCollector,
  type Streams,
  string,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { completeTopology, LocalCluster, readTuples } from '../../lib/testing/index.ts'
import { FixedBatchSpout, TridentTopology, tumblingCount } from '../../lib/trident/index.ts'
import { folderOf } from '../folder.ts'
import { ask } from '../trident/stream/kit.ts'

const WORD = fields({ word: string, count: number })
type Word = { word: string; count: number }

/** Emits what the test gives, and is exhausted. */
class Giving extends Spout<any, number> {
  override readonly outputs
  readonly #given: readonly any[]
  #next = 0
  #collector!: SpoutOutputCollector<any, number>

  constructor(outputs: Fields, given: readonly any[]) {
    super()
    this.outputs = outputs
    this.#given = given
  }

  override open(_: TaskContext, collector: SpoutOutputCollector<any, number>): void {
    this.#collector = collector
  }

  nextTuple(): void {
    const at = this.#next++
    if (at >= this.#given.length) return
    this.#collector.emit(this.#given[at], at)
  }

  override isExhausted(): boolean {
    return this.#next >= this.#given.length
  }
}

type Out = Streams<{ default: Word; told: { text: string } }>

class Basic extends BasicBolt<Word, Out> {
  override readonly outputs = { default: WORD, told: direct(fields({ text: string })) }
  #listener = 0

  override prepare(context: TaskContext): void {
    this.#listener = context.tasksOf('rich')[0]!
  }

  execute(tuple: Tuple<Word>, collector: BasicOutputCollector<Out>): void {
    collector.emit({ count: tuple.get('count') + 1, word: tuple.get('word') })
    collector.emitDirect(this.#listener, { text: `about ${tuple.get('word')}` }, 'told')
  }
}

class Rich extends Bolt<any, { text: string }> {
  override readonly outputs = fields({ text: string })
  #collector!: OutputCollector<{ text: string }>

  override prepare(_: TaskContext, collector: OutputCollector<{ text: string }>): void {
    this.#collector = collector
  }

  execute(tuple: Tuple<{ text: string }>): void {
    this.#collector.emit(tuple, { text: tuple.get('text').toUpperCase() })
    this.#collector.ack(tuple)
  }
}

test('spouts and bolts emit by name, in whatever order, and direct streams too', async (t) => {
  const builder = new TopologyBuilder('names')
  const given = [{ count: 1, word: 'a', more: true }, ['b', 2]]
  const words = builder.setSpout('words', () => new Giving(WORD, given))
  const basic = builder.setBolt('basic', () => new Basic()).shuffleGrouping(words)
  builder.setBolt('rich', () => new Rich()).directGrouping(basic, 'told')
  const result = await completeTopology(builder.createTopology())
  t.deepEqual(readTuples(result, 'words'), [
    ['a', 1],
    ['b', 2],
  ])
  t.deepEqual(readTuples(result, 'basic'), [
    ['a', 2],
    ['b', 3],
  ])
  t.deepEqual(readTuples(result, 'rich'), [['ABOUT A'], ['ABOUT B']])
  t.deepEqual(result.problems, [])
})

test('an object without one of the fields is refused, with the place and the name', async (t) => {
  const builder = new TopologyBuilder('missing')
  builder.setSpout('words', () => new Giving(WORD, [{ word: 'a' }, 'a', { word: 'a', count: 1 }]))
  const result = await completeTopology(builder.createTopology())
  t.like(result.problems, [
    { code: 'WRONG_VALUES', where: { component: 'words' } },
    { code: 'WRONG_VALUES', where: { component: 'words' } },
  ])
  t.deepEqual(readTuples(result, 'words'), [['a', 1]])
})

test('values are validated where the fields ask for it, and what the schema makes of them is sent', async (t) => {
  const checked = fields({ word: z.string().trim(), count: number }, { validate: true })
  const late = fields({ word: z.string().refine(async () => true) }, { validate: true })
  const builder = new TopologyBuilder('validated')
  builder.setSpout('words', () => new Giving(checked, [{ word: ' a ', count: '1' }, [' b ', 2], [3, 3]]))
  builder.setSpout('late', () => new Giving(late, [['a']]))
  builder.setSpout('unchecked', () => new Giving(WORD, [[3, 'a']]))
  const result = await completeTopology(builder.createTopology())
  t.deepEqual(readTuples(result, 'words'), [['b', 2]])
  t.deepEqual(readTuples(result, 'late'), [])
  t.deepEqual(readTuples(result, 'unchecked'), [[3, 'a']])
  const refused = result.problems.map(({ code, where }) => `${code} ${where.component}`).sort()
  t.deepEqual(refused, ['WRONG_VALUES late', 'WRONG_VALUES words', 'WRONG_VALUES words'])
})

class Lengths extends BatchBolt<any, any, string> {
  override readonly outputs = fields('request', 'result')
  #collector!: BatchOutputCollector
  #request = ''
  #length = 0

  override prepare(_: TaskContext, collector: BatchOutputCollector, request: string): void {
    this.#collector = collector
    this.#request = request
  }

  execute(tuple: Tuple): void {
    this.#length += tuple.get('word').length
  }

  finishBatch(): void {
    this.#collector.emit({ result: this.#length, request: this.#request })
  }
}

class Words extends BasicBolt {
  override readonly outputs = fields('request', 'word')

  execute(tuple: Tuple, collector: BasicOutputCollector): void {
    for (const word of tuple.get('args').split(' ')) collector.emit({ word, request: tuple.get('request') })
  }
}

test('the bolts of a linear DRPC topology emit by name, and are counted by their requests', async (t) => {
  const builder = new LinearDRPCTopologyBuilder('lengths')
  builder.addBolt(() => new Words())
  builder.addBolt(() => new Lengths()).fieldsGrouping(['request'])
  const drpc = new LocalDRPC()
  const cluster = new LocalCluster()
  await cluster.submit(builder.createLocalTopology(drpc))
  const answer = drpc.execute('lengths', 'to be')
  await cluster.advanceTime(1_000)
  t.is(await answer, '4')
})

test('functions and aggregators of Trident emit and return by name', async (t) => {
  const topology = new TridentTopology('names')
  const drpc = new LocalDRPC()
  const total = {
    init: () => ({ words: 0 }),
    aggregate: (sum: { words: number }) => void sum.words++,
    complete: (sum: { words: number }, out: { emit(row: { words: number }): void }) => out.emit(sum),
  }
  topology
    .newDRPCStream('words', drpc)
    .flatMap(
      (tuple) =>
        tuple
          .get('args')
          .split(' ')
          .map((word) => ({ word })),
      fields({ word: string }),
    )
    .map(
      (tuple) => ({ length: tuple.get('word').length, word: tuple.get('word') }),
      fields({ word: string, length: number }),
    )
    .each(['word'], (tuple, out) => out.emit({ first: tuple.get('word')[0] ?? '' }), fields({ first: string }))
    .groupBy(['first'])
    .aggregate(total, fields({ words: number }))
  const cluster = new LocalCluster()
  const running = await cluster.submit(topology.build())
  t.deepEqual(((await ask(running, drpc, 'words', 'to be that')) as unknown[]).sort(), [
    ['b', 1],
    ['t', 2],
  ])
})

test('a window of groups emits by name behind its group', async (t) => {
  const topology = new TridentTopology('window')
  const seen: unknown[] = []
  topology
    .newStream('words', () => new FixedBatchSpout(fields({ word: string }), 2, ['a'], ['a']))
    .groupBy(['word'])
    .window(
      'pairs',
      tumblingCount(2),
      ['word'],
      {
        init: () => ({ n: 0 }),
        aggregate: (sum: { n: number }) => void sum.n++,
        complete: (sum: { n: number }, out) => out.emit({ n: sum.n }),
      },
      fields({ n: number }),
    )
    .peek((tuple) => void seen.push(tuple.toObject()))
  const folder = folderOf(t)
  const result = await completeTopology(topology.build(), { config: { 'topology.state.dir': folder } })
  t.is(result.report.status, 'completed')
  t.deepEqual(seen, [{ word: 'a', n: 2 }])
})
