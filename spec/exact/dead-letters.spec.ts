import { join } from 'node:path'
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  PermanentError,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../lib/util/prng.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'

interface Numbered {
  n: number
}

/** Adds up what it gets, and can never do that with a number that ends in 7. */
class Sum extends BasicBolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #sums: Map<number, number>
  #index = 0
  #state!: KeyValueState<string, number>

  constructor(sums: Map<number, number>) {
    super()
    this.#sums = sums
  }

  override prepare(context: TaskContext): void {
    this.#index = context.taskIndex
    this.#state = context.state('sum')
  }

  execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Numbered>): void {
    const n = tuple.get('n')
    this.#state.update('sum', (sum = 0) => sum + n)
    out.emit([n])
    if (n % 20 === 17) throw new PermanentError(`${n} is wrong for ever`)
    if (n % 10 === 7) throw new Error(`${n} is wrong each time`)
  }

  override endOfInput(): void {
    this.#sums.set(this.#index, this.#state.get('sum') ?? 0)
  }
}

const LIMIT = 200

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 10); seed++) {
  test(`what fails for ever becomes one dead letter, and nothing else suffers, whatever is killed (seed ${seed})`, async (t) => {
    const folder = folderOf(t)
    const file = join(folder, 'letters.jsonl')
    const random = new Prng(seed)
    const workers = 1 + random.below(3)
    const sums = new Map<number, number>()
    const snapshots = new MemorySnapshots()
    const builder = new TopologyBuilder('letters', {
      'topology.workers': workers,
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 20 + random.below(100),
      'topology.tuple.max.attempts': 2,
      'topology.dead.letters.file': file,
    })
    builder.setSpout('numbers', () => new SequenceSpout(LIMIT), 2)
    builder.setBolt('sum', () => new Sum(sums), 2).grouping('numbers', 'default', { type: 'shuffle' })
    const codes: string[] = []
    const events = { onProblem: ({ code }: { code: string }) => void codes.push(code) }
    let report: Awaited<ReturnType<Awaited<ReturnType<LocalCluster['submit']>>['complete']>> | undefined
    // The run itself is gone now and then, and another one goes on.
    for (let run = 0; report === undefined; run++) {
      const cluster = new LocalCluster({ seed: 10 * seed + run, minDelayMs: 1, maxDelayMs: 8 })
      const topology = await cluster.submit(builder.createTopology(), { snapshots, events })
      for (let kills = 0; kills < 3; kills++) {
        await cluster.advanceTime(10 + random.below(150))
        if (random.next() < 0.7 && !topology.isDone) topology.killWorker(1 + random.below(workers))
      }
      if (run === 2) report = await topology.complete()
    }
    t.is(report.status, 'completed')
    const wrong = Array.from({ length: LIMIT }, (_, n) => n).filter((n) => n % 10 === 7)
    const letters = jsonLinesIn(file)
    t.deepEqual(
      letters.map(({ values }) => values.n).sort((a, b) => a - b),
      wrong,
    )
    t.is(
      [...sums.values()].reduce((sum, one) => sum + one, 0),
      (LIMIT * (LIMIT - 1)) / 2 - wrong.reduce((sum, n) => sum + n, 0),
    )
    for (const { component, stream, reason, lastError, attempts, values } of letters) {
      const isPermanent = values.n % 20 === 17
      t.deepEqual([component, stream, attempts], ['numbers', 'default', isPermanent ? 1 : 2])
      t.deepEqual([reason.component, reason.permanent], ['sum', isPermanent ? true : undefined])
      t.is(lastError, reason.error)
    }
    t.true(codes.includes('TUPLE_GIVEN_UP'))
  })
}
