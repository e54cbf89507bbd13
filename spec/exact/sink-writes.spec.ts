/** What a SinkBolt does where its sink does not take a tuple, or none at all for a while. */
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { SequenceSpout, SinkBolt, type TransactionalSink } from '../../lib/components/index.ts'
import { PermanentError, TopologyBuilder, type Tuple, TyphoonError, testTuple } from '../../lib/index.ts'
import { LocalCluster, testContext } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../lib/util/prng.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'

interface Written {
  readonly id: string
  readonly rows: readonly number[]
}

/** A table outside of the topology, which does not take everything. */
class Table {
  readonly rows: number[] = []
  readonly #committed = new Set<string>()
  readonly #onWrite: (n: number) => void
  readonly #ms: number
  #sinks = 0

  /** @param onWrite throws where a row is not taken @param ms that each write takes */
  constructor(onWrite: (n: number) => void, ms = 0) {
    this.#onWrite = onWrite
    this.#ms = ms
  }

  sink(): TransactionalSink<any, number[], Written> {
    let next = 0
    const name = this.#sinks++
    let passed = async (): Promise<void> => {}
    return {
      open: (context) => {
        if (this.#ms > 0) passed = () => new Promise((resolve) => void context.after(this.#ms, resolve))
      },
      abort: () => {},
      begin: () => [],
      write: async (transaction, tuples: readonly Tuple[]) => {
        const rows = tuples.map(({ values }) => values[0] as number)
        await passed()
        for (const row of rows) this.#onWrite(row)
        transaction.push(...rows)
      },
      prepare: (rows) => ({ id: `${name} ${next++}`, rows: [...rows] }),
      commit: ({ id, rows }) => {
        if (!this.#committed.has(id)) this.rows.push(...rows)
        this.#committed.add(id)
      },
    }
  }
}

const LIMIT = 200
const ALL = Array.from({ length: LIMIT }, (_, n) => n)
const inOrder = (rows: Iterable<number>): number[] => [...rows].sort((a, b) => a - b)

function topology(table: Table, guarantee: string, letters: string, workers = 1, intervalMs = 50) {
  const builder = new TopologyBuilder('sink', {
    'topology.guarantee': guarantee,
    'topology.workers': workers,
    'topology.state.checkpoint.interval.ms': intervalMs,
    'topology.state.unavailable.limit.secs': 60,
    'topology.tuple.max.attempts': 2,
    'topology.replay.max.attempts': 2,
    'topology.dead.letters.file': letters,
  })
  builder.setSpout('numbers', () => new SequenceSpout(LIMIT), 2)
  builder.setBolt('sink', () => new SinkBolt(table.sink()), 2).grouping('numbers', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

const lettersOf = (t: ExecutionContext): string => join(folderOf(t), 'letters.jsonl')
const numbersIn = (file: string): number[] => jsonLinesIn(file).map(({ values }) => values.n)

/** Some are wrong for ever, and the last one is, too. */
function refuse(n: number): void {
  if (n % 40 === 19) throw new PermanentError(`${n} is wrong for ever`)
  if (n % 40 === 39) throw new Error(`${n} is wrong each time`)
}

const WRONG = ALL.filter((n) => n % 20 === 19)
const RIGHT = ALL.filter((n) => n % 20 !== 19)

for (const guarantee of ['at-least-once', 'exactly-once']) {
  test(`${guarantee}: a tuple that the sink never takes becomes a dead letter, and all others are committed`, async (t) => {
    const table = new Table(refuse)
    const letters = lettersOf(t)
    const codes = new Set<string>()
    const events = { onProblem: ({ code }: { code: string }) => void codes.add(code) }
    const cluster = new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 })
    const running = await cluster.submit(topology(table, guarantee, letters), {
      snapshots: new MemorySnapshots(),
      events,
    })
    const report = await running.complete()
    t.is(report.status, 'completed')
    t.deepEqual(inOrder(numbersIn(letters)), WRONG)
    t.deepEqual(inOrder(table.rows), RIGHT)
    t.is(codes.has('TUPLE_GIVEN_UP'), guarantee === 'exactly-once')
  })

  test(`${guarantee}: where the sink takes nothing for a while, all is written when it does, and nothing is given up`, async (t) => {
    let calls = 0
    const table = new Table(() => {
      if (++calls < 60) throw new Error('away')
    })
    const letters = lettersOf(t)
    const codes = new Set<string>()
    const events = { onProblem: ({ code }: { code: string }) => void codes.add(code) }
    const cluster = new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 })
    const running = await cluster.submit(topology(table, guarantee, letters), {
      snapshots: new MemorySnapshots(),
      events,
    })
    const report = await running.complete()
    t.is(report.status, 'completed')
    t.deepEqual(inOrder(new Set(table.rows)), ALL)
    t.true(codes.has('OUTPUT_FAILED'))
    t.false(codes.has('TUPLE_GIVEN_UP'))
  })
}

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 10); seed++) {
  test(`each tuple is committed once or is one dead letter, whatever is killed (seed ${seed})`, async (t) => {
    const random = new Prng(seed)
    const table = new Table(refuse)
    const letters = lettersOf(t)
    const workers = 1 + random.below(3)
    const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
    const running = await cluster.submit(topology(table, 'exactly-once', letters, workers), {
      snapshots: new MemorySnapshots(),
    })
    for (let kills = 0; kills < 4; kills++) {
      await cluster.advanceTime(20 + random.below(400))
      if (!running.isDone) running.killWorker(1 + random.below(workers))
    }
    const report = await running.complete()
    t.is(report.status, 'completed')
    t.deepEqual(inOrder(numbersIn(letters)), WRONG)
    t.deepEqual(inOrder(table.rows), RIGHT)
  })
}

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 20); seed++) {
  test(`what is given up when all else is over is a dead letter before the run ends, however slow its way is (seed ${seed})`, async (t) => {
    const table = new Table((n) => {
      if (n >= LIMIT - 2) throw new PermanentError(`${n} is wrong for ever`)
    }, 500)
    const letters = lettersOf(t)
    const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 400 })
    const running = await cluster.submit(topology(table, 'exactly-once', letters, 2, 10), {
      snapshots: new MemorySnapshots(),
    })
    t.is((await running.complete()).status, 'completed')
    t.deepEqual(inOrder(numbersIn(letters)), ALL.slice(-2))
    t.deepEqual(inOrder(table.rows), ALL.slice(0, -2))
  })
}

test('no snapshot lasts that was captured before a tuple was given up, however many wait for the sink', async (t) => {
  const given: Tuple[] = []
  const lift = new EventEmitter()
  const sink: TransactionalSink<any, number[], readonly number[]> = {
    abort: () => {},
    begin: () => [],
    write: async (rows, tuples: readonly Tuple[]) => {
      await once(lift, 'up')
      const numbers = tuples.map(({ values }) => values[0] as number)
      if (numbers.includes(2)) throw new PermanentError('2 is wrong for ever')
      rows.push(...numbers)
    },
    prepare: (rows) => rows,
    commit: () => {},
  }
  const bolt = new SinkBolt(sink)
  const collector = { ack: () => {}, reportError: () => {}, giveUp: (tuple: Tuple) => given.push(tuple) }
  await bolt.prepare(testContext(bolt, { config: { 'topology.guarantee': 'exactly-once' } }), collector as never)
  for (const n of [1, 2, 3]) bolt.execute(testTuple([n]))
  // The first one is abandoned for another worker's sake.
  const captured = [bolt.prepareCommit(1), bolt.prepareCommit(2)]
  const settled = Promise.allSettled(captured)
  while (given.length === 0) {
    lift.emit('up')
    await setImmediate()
  }
  const third = bolt.prepareCommit(3)
  const isOver = third.then(() => true)
  while ((await Promise.race([isOver, setImmediate(false)])) !== true) lift.emit('up')
  t.deepEqual(
    (await settled).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  t.deepEqual(await third, { snapshot: 3, values: [[1, 3]] })
})

test('what is no sink is refused when it is given, with what it lacks', (t) => {
  class Orders {
    begin(): void {}
  }
  for (const wrong of [Orders, new Orders(), undefined, 'orders']) {
    const error = t.throws(() => new SinkBolt(wrong as never), { instanceOf: TyphoonError })
    t.is(error?.code, 'NO_METHOD')
  }
})

test('a run that has gone back behind what its sink has committed is refused', async (t) => {
  let committed = 0
  const sink = (): TransactionalSink<any, number[], number> => ({
    abort: () => {},
    begin: () => [],
    write: () => {},
    prepare: (_, snapshot) => snapshot,
    commit: (snapshot) => {
      committed = Math.max(committed, snapshot)
    },
    committed: () => committed,
  })
  const snapshots = new MemorySnapshots()
  const run = async () => {
    const builder = new TopologyBuilder('sink', {
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 50,
    })
    builder.setSpout('numbers', () => new SequenceSpout(LIMIT))
    builder.setBolt('sink', () => new SinkBolt(sink())).grouping('numbers', 'default', { type: 'shuffle' })
    return (await new LocalCluster().submit(builder.createTopology(), { snapshots })).complete()
  }
  t.is((await run()).status, 'completed')
  t.true(committed > 0)
  t.is((await run()).status, 'completed')
  committed += 1000
  const error = (await t.throwsAsync(run)) as TyphoonError
  t.deepEqual([error.code, error.problems[0]?.where?.component], ['OUTPUT_CHANGED', 'sink'])
})
