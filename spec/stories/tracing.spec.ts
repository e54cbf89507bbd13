/** Whole tuple trees of a topology that runs: which are recorded, and what is told of them. */
import test from 'ava'
import { BasicBolt, type BasicOutputCollector, fields, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { RunTracing } from '../../lib/run/tracing.ts'
import { FeederSpout, LocalCluster } from '../../lib/testing/index.ts'
import type { Trace, TracedTuple } from '../../lib/tracing/trace.ts'

type Line = { line: string }
type Word = { word: string }

class Split extends BasicBolt<Line, Word> {
  override readonly outputs = fields<Word>('word')

  execute(tuple: Tuple<Line>, collector: BasicOutputCollector<Word>): void {
    for (const word of tuple.get('line').split(' ')) collector.emit([word])
  }
}

/** Fails at each poison once. */
class Count extends BasicBolt<Word> {
  #hasFailed = false

  execute(tuple: Tuple<Word>): void {
    if (tuple.get('word') !== 'poison' || this.#hasFailed) return
    this.#hasFailed = true
    throw new Error('it is poison')
  }
}

async function begun(sample: number, guarantee = 'at-least-once') {
  const lines = new FeederSpout<Line>('line')
  const config = { 'topology.workers': 3, 'topology.trace.sample': sample, 'topology.guarantee': guarantee }
  const builder = new TopologyBuilder('words', config as Record<string, unknown>)
  const source = builder.setSpout('lines', () => lines)
  const split = builder.setBolt('split', () => new Split(), 2).shuffleGrouping(source)
  builder.setBolt('count', () => new Count(), 2).fieldsGrouping(split, ['word'])
  const cluster = new LocalCluster({ seed: 3, minDelayMs: 2, maxDelayMs: 9 })
  const topology = await cluster.submit(builder.createTopology())
  /** Lets time pass until it is there. */
  const come = async <T>(promise: Promise<T>): Promise<T> => {
    let isThere = false
    void promise.finally(() => (isThere = true)).catch(() => {})
    await cluster.clock.until(() => isThere, 10_000)
    return promise
  }
  return { lines, cluster, come, tracing: () => new RunTracing(topology.run) }
}

function shapeOf(tuples: readonly TracedTuple[]): unknown[] {
  return tuples.map(({ component, state, children }) => [component, state, ...shapeOf(children)])
}

function times({ tuples }: Trace): (number | undefined)[] {
  const below = (tuple: TracedTuple): (number | undefined)[] => [
    ...[tuple.sentMs, tuple.queueMs, tuple.executeMs],
    ...tuple.children.flatMap(below),
  ]
  return tuples.flatMap(below)
}

test('a root that fails is kept whole, and so is its replay: each tuple with its place, its times and what became of it', async (t) => {
  const { lines, cluster, come, tracing } = await begun(1)
  lines.feed(['good poison'], 'p')
  await cluster.advanceTime(1000)
  const [failed] = tracing().status.failed
  t.like(failed, { component: 'lines', messageId: "'p'" })
  const trace = await come(tracing().trace(failed!.root))
  t.is(trace.state, 'failed')
  t.regex(trace.reason!, /it is poison/)
  t.deepEqual(shapeOf(trace.tuples), [['split', 'acked', ['count', 'acked'], ['count', 'failed']]])
  t.like(trace.tuples[0]!.children[1], { component: 'count', from: 'split', values: "{ word: 'poison' }" })
  t.true(times(trace).every((ms) => ms !== undefined && ms >= 0))
  t.deepEqual([trace.isPartial, trace.missing, trace.shifts], [false, [], []])
  lines.feed(['good poison'], 'p')
  await cluster.advanceTime(1000)
  const again = await come(tracing().trace(failed!.root))
  const replay = await come(tracing().trace(again.replayedAs!))
  t.like(replay, { state: 'acked', replayOf: failed!.root, messageId: "'p'" })
})

test('of all roots a part is followed, with all of their tuples', async (t) => {
  const { lines, cluster, come, tracing } = await begun(0.01)
  t.is(tracing().status.sample, 1 / 128)
  const next = new Promise<Trace | undefined>((resolve) => tracing().next(resolve))
  await cluster.advanceTime(100)
  for (let n = 0; n < 300; n++) lines.feed(['a b'], n)
  const first = (await come(next))!.root
  const later = (roots: number): string => (BigInt(`0x${first}`) + BigInt(roots)).toString(16).padStart(16, '0')
  t.like(await come(tracing().trace(later(128))), { messageId: '128', isPartial: false })
  await t.throwsAsync(come(tracing().trace(later(127))), { code: 'ROOT_UNKNOWN' })
})

test('what a spout emits again after a failure is followed where any root is', async (t) => {
  const { lines, cluster, come, tracing } = await begun(1 / 65_536)
  lines.feed(['poison'], 'p')
  await cluster.advanceTime(1000)
  t.is(tracing().status.failed.length, 0)
  const next = new Promise<Trace | undefined>((resolve) => tracing().next(resolve))
  await cluster.advanceTime(100)
  lines.feed(['poison'], 'p')
  const trace = await come(next)
  t.regex(trace!.replayOf!, /^[0-9a-f]{16}$/)
})

test('the next root is followed where none is, until it has its verdict; then none is again', async (t) => {
  const { lines, cluster, come, tracing } = await begun(0)
  lines.feed(['a b'], 1)
  await cluster.advanceTime(100)
  const next = new Promise<Trace | undefined>((resolve) => tracing().next(resolve))
  await cluster.advanceTime(100)
  lines.feed(['c d e'], 2)
  lines.feed(['f'], 3)
  const trace = await come(next)
  t.like(trace, { state: 'acked', messageId: '2', isPartial: false })
  t.deepEqual(shapeOf(trace!.tuples), [['split', 'acked', ['count', 'acked'], ['count', 'acked'], ['count', 'acked']]])
  t.is(tracing().status.sample, 0)
  await t.throwsAsync(come(tracing().trace(trace!.root)), { code: 'ROOT_UNKNOWN' })
  await t.throwsAsync(come(tracing().trace('no root')), { code: 'ROOT_UNKNOWN' })
})

test('nobody waits for ever: who wants the next root no longer gets what there is, or nothing', async (t) => {
  const { cluster, come, tracing } = await begun(0)
  let leave = (): void => {}
  const next = new Promise<Trace | undefined>((resolve) => (leave = tracing().next(resolve)))
  await cluster.advanceTime(100)
  leave()
  t.is(await come(next), undefined)
})

test('a part of the roots is followed for a while, and then as before; none where tuples are in no trees', async (t) => {
  const { cluster, tracing } = await begun(0)
  t.is(tracing().follow(0.3, 1000), 0.25)
  await cluster.advanceTime(900)
  t.is(tracing().status.sample, 0.25)
  await cluster.advanceTime(200)
  t.is(tracing().status.sample, 0)
  t.throws(() => tracing().follow(2), { code: 'BAD_ARGUMENT' })
  const untracked = await begun(1, 'at-most-once')
  t.throws(() => untracked.tracing().status, { code: 'NO_ROOTS' })
})
