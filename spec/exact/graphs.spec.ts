/**
 * Chandy and Lamport's law on whole topologies: whatever the graph, with loops, and however many tasks and workers
 * there are, what the states of a snapshot and the tuples in it hold together is what the sources had given out at
 * their positions, at each snapshot; and nothing of it is lost or doubled by kills.
 *
 * `EXACT_SEEDS` says how many graphs are tried; fast-check prints the one that fails, and its seed.
 */
import test from 'ava'
import fc from 'fast-check'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import type { Manifest, Segment } from '../../lib/snapshots/manifest.ts'
import { readSegment } from '../../lib/snapshots/read-segment.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../lib/util/prng.ts'
import { DealtSpout } from './dealt-spout.ts'

interface Money {
  key: number
  amount: number
}

/** Tuples of the source, and what each holds. */
const GIVEN = 200
const AMOUNT = 6
const SAVED = 'saved'
const MONEY = fields<Money>('key', 'amount')

interface Graph {
  readonly bolts: number
  /** Loops, and edges from a bolt to itself, among them; some twice. */
  readonly edges: readonly (readonly [from: number, to: number])[]
  readonly tasks: readonly number[]
  readonly workers: number
  readonly intervalMs: number
  readonly seed: number
}

const graph: fc.Arbitrary<Graph> = fc.record({
  bolts: fc.integer({ min: 1, max: 4 }),
  edges: fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 6 }),
  tasks: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 }),
  workers: fc.integer({ min: 1, max: 4 }),
  intervalMs: fc.integer({ min: 10, max: 40 }),
  seed: fc.nat(1_000_000),
})

/** By bolt, where it sends to: from each one before it a bolt can be reached. */
function targetsOf({ bolts, edges }: Graph): number[][] {
  const chain = Array.from({ length: bolts - 1 }, (_, from) => [from, from + 1] as const)
  const all = [...chain, ...edges.map(([from, to]) => [from % bolts, to % bolts] as const)]
  return Array.from({ length: bolts }, (_, bolt) => [
    ...new Set(all.flatMap(([from, to]) => (from === bolt ? [to] : []))),
  ])
}

class Source extends DealtSpout<Money> {
  override readonly outputs = MONEY

  override rowOf(n: number): Money {
    return { key: n, amount: AMOUNT }
  }
}

/** Saves a coin of what it gets, and hands the rest on in two parts; where nothing comes behind it, saves it all. */
class Save extends BasicBolt<Money, any> {
  override readonly outputs
  readonly #targets: readonly number[]
  readonly #ends: Map<string, number>
  #context!: TaskContext
  #saved!: KeyValueState<number, number>

  constructor(targets: readonly number[], ends: Map<string, number>) {
    super()
    this.#targets = targets
    this.#ends = ends
    this.outputs = Object.fromEntries(targets.map((target) => [`to-${target}`, MONEY]))
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#saved = context.state(SAVED)
  }

  execute(tuple: Tuple<Money>, out: BasicOutputCollector<any>): void | Promise<void> {
    const { key, amount } = tuple.toObject()
    const saved = this.#targets.length === 0 ? amount : 1
    this.#saved.update(key % 8, (before = 0) => before + saved)
    const half = Math.floor((amount - saved) / 2)
    for (const part of [half, amount - saved - half]) {
      if (part === 0) continue
      const target = this.#targets[Math.floor(this.#context.random() * this.#targets.length)]
      out.emit([Math.floor(this.#context.random() * 100), part], `to-${target}`)
    }
    if (this.#context.random() < 0.02) throw new Error('a bad day')
    if (this.#context.random() < 0.2) return new Promise((resolve) => void this.#context.after(3, resolve))
  }

  override endOfInput(): void {
    const sum = [...this.#saved.entries()].reduce((total, [, saved]) => total + saved, 0)
    this.#ends.set(`${this.#context.component}/${this.#context.taskIndex}`, sum)
  }
}

function definitionOf(given: Graph, ends: Map<string, number>): TopologyDefinition {
  const { tasks, workers, intervalMs } = given
  const builder = new TopologyBuilder('graph', {
    'topology.workers': workers,
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': intervalMs,
    'topology.tuple.max.attempts': 1000,
    'topology.worker.max.restarts': 1000,
    'topology.worker.restart.max.delay.ms': 10,
  })
  builder.setSpout('source', () => new Source(GIVEN), tasks[4]!)
  const targets = targetsOf(given)
  const bolts = targets.map((to, bolt) => builder.setBolt(`bolt-${bolt}`, () => new Save(to, ends), tasks[bolt]!))
  bolts[0]!.grouping('source', 'default', { type: 'shuffle' })
  for (const [from, all] of targets.entries())
    for (const to of all)
      bolts[to]!.grouping(
        `bolt-${from}`,
        `to-${to}`,
        (from + to) % 2 === 0 ? { type: 'fields', fields: ['key'] } : { type: 'shuffle' },
      )
  return builder.createTopology()
}

/** Keeps, of each snapshot, what there was, and what had been given out. */
class CountedSnapshots extends MemorySnapshots {
  readonly sums: { readonly there: number; readonly given: number }[] = []

  override async complete(manifest: Manifest): Promise<void> {
    this.sums.push(await this.#count(manifest))
    return super.complete(manifest)
  }

  async #count({ tasks, inFlight }: Manifest): Promise<{ there: number; given: number }> {
    const sources = tasks.filter(({ component }) => component === 'source')
    let given = 0
    for (const { positions, index } of sources)
      for (const [partition, next] of await this.#records(positions === undefined ? [] : [positions]))
        if (Number(partition) === index) given += (AMOUNT * ((next as number) - index)) / sources.length
    let there = 0
    for (const { states } of tasks) {
      const saved = new Map<unknown, number>()
      for (const [, key, value = 0] of await this.#records(states[SAVED] ?? [])) saved.set(key, value as number)
      for (const one of saved.values()) there += one
    }
    for (const [, , , , , values] of await this.#records(inFlight)) there += (values as number[])[1]!
    return { there, given }
  }

  async #records(segments: readonly Segment[]): Promise<(readonly unknown[])[]> {
    const records: (readonly unknown[])[] = []
    for (const segment of segments) records.push(...((await readSegment(this, segment)) as Iterable<unknown[]>))
    return records
  }
}

test('a snapshot of any graph is a moment that could have been, and what there is in the end is what was given', async (t) => {
  let snapshots = 0
  await fc.assert(
    fc.asyncProperty(graph, async (given) => {
      const { seed, workers } = given
      const random = new Prng(seed)
      const ends = new Map<string, number>()
      const store = new CountedSnapshots()
      const cluster = new LocalCluster({ seed, minDelayMs: 0, maxDelayMs: 8 })
      const topology = await cluster.submit(definitionOf(given, ends), { snapshots: store })
      for (let kills = 0; kills < 3 && !topology.isDone; kills++) {
        await cluster.advanceTime(10 + random.below(150))
        if (!topology.isDone) topology.killWorker(1 + random.below(workers))
      }
      const { status } = await topology.complete()
      t.is(status, 'completed')
      snapshots += store.sums.length
      for (const { there, given: out } of store.sums) t.is(there, out)
      t.is(
        [...ends.values()].reduce((sum, saved) => sum + saved, 0),
        GIVEN * AMOUNT,
      )
    }),
    { numRuns: Number(process.env['EXACT_SEEDS'] ?? 20) },
  )
  t.true(snapshots > 50, `there were ${snapshots}`)
})
