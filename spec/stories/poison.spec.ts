/**
 * A tuple that ends the worker that executes it, each time: it becomes a dead letter, no other does, and the run goes
 * on.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { FileSpout, SequenceSpout } from '../../lib/components/index.ts'
import {
  type ConfigMap,
  type FailReason,
  fields,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
} from '../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../lib/testing/index.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'
import { volume } from '../volume.ts'
import { FunctionBolt } from './components.ts'
import { story } from './setups.ts'

interface Poisoned {
  readonly config?: ConfigMap
  readonly seed?: number
  readonly poison: readonly unknown[]
  readonly spouts?: number
  readonly bolts?: number
  readonly makeSpout: () => Spout<any, any>
  /** Acks a tuple; at once unless given. */
  readonly ack?: (acks: () => void, after: (ms: number, call: () => void) => void) => void
}

/**
 * Numbers as texts, without end or up to a count; each attempt has other values, and none ever has more in flight than
 * it may.
 */
class Attempts extends Spout<{ value: string; attempt: number }, string> {
  override readonly outputs = fields<{ value: string; attempt: number }>('value', 'attempt')
  readonly #most: (inFlight: number) => void
  readonly #count: number
  readonly #replays: string[] = []
  #collector!: SpoutOutputCollector<{ value: string; attempt: number }, string>
  #next = 0
  #attempts = 0
  #inFlight = 0

  constructor(count: number, most: (inFlight: number) => void = () => {}) {
    super()
    this.#count = count
    this.#most = most
  }

  override open(
    _context: TaskContext,
    collector: SpoutOutputCollector<{ value: string; attempt: number }, string>,
  ): void {
    this.#collector = collector
  }

  nextTuple(): void {
    const value = this.#replays.shift() ?? (this.#next < this.#count ? String(this.#next++) : undefined)
    if (value === undefined) return
    this.#inFlight++
    this.#most(this.#inFlight)
    this.#collector.emit([value, ++this.#attempts], value)
  }

  override ack(): void {
    this.#inFlight--
  }

  override fail(value: string, reason: FailReason): void {
    this.#inFlight--
    if (!(reason.kind === 'worker lost' && reason.poison === true)) this.#replays.push(value)
  }

  override isExhausted(): boolean {
    return this.#next >= this.#count && this.#replays.length === 0
  }
}

/** Runs to the end: what was executed, and what stands in the dead letters. */
async function run(
  t: ExecutionContext,
  { poison, config, seed = 31, makeSpout, spouts = 1, bolts = 2, ack }: Poisoned,
) {
  const letters = join(folderOf(t), 'dead.jsonl')
  const executed = new Set<unknown>()
  const running: { topology?: LocalTopology } = {}
  const bolt = () =>
    new FunctionBolt([], (tuple, collector, context) => {
      const [value] = tuple.values
      if (poison.includes(value)) {
        running.topology!.killWorker(context.worker)
        return
      }
      executed.add(value)
      if (ack === undefined) collector.ack(tuple)
      else
        ack(
          () => collector.ack(tuple),
          (ms, call) => context.after(ms, call),
        )
    })
  const builder = new TopologyBuilder('poisoned', { 'topology.dead.letters.file': letters, ...config })
  builder.setBolt('bolt', bolt, bolts).shuffleGrouping(builder.setSpout('values', makeSpout, spouts))
  const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 5 })
  running.topology = await cluster.submit(builder.createTopology())
  const report = await running.topology.complete()
  return { report, executed, dead: jsonLinesIn(letters), problems: running.topology.problems }
}

const values = (dead: readonly { values: object }[]) => dead.flatMap((letter) => Object.values(letter.values)).sort()

story('a tuple that kills its worker becomes a dead letter, and all others are executed', async (t, { config }) => {
  const { report, executed, dead, problems } = await run(t, {
    config,
    poison: [50],
    makeSpout: () => new SequenceSpout(100),
  })
  t.is(report.status, 'completed')
  t.is(executed.size, 99)
  t.deepEqual(values(dead), [50])
  t.like(dead[0].reason, { kind: 'worker lost', poison: true })
  t.is(report.roots.deadLettered, 1)
  t.deepEqual(
    problems.filter(({ code }) => code === 'POISON_TUPLE').map(({ where }) => where.component),
    ['values'],
  )
})

test('many tuples in flight, two of which kill: both are found', async (t) => {
  const config = { 'topology.workers': 2, 'topology.max.spout.pending': 100_000 }
  const { report, executed, dead } = await run(t, {
    config,
    poison: [777, 1500],
    makeSpout: () => new SequenceSpout(2000),
  })
  t.is(report.status, 'completed')
  t.is(executed.size, 1998)
  t.deepEqual(values(dead), [1500, 777])
})

test('a line of a file is found, and the file is read on behind it, whether or not its spout dies with the worker', async (t) => {
  const lines = Array.from({ length: 2000 }, (_, line) => `line ${line}`)
  const folder = folderOf(t, { 'input.txt': `${lines.join('\n')}\n` })
  for (const workers of [1, 2]) {
    const { report, executed, dead } = await run(t, {
      config: { 'topology.workers': workers },
      poison: ['line 1200'],
      makeSpout: () => new FileSpout(join(folder, 'input.txt')),
    })
    t.is(report.status, 'completed')
    t.is(executed.size, 1999)
    t.deepEqual(values(dead), ['line 1200'])
  }
})

test('a bolt that holds each tuple for long does not keep the tuple from being found', async (t) => {
  const held: (() => void)[] = []
  const { report, executed, dead } = await run(t, {
    config: { 'topology.workers': 2, 'topology.message.timeout.secs': 60 },
    poison: [20],
    bolts: 1,
    makeSpout: () => new SequenceSpout(40),
    ack: (ack, after) => {
      held.push(ack)
      after(5000, () => {
        for (const call of held.splice(0)) call()
      })
    },
  })
  t.is(report.status, 'completed')
  t.is(executed.size, 39)
  t.deepEqual(values(dead), [20])
})

test('whatever the workers, spouts, and poison are, just the tuples that kill become dead letters', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.integer({ min: 0, max: 1_000_000 }),
        workers: fc.integer({ min: 1, max: 4 }),
        spouts: fc.integer({ min: 1, max: 3 }),
        pending: fc.constantFrom(1, 10, 1000),
        poison: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 3 }),
      }),
      async ({ seed, workers, spouts, pending, poison }) => {
        const { report, executed, dead } = await run(t, {
          seed,
          config: { 'topology.workers': workers, 'topology.max.spout.pending': pending },
          poison,
          spouts,
          makeSpout: () => new SequenceSpout(60),
        })
        t.is(report.status, 'completed')
        t.is(executed.size, 60 - poison.length)
        t.deepEqual(values(dead), [...poison].sort())
        t.is(report.roots.deadLettered, poison.length)
      },
    ),
    { numRuns: volume(6, 15) },
  )
})

test('a tuple is found by its message id where its values are others at each attempt', async (t) => {
  for (const workers of [1, 2]) {
    const { report, executed, problems } = await run(t, {
      config: { 'topology.workers': workers },
      poison: ['20'],
      makeSpout: () => new Attempts(40),
    })
    t.is(report.status, 'completed')
    t.is(executed.size, 39)
    t.true(problems.some(({ code }) => code === 'POISON_TUPLE'))
  }
})

test('a spout that never ends has no more in flight than it may, and the search ends', async (t) => {
  let most = 0
  const poisoned = new Set(['20'])
  const running: { topology?: LocalTopology } = {}
  const bolt = () =>
    new FunctionBolt([], (tuple, collector, context) => {
      if (poisoned.has(tuple.values[0])) running.topology!.killWorker(context.worker)
      else context.after(1, () => collector.ack(tuple))
    })
  const spout = () =>
    new Attempts(Number.POSITIVE_INFINITY, (inFlight) => {
      most = Math.max(most, inFlight)
    })
  const builder = new TopologyBuilder('endless', { 'topology.workers': 2, 'topology.max.spout.pending': 3 })
  builder.setBolt('bolt', bolt).shuffleGrouping(builder.setSpout('values', spout))
  const cluster = new LocalCluster({ seed: 33, minDelayMs: 1, maxDelayMs: 5 })
  const topology = await cluster.submit(builder.createTopology())
  running.topology = topology
  await topology.waitUntil(() => topology.problems.some(({ code }) => code === 'POISON_TUPLE'))
  const acked = () => topology.state()['values']!.acked
  const perSecond = async () => {
    const before = acked()
    await cluster.advanceTime(1000)
    return acked() - before
  }
  const searching = await perSecond()
  await cluster.advanceTime(15_000)
  t.true((await perSecond()) > searching)
  t.is(most, 3)
  topology.drain()
  await topology.complete()
})

/** Numbers, while somebody kills workers: each time this one, so long after the time before. */
async function runKilled(
  t: ExecutionContext,
  { seed, holdMs, kills }: { seed: number; holdMs: number; kills: readonly { worker: number; afterMs: number }[] },
) {
  const letters = join(folderOf(t), 'dead.jsonl')
  const executed = new Set<unknown>()
  const builder = new TopologyBuilder('killed', {
    'topology.workers': 2,
    'topology.worker.max.restarts': 100,
    'topology.max.spout.pending': 5,
    'topology.dead.letters.file': letters,
  })
  const bolt = () =>
    new FunctionBolt([], (tuple, collector, context) => {
      context.after(holdMs, () => {
        executed.add(tuple.values[0])
        collector.ack(tuple)
      })
    })
  builder.setBolt('bolt', bolt).shuffleGrouping(builder.setSpout('values', () => new SequenceSpout(200)))
  const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 5 })
  const topology = await cluster.submit(builder.createTopology())
  for (const { worker, afterMs } of kills) {
    if (topology.isDone) break
    topology.killWorker(worker)
    await cluster.advanceTime(afterMs)
  }
  const report = await topology.complete()
  t.is(report.status, 'completed')
  t.is(executed.size, 200)
  t.false(existsSync(letters))
}

test('workers that are killed from outside, whenever and however often, cost no tuple its life', async (t) => {
  const seed = fc.integer({ min: 0, max: 1_000_000 })
  const gap = fc.integer({ min: 1, max: 3000 })
  const holdMs = fc.constantFrom(1, 10, 300)
  const atRandom = fc.record({
    seed,
    holdMs,
    kills: fc.array(fc.record({ worker: fc.integer({ min: 1, max: 2 }), afterMs: gap }), { maxLength: 14 }),
  })
  const asAClockStrikes = fc
    .record({ seed, holdMs, worker: fc.integer({ min: 1, max: 2 }), afterMs: gap })
    .map(({ worker, afterMs, ...run }) => ({ ...run, kills: Array.from({ length: 12 }, () => ({ worker, afterMs })) }))
  await fc.assert(
    fc.asyncProperty(fc.oneof(atRandom, asAClockStrikes), (run) => runKilled(t, run)),
    {
      numRuns: volume(12, 40),
      examples: [36, 39, 43, 49].map((seed) => [
        { seed, holdMs: 10, kills: Array.from({ length: 12 }, () => ({ worker: 2, afterMs: 700 })) },
      ]),
    },
  )
})
