import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { completeTopology, readTuples } from '../../lib/testing/index.ts'
import { TestWordSpout, type Word } from './components.ts'
import { story } from './setups.ts'

/** Takes longer for the first words than for the last ones, and emits them with how many were under way. */
class SlowBolt extends BasicBolt<Word, { word: string; underWay: number }> {
  override readonly outputs = fields<{ word: string; underWay: number }>('word', 'underWay')
  #underWay = 0
  #executed = 0
  #wait!: (ms: number) => Promise<void>

  override prepare(context: TaskContext): void {
    this.#wait = (ms) => new Promise((resolve) => context.after(ms, resolve))
  }

  async execute(
    tuple: Tuple<Word>,
    collector: BasicOutputCollector<{ word: string; underWay: number }>,
  ): Promise<void> {
    this.#underWay++
    await this.#wait(1_000 / ++this.#executed)
    const underWay = this.#underWay--
    if (tuple.get('word') === 'bad') throw new Error('no')
    collector.emit([tuple.get('word'), underWay])
  }
}

const WORDS = ['a', 'b', 'c', 'd', 'e', 'f']

story('a bolt whose execute returns a promise gets one tuple at a time', async (t, { config, cluster }) => {
  const builder = new TopologyBuilder('one', config)
  builder.setBolt('slow', () => new SlowBolt()).globalGrouping(builder.setSpout('words', () => new TestWordSpout()))
  const mockedSources = { words: WORDS.map((word) => [word]) }

  const result = await completeTopology(builder.createTopology(), { mockedSources, ...cluster })

  t.deepEqual(
    readTuples(result, 'slow'),
    WORDS.map((word) => [word, 1]),
  )
})

story(
  'with concurrency it gets as many as that, and each emit is anchored to its own tuple',
  async (t, { config, cluster }) => {
    const builder = new TopologyBuilder('three', config)
    const words = builder.setSpout('words', () => new TestWordSpout())
    builder
      .setBolt('slow', () => new SlowBolt())
      .setConcurrency(3)
      .globalGrouping(words)
    const mockedSources = { words: WORDS.map((word) => [word === 'c' ? 'bad' : word]) }

    const { report, ...result } = await completeTopology(builder.createTopology(), { mockedSources, ...cluster })

    const emitted = readTuples({ report, ...result }, 'slow') as [string, number][]
    t.is(Math.max(...emitted.map(([, underWay]) => underWay)), 3)
    t.deepEqual(emitted.map(([word]) => word).sort(), ['a', 'b', 'd', 'e', 'f'])
    t.not(emitted[0]![0], 'a')
    t.is(report.roots.acked, 5)
    t.is(report.roots.failed.explicit, 1)
  },
)

class AsyncSpout extends Spout<{ n: number }, number> {
  override readonly outputs = fields<{ n: number }>('n')
  #n = 0
  #running = 0
  #settled = 0
  #collector!: SpoutOutputCollector<{ n: number }, number>
  #wait!: () => Promise<void>

  override async open(context: TaskContext, collector: SpoutOutputCollector<{ n: number }, number>): Promise<void> {
    this.#collector = collector
    this.#wait = () => new Promise((resolve) => context.after(20, resolve))
    await this.#wait()
  }

  async nextTuple(): Promise<void> {
    if (++this.#running > 1) throw new Error('nextTuple was called while it was running')
    await this.#wait()
    if (this.#n < 5) this.#collector.emit([this.#n], this.#n++)
    this.#running--
  }

  override ack(): void {
    this.#settled++
  }

  override isExhausted(): boolean {
    return this.#settled === 5
  }
}

story(
  'a nextTuple that returns a promise is not called again before that is settled',
  async (t, { config, cluster }) => {
    const builder = new TopologyBuilder('async spout', config)
    builder.setSpout('numbers', () => new AsyncSpout())

    const result = await completeTopology(builder.createTopology(), cluster)

    t.deepEqual(readTuples(result, 'numbers'), [[0], [1], [2], [3], [4]])
    t.deepEqual(result.problems, [])
  },
)
