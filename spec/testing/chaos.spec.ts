/**
 * Chaos in simulated time finds what loses tuples, and nothing where nothing is lost.
 *
 * `CHAOS_SEEDS=1000` tries more seeds.
 */
import test from 'ava'
import { SplitBolt } from '../../lib/components/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  fields,
  type KeyValueState,
  type OutputCollector,
  Spout,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { type ChaosOptions, chaos, type FaultKind } from '../../lib/testing/index.ts'

const SEEDS = Number(process.env['CHAOS_SEEDS'] ?? 24)

const SENTENCES = Array.from({ length: 40 }, (_, n) => [`the cow jumped over the moon ${n} times`])
const KINDS: readonly FaultKind[] = ['kill', 'stop', 'cut', 'slow', 'disk-full', 'clock']
const WORD = fields<{ word: string }>('word')

/** Takes the place of what is mocked. */
class Sentences extends Spout {
  override readonly outputs = fields<{ sentence: string }>('sentence')
  nextTuple(): void {}
}

/** Counts by word. */
class Count extends BasicBolt<{ word: string }, { word: string; n: number }> {
  override readonly outputs = fields<{ word: string; n: number }>('word', 'n')
  #counts!: KeyValueState<string, number>

  override prepare(context: TaskContext): void {
    this.#counts = context.state('counts')
  }

  override execute(tuple: Tuple<{ word: string }>, out: BasicOutputCollector<{ word: string; n: number }>): void {
    const word = tuple.get('word')
    const n = 1 + (this.#counts.get(word) ?? 0)
    this.#counts.put(word, n)
    out.emit([word, n])
  }
}

class Sink extends BasicBolt {
  override execute(): void {}
}

/** Acks each sentence at once, and splits it a moment later. */
class Hasty extends Bolt<{ line: string }, { word: string }> {
  override readonly outputs = WORD
  #context!: TaskContext
  #out!: OutputCollector<{ word: string }>
  #gathered: string[] = []

  override prepare(context: TaskContext, out: OutputCollector<{ word: string }>): void {
    this.#context = context
    this.#out = out
  }

  override execute(tuple: Tuple): void {
    this.#gathered.push(String(tuple.values[0]))
    this.#out.ack(tuple)
    this.#context.after(20, () => this.endOfInput())
  }

  override endOfInput(): void {
    for (const sentence of this.#gathered.splice(0)) for (const word of sentence.split(' ')) this.#out.emit([], [word])
  }
}

function wordCount(guarantee: string, split: () => Bolt | BasicBolt = () => new SplitBolt()): TopologyDefinition {
  const builder = new TopologyBuilder('words', {
    'topology.workers': 3,
    'topology.guarantee': guarantee,
    'topology.max.spout.pending': 4,
  })
  builder.setSpout('sentences', () => new Sentences(), 2)
  builder.setBolt('split', split, 2).grouping('sentences', 'default', { type: 'shuffle' })
  builder.setBolt('count', () => new Count(), 2).grouping('split', 'default', { type: 'fields', fields: ['word'] })
  builder.setBolt('sink', () => new Sink()).grouping('count', 'default', { type: 'global' })
  return builder.createTopology()
}

function disturbed(definition: TopologyDefinition, options: ChaosOptions = {}): ReturnType<typeof chaos> {
  return chaos(definition, { seeds: SEEDS, mockedSources: { sentences: SENTENCES }, ...options })
}

test('exactly once: whatever happens, each count comes once', async (t) => {
  const { promise, isKept, broken, lines } = await disturbed(wordCount('exactly-once'))
  t.log(lines)
  t.is(promise, 'exactly once')
  t.deepEqual(broken, [])
  t.true(isKept)
  t.deepEqual([...lines.map(({ faults }) => faults)].sort(), [...KINDS, 'all'].sort())
})

test('at least once: whatever happens, each word comes, and some twice', async (t) => {
  const { promise, isKept, broken, lines } = await disturbed(wordCount('at-least-once'), { watch: ['count'] })
  t.log(lines)
  t.is(promise, 'at least once')
  t.deepEqual(broken, [])
  t.true(isKept)
  t.true(lines.some(({ doubled }) => doubled > 0))
})

test('at most once: no word comes twice', async (t) => {
  const definition = wordCount('at-most-once')
  const { promise, broken, lines } = await disturbed(definition, { watch: ['count'], faults: ['cut', 'stop', 'slow'] })
  t.log(lines)
  t.is(promise, 'at most once')
  t.deepEqual(broken, [])
  t.true(lines.some(({ lost }) => lost > 0))
})

test('a bolt that acks too early is found to lose words, and the same seed loses the same', async (t) => {
  const early = wordCount('at-least-once', () => new Hasty())
  const { promise, isKept, broken } = await disturbed(early, { watch: ['count'], faults: ['kill'] })
  t.is(promise, 'at least once')
  t.false(isKept)
  t.true(broken.length > 0 && broken.every(({ faults, deviation }) => faults === 'kill' && deviation.lost > 0))
  const [first] = broken
  const again = await disturbed(early, { watch: ['count'], faults: ['kill'], seeds: 1, seed: first!.seed })
  t.deepEqual(again.broken, [first!])
})

test('what cannot be compared is an error, and no verdict', async (t) => {
  class Dice extends BasicBolt<{ word: string }, { n: number }> {
    override readonly outputs = fields<{ n: number }>('n')
    #context!: TaskContext

    override prepare(context: TaskContext): void {
      this.#context = context
    }

    override execute(_tuple: Tuple, out: BasicOutputCollector<{ n: number }>): void {
      out.emit([this.#context.random()])
    }
  }
  const builder = new TopologyBuilder('dice')
  builder.setSpout('sentences', () => new Sentences())
  builder.setBolt('dice', () => new Dice()).grouping('sentences', 'default', { type: 'shuffle' })
  builder.setBolt('sink', () => new Sink()).grouping('dice', 'default', { type: 'global' })
  const dice = builder.createTopology()
  await t.throwsAsync(disturbed(dice), { code: 'NOT_COMPARABLE' })
  await t.throwsAsync(disturbed(dice, { mockedSources: { sentences: [] } }), { code: 'NOT_COMPARABLE' })
  await t.throwsAsync(disturbed(dice, { watch: ['sinc'] }), { code: 'UNKNOWN_COMPONENT' })
  const verify: NonNullable<ChaosOptions['verify']> = ({ found }) => ({ lost: 40 - new Set(found['sink']).size })
  t.is((await disturbed(dice, { seeds: 3, verify })).isKept, true)
})
