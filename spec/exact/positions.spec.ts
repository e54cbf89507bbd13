import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import { BasicBolt, type TaskContext, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../lib/util/prng.ts'

/** Notes what it gets, and fails now and then. */
class Sink extends BasicBolt<{ n: number }> {
  readonly #got: number[]
  readonly #failing: number
  #context!: TaskContext

  constructor(got: number[], failing: number) {
    super()
    this.#got = got
    this.#failing = failing
  }

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  execute(tuple: Tuple<{ n: number }>): void {
    if (this.#context.random() < this.#failing) throw new Error('a bad day')
    this.#got.push(tuple.get('n'))
  }
}

interface Wanted {
  readonly got: number[]
  readonly guarantee: string
  readonly workers?: number
  readonly failing?: number
}

const LIMIT = 400

function topology({ got, guarantee, workers = 1, failing = 0 }: Wanted) {
  const builder = new TopologyBuilder('numbers', {
    'topology.guarantee': guarantee,
    'topology.workers': workers,
    'topology.state.checkpoint.interval.ms': 50,
    'topology.max.spout.pending': 10,
    'topology.replay.max.attempts': 1000,
  })
  builder.setSpout('numbers', () => new SequenceSpout(LIMIT), 2)
  builder.setBolt('sink', () => new Sink(got, failing), 2).grouping('numbers', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

const ALL = Array.from({ length: LIMIT }, (_, n) => n)
const inOrder = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b)

for (const guarantee of ['at-most-once', 'at-least-once', 'exactly-once']) {
  test(`${guarantee}: a run after one that has read everything reads nothing`, async (t) => {
    const snapshots = new MemorySnapshots()
    const got: number[] = []
    for (let run = 0; run < 2; run++) {
      const cluster = new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 })
      const report = await (await cluster.submit(topology({ got, guarantee, workers: 2 }), { snapshots })).complete()
      t.is(report.status, 'completed')
    }
    t.deepEqual(inOrder(got), ALL)
  })
}

test('at-least-once: a run that is drained while its bolts hear of the end keeps where its spouts stand', async (t) => {
  const snapshots = new MemorySnapshots()
  const got: number[] = []
  const first = await new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 }).submit(
    topology({ got, guarantee: 'at-least-once' }),
    {
      snapshots,
      events: {
        onStatus(status) {
          if (status === 'finishing') queueMicrotask(() => first.drain())
        },
      },
    },
  )
  t.is((await first.complete()).status, 'stopped')
  const next = new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 })
  await (await next.submit(topology({ got, guarantee: 'at-least-once' }), { snapshots })).complete()
  t.deepEqual(inOrder(got), ALL)
})

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 10); seed++) {
  test(`at-least-once: runs that are drained or killed, each goes on where the one before was (seed ${seed})`, async (t) => {
    const random = new Prng(seed)
    const snapshots = new MemorySnapshots()
    const got: number[] = []
    const workers = 1 + random.below(3)
    const wanted = { got, guarantee: 'at-least-once', workers, failing: 0.2 }
    /** What a run has got that was drained, and lost nothing. */
    let whole: ReadonlySet<number> = new Set()
    for (let runs = 0; runs < 8; runs++) {
      const cluster = new LocalCluster({ seed: seed * 100 + runs, minDelayMs: 1, maxDelayMs: 8 })
      const from = got.length
      const running = await cluster.submit(topology(wanted), { snapshots })
      const isDisturbed: boolean = random.next() < 0.4
      await cluster.advanceTime(20 + random.below(400))
      if (isDisturbed) running.killWorker(1 + random.below(workers))
      await cluster.advanceTime(20 + random.below(400))
      const isDrained: boolean = runs === 7 || random.next() < 0.5
      // Otherwise the whole of it is gone, without a word.
      if (isDrained) {
        if (runs < 7) running.drain()
        await running.complete()
      }
      const here = got.slice(from)
      const twice = here.filter((n) => whole.has(n))
      if (!isDisturbed) t.deepEqual(twice, [])
      whole = new Set(isDrained && !isDisturbed ? here : [])
    }
    t.deepEqual(inOrder(new Set(got)), ALL)
  })
}
