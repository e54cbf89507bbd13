/** A tuple that ends its worker each time, where a tuple is atomic. */
import { join } from 'node:path'
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../lib/testing/index.ts'
import { Prng } from '../../lib/util/prng.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'

interface Numbered {
  n: number
}

/** What ends a worker is outside of all workers. */
interface World {
  kill(worker: number): void
  readonly sums: Map<number, number>
}

/** Adds up what it gets. With some numbers it ends its worker, before it returns or later. */
class Sum extends BasicBolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #world: World
  readonly #isPoison: (n: number) => boolean
  readonly #isLate: boolean
  #context!: TaskContext
  #state!: KeyValueState<string, number>

  constructor(world: World, isPoison: (n: number) => boolean, isLate: boolean) {
    super()
    this.#world = world
    this.#isPoison = isPoison
    this.#isLate = isLate
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#state = context.state('sum')
  }

  override execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Numbered>): void | Promise<void> {
    const n = tuple.get('n')
    if (this.#isLate) return this.#later(n, out)
    this.#add(n, out)
    if (this.#isPoison(n)) this.#world.kill(this.#context.worker)
  }

  override endOfInput(): void {
    this.#world.sums.set(this.#context.taskIndex, this.#state.get('sum') ?? 0)
  }

  async #later(n: number, out: BasicOutputCollector<Numbered>): Promise<void> {
    await new Promise<void>((resolve) => void this.#context.after(1, resolve))
    if (this.#isPoison(n)) this.#world.kill(this.#context.worker)
    this.#add(n, out)
  }

  #add(n: number, out: BasicOutputCollector<Numbered>): void {
    this.#state.update('sum', (sum = 0) => sum + n)
    out.emit([n])
  }
}

const LIMIT = 200

function poisoned(world: World, isPoison: (n: number) => boolean, isLate: boolean, config: Record<string, unknown>) {
  const builder = new TopologyBuilder('poisoned', {
    'topology.guarantee': 'exactly-once',
    'topology.worker.restart.max.delay.ms': 200,
    ...config,
  })
  builder.setSpout('numbers', () => new SequenceSpout(LIMIT), 2)
  builder.setBolt('sum', () => new Sum(world, isPoison, isLate), 3).grouping('numbers', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

for (const isLate of [false, true])
  for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 5); seed++) {
    const when = isLate ? 'after a while' : 'at once'
    test(`a tuple that ends its worker ${when} becomes one dead letter, and all others count once (seed ${seed})`, async (t) => {
      const file = join(folderOf(t), 'letters.jsonl')
      const random = new Prng(seed)
      const sums = new Map<number, number>()
      let topology: LocalTopology | undefined
      const world: World = { sums, kill: (worker) => topology?.killWorker(worker) }
      const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
      const poison = new Set([random.below(LIMIT), random.below(LIMIT), random.below(LIMIT)])
      const definition = poisoned(world, (n) => poison.has(n), isLate, {
        'topology.workers': 1 + random.below(3),
        'topology.state.checkpoint.interval.ms': 20 + random.below(300),
        'topology.bolt.concurrency': 1 + random.below(4),
        'topology.dead.letters.file': file,
      })
      topology = await cluster.submit(definition)
      const { status, problem } = await topology.complete()
      t.is(status, 'completed', problem?.message)
      const letters = jsonLinesIn(file)
      t.deepEqual(
        letters.map(({ values }) => values.n).sort((a, b) => a - b),
        [...poison].sort((a, b) => a - b),
      )
      for (const { component, reason, lastError } of letters) {
        t.deepEqual([component, reason.kind, reason.poison], ['numbers', 'worker lost', true])
        t.regex(lastError, /signal SIGKILL/)
      }
      const all = (LIMIT * (LIMIT - 1)) / 2
      t.is(
        [...sums.values()].reduce((sum, one) => sum + one, 0),
        all - [...poison].reduce((sum, n) => sum + n, 0),
      )
      t.true(topology.problems.some(({ code }) => code === 'POISON_TUPLE'))
    })
  }

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 5); seed++) {
  test(`workers that somebody else kills again and again make no tuple a dead letter (seed ${seed})`, async (t) => {
    const file = join(folderOf(t), 'letters.jsonl')
    const random = new Prng(100 + seed)
    const sums = new Map<number, number>()
    const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
    const definition = poisoned({ sums, kill: () => {} }, () => false, random.next() < 0.5, {
      'topology.workers': 2,
      'topology.state.checkpoint.interval.ms': 20 + random.below(100),
      'topology.worker.max.restarts': 100,
      'topology.dead.letters.file': file,
    })
    const topology = await cluster.submit(definition)
    for (let kills = 0; kills < 12; kills++) {
      await cluster.advanceTime(10 + random.below(300))
      if (!topology.isDone) topology.killWorker(1 + random.below(2))
    }
    const { status } = await topology.complete()
    t.is(status, 'completed')
    t.deepEqual(jsonLinesIn(file), [])
    t.is(
      [...sums.values()].reduce((sum, one) => sum + one, 0),
      (LIMIT * (LIMIT - 1)) / 2,
    )
  })
}

test('a bolt that ends its worker whichever tuple it has ends the run', async (t) => {
  let topology: LocalTopology | undefined
  const world: World = { sums: new Map(), kill: (worker) => topology?.killWorker(worker) }
  const cluster = new LocalCluster({ minDelayMs: 1 })
  const definition = poisoned(world, () => true, false, {
    'topology.dead.letters.file': join(folderOf(t), 'letters.jsonl'),
  })
  topology = await cluster.submit(definition)
  const { status, problem } = await topology.complete()
  t.deepEqual([status, problem?.code], ['failed', 'WORKER_GAVE_UP'])
})
