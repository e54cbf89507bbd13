import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type Positions,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../lib/util/prng.ts'

interface Numbered {
  n: number
}

const PARTITIONS = 6
const LIMIT = 120

/** Emits the numbers of the partitions that are its task's; any task can go on with any of them. */
class Partitions extends Spout<Numbered> {
  override readonly outputs = fields<Numbered>('n')
  override readonly canRescale = true
  /** The next number of each partition. */
  readonly #next = new Map<number, number>()
  #context!: TaskContext
  #out!: SpoutOutputCollector<Numbered>

  override open(context: TaskContext, out: SpoutOutputCollector<Numbered>): void {
    this.#context = context
    this.#out = out
    const tasks = context.tasksOf().length
    for (let one = context.taskIndex; one < PARTITIONS; one += tasks) this.#next.set(one, one)
  }

  nextTuple(): void {
    for (const [partition, n] of this.#next) {
      if (n >= LIMIT || this.#context.random() < 0.95) continue
      this.#out.emit([n])
      this.#next.set(partition, n + PARTITIONS)
    }
  }

  override position(): Positions {
    return Object.fromEntries(this.#next)
  }

  override seek(positions: Positions): void {
    for (const partition of this.#next.keys()) this.#next.set(partition, positions[partition] as number)
  }

  override isExhausted(): boolean {
    return [...this.#next.values()].every((n) => n >= LIMIT)
  }
}

class Pass extends BasicBolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')

  execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Numbered>): void {
    out.emit([tuple.get('n')])
  }
}

/** Counts by a key that is not the one it is grouped by: what moves is what was written for the tuples of a group. */
class Count extends BasicBolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #seen: Map<string, Map<string, number>>
  #context!: TaskContext
  #counts!: KeyValueState<string, number>

  constructor(seen: Map<string, Map<string, number>>) {
    super()
    this.#seen = seen
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#counts = context.state('counts')
  }

  execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Numbered>): void {
    const n = tuple.get('n')
    this.#counts.update(`number ${n}`, (count = 0) => count + 1)
    // Its own key, of the same group: the sum is right only where it is with the numbers it sums.
    this.#counts.update(`times of ${n}`, (count = 0) => count + this.#counts.get(`number ${n}`)!)
    out.emit([n])
    if (this.#context.random() < 0.02) throw new Error('a bad day')
  }

  override endOfInput(): void {
    this.#seen.set(`${this.#context.component}/${this.#context.taskIndex}`, new Map(this.#counts.entries()))
  }
}

function topologyOf(seen: Map<string, Map<string, number>>, random: Prng, groups: number): TopologyDefinition {
  const builder = new TopologyBuilder('rescaled', {
    'topology.workers': 1 + random.below(3),
    'topology.guarantee': 'exactly-once',
    'topology.key.groups': groups,
    'topology.state.checkpoint.interval.ms': 20 + random.below(100),
    'topology.tuple.max.attempts': 100,
    'topology.state.backend': random.next() < 0.5 ? 'memory' : 'embedded',
  })
  const tasks = (): number => 1 + random.below(5)
  const byNumber = { type: 'fields', fields: ['n'] } as const
  builder.setSpout('numbers', () => new Partitions(), tasks())
  builder.setBolt('pass', () => new Pass(), tasks()).grouping('numbers', 'default', { type: 'shuffle' })
  builder.setBolt('first', () => new Count(seen), tasks()).grouping('pass', 'default', byNumber)
  builder.setBolt('second', () => new Count(seen), tasks()).grouping('first', 'default', byNumber)
  return builder.createTopology()
}

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 10); seed++) {
  test(`each tuple has its effect once, whatever number of tasks a run goes on with (seed ${seed})`, async (t) => {
    const random = new Prng(seed)
    const snapshots = new MemorySnapshots()
    const seen = new Map<string, Map<string, number>>()
    const groups = 8 + random.below(130)
    let topology!: LocalTopology
    for (let run = 0; run < 4; run++) {
      seen.clear()
      // The run before stops where it stands, as by a power cut: its time does not go on.
      const cluster = new LocalCluster({ seed: seed * 10 + run, minDelayMs: 1, maxDelayMs: 8 })
      topology = await cluster.submit(topologyOf(seen, random, groups), { snapshots })
      if (run < 3) await cluster.advanceTime(60 + random.below(150))
      if (run < 3 && !topology.isDone && random.next() < 0.5) {
        topology.killWorker(1)
        await cluster.advanceTime(random.below(100))
      }
      // Some are through before the last run begins, and none before the second.
      t.true(run > 0 || !topology.isDone)
      if (topology.isDone) break
    }
    const report = await topology.complete()
    t.deepEqual([report.status, report.problem], ['completed', undefined])
    for (const component of ['first', 'second']) {
      const counts = [...seen].filter(([task]) => task.startsWith(component)).flatMap(([, entries]) => [...entries])
      t.is(counts.length, 2 * LIMIT, component)
      t.deepEqual(
        counts.filter(([, count]) => count !== 1),
        [],
        component,
      )
    }
  })
}
