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
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { Prng } from '../../lib/util/prng.ts'

interface Numbered {
  n: number
}

/** Emits the numbers below a limit that belong to its task, each once; knows where it stands. */
class Numbers extends Spout<Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #limit: number
  #next = 0
  #step = 1
  #context!: TaskContext
  #out!: SpoutOutputCollector<Numbered>

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override open(context: TaskContext, out: SpoutOutputCollector<Numbered>): void {
    this.#context = context
    this.#out = out
    this.#next = context.taskIndex
    this.#step = context.tasksOf().length
  }

  nextTuple(): void {
    if (this.#next >= this.#limit || this.#context.random() < 0.5) return
    this.#out.emit([this.#next])
    this.#next += this.#step
  }

  override position(): Positions {
    return { [this.#context.taskIndex]: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions[this.#context.taskIndex] as number
  }

  override isExhausted(): boolean {
    return this.#next >= this.#limit
  }
}

/** Counts what it gets by key, and sends it on. Fails now and then, also after it has written and emitted. */
class Count extends BasicBolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #seen: Map<string, Map<number, number>>
  #context!: TaskContext
  #counts!: KeyValueState<number, number>

  constructor(seen: Map<string, Map<number, number>>) {
    super()
    this.#seen = seen
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#counts = context.state('counts')
  }

  execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Numbered>): void {
    const n = tuple.get('n')
    this.#counts.update(n, (count = 0) => count + 1)
    out.emit([n])
    if (this.#context.random() < 0.02) throw new Error('a bad day')
  }

  /** At the end of the input all that was counted is known. */
  override endOfInput(): void {
    this.#seen.set(`${this.#context.component}/${this.#context.taskIndex}`, new Map(this.#counts.entries()))
  }
}

const LIMIT = 300

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 20); seed++) {
  test(`each tuple has its effect once, whatever is killed (seed ${seed})`, async (t) => {
    const random = new Prng(seed)
    const seen = new Map<string, Map<number, number>>()
    const builder = new TopologyBuilder('exact', {
      'topology.workers': 1 + random.below(3),
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 20 + random.below(200),
      'topology.tuple.max.attempts': 100,
    })
    builder.setSpout('numbers', () => new Numbers(LIMIT), 2)
    builder.setBolt('first', () => new Count(seen), 2).grouping('numbers', 'default', { type: 'shuffle' })
    builder.setBolt('second', () => new Count(seen), 2).grouping('first', 'default', { type: 'fields', fields: ['n'] })
    const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
    const topology = await cluster.submit(builder.createTopology())
    for (let kills = 0; kills < 4; kills++) {
      await cluster.advanceTime(20 + random.below(400))
      if (topology.isDone) break
      const [one, other] = random.shuffle([1, 2, 3]) as [number, number]
      if (random.next() < 0.7) topology.killWorker(one)
      else {
        topology.cut(one, other)
        await cluster.advanceTime(random.below(100))
        topology.heal(one, other)
      }
    }
    const report = await topology.complete()
    t.deepEqual([report.status, report.problem], ['completed', undefined])
    for (const component of ['first', 'second']) {
      const counts = new Map<number, number>()
      for (const [task, entries] of seen)
        if (task.startsWith(component)) for (const [n, count] of entries) counts.set(n, (counts.get(n) ?? 0) + count)
      t.is(counts.size, LIMIT, component)
      t.deepEqual(
        [...counts].filter(([, count]) => count !== 1),
        [],
        component,
      )
    }
  })
}
