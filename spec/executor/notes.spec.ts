/** What a bolt tells the spouts of its tuple's trees: heard before the verdict, an edge of the tree until then. */
import test from 'ava'
import { type OutputCollector, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { type Harness, harness, ScriptBolt, ScriptSpout } from './harness.ts'

/** Notes down what it hears, among its verdicts. */
class HearingSpout extends ScriptSpout {
  readonly heard: unknown[] = []
  throws = false

  override noted(value: unknown, messageId: unknown): void {
    if (this.throws) throw new Error('not now')
    this.heard.push([value, messageId])
  }

  override ack(messageId: unknown): void {
    this.heard.push(`acked ${messageId}`)
  }

  override fail(messageId: unknown): void {
    this.heard.push(`failed ${messageId}`)
  }
}

/** Spouts whose words go to a bolt and on to the one that notes. */
async function run(
  note: (tuple: Tuple, out: OutputCollector) => void,
  options: { spouts?: number; join?: boolean } = {},
): Promise<Harness & { sources: HearingSpout[] }> {
  const sources = Array.from({ length: options.spouts ?? 1 }, () => new HearingSpout())
  const builder = new TopologyBuilder('notes', { 'topology.workers': 1 })
  const held: Tuple[] = []
  const middle = builder.setBolt('middle', () => {
    return new ScriptBolt((tuple, out) => {
      held.push(tuple)
      if (held.length < sources.length) return
      out.emit(held, tuple.values)
      for (const one of held) out.ack(one)
    })
  })
  for (const [index, spout] of sources.entries()) {
    middle.shuffleGrouping(builder.setSpout(`words-${index}`, () => spout))
    spout.script.push((out) => out.emit(['word'], `id-${index}`))
  }
  builder.setBolt('last', () => new ScriptBolt(note)).shuffleGrouping(middle)
  const it = await harness(builder.createTopology())
  it.activate()
  return Object.assign(it, { sources })
}

test('a note of a bolt two steps behind the spout is heard, with the message id, before its tree is acked', async (t) => {
  const it = await run((tuple, out) => {
    out.note(tuple, { rows: 3 })
    out.ack(tuple)
  })
  it.settle()
  t.deepEqual(it.sources[0]!.heard, [[{ rows: 3 }, 'id-0'], 'acked id-0'])
})

test('a tuple that is in several trees tells the spout of each', async (t) => {
  const it = await run(
    (tuple, out) => {
      out.note(tuple, 'both')
      out.ack(tuple)
    },
    { spouts: 2 },
  )
  it.settle()
  t.deepEqual(
    it.sources.map(({ heard }) => heard),
    [
      [['both', 'id-0'], 'acked id-0'],
      [['both', 'id-1'], 'acked id-1'],
    ],
  )
})

test('what comes when the tree has failed has no message id', async (t) => {
  const kept: [Tuple, OutputCollector][] = []
  const it = await run((tuple, out) => {
    kept.push([tuple, out])
  })
  it.settle()
  it.spout('words-0').verdicts.failAll({ kind: 'worker lost' })
  const [tuple, out] = kept[0]!
  out.note(tuple, 'late')
  out.ack(tuple)
  it.settle()
  t.deepEqual(it.sources[0]!.heard, ['failed id-0', ['late', undefined]])
})

test('a spout that throws at what it hears fails the tree', async (t) => {
  const it = await run((tuple, out) => {
    out.note(tuple, 'now')
    out.ack(tuple)
  })
  it.sources[0]!.throws = true
  it.settle()
  t.deepEqual(it.sources[0]!.heard, ['failed id-0'])
  t.like(it.problems[0], { code: 'COMPONENT_FAILED', where: { component: 'words-0' } })
})

test('a note of a tuple that was settled is refused', async (t) => {
  const errors: unknown[] = []
  const it = await run((tuple, out) => {
    out.ack(tuple)
    errors.push(t.throws(() => out.note(tuple, 'late')))
  })
  it.settle()
  t.like(errors[0], { code: 'ALREADY_SETTLED' })
})

test('a note of a tuple in no tree reaches nobody', async (t) => {
  const it = await run((tuple, out) => out.note(tuple, 'nobody'))
  it.sources[0]!.script.splice(0, 1, (out) => out.emit(['word']))
  it.settle()
  t.deepEqual(it.sources[0]!.heard, [])
  t.deepEqual(it.problems, [])
})
