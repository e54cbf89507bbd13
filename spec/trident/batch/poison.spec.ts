/**
 * Rows that fail for ever, where dead letters are allowed: each becomes one dead letter with where it stood, its values
 * and its error; all others are counted exactly once. So what is in the states and what is among the dead letters are
 * disjoint, and together all of the input.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ReliableSpout } from '../../../lib/components/index.ts'
import { fields, type SpoutOutputCollector, type TaskContext } from '../../../lib/index.ts'
import { LocalCluster, type LocalTopology, type RunReport } from '../../../lib/testing/index.ts'
import {
  type AnyTridentSpout,
  type BatchCollector,
  type BatchSpout,
  coreSpout,
  DirectorySpout,
  embeddedMap,
  type MapState,
  MemoryTransactionalSpout,
  OpaqueMemoryTransactionalSpout,
  PartitionedFileSpout,
  type StateFactory,
  type StateKind,
  TridentTopology,
  type TridentTuple,
} from '../../../lib/trident/index.ts'
import { folderOf } from '../../folder.ts'
import { jsonLinesIn } from '../../json-lines.ts'

type Line = { line: string }
const LINE = fields<Line>('line')
const LINES = Array.from({ length: 60 }, (_, n) => `row-${n}`)
const POISON = new Set(['row-0', 'row-17', 'row-18', 'row-59'])
const GOOD = LINES.filter((line) => !POISON.has(line))

/** Where a row throws. */
const PLACES = [
  'in the task of its spout',
  'in a later task',
  'in a reducer',
  'in an updater',
  'behind the state',
] as const
type Place = (typeof PLACES)[number]

interface Given {
  readonly place: Place
  readonly spout: (folder: string) => AnyTridentSpout<any>
  readonly kind?: StateKind
  /** What happens meanwhile. */
  during?(running: LocalTopology): Promise<void>
}

interface Outcome {
  readonly report: RunReport
  /** Each line, with how often it was counted. */
  readonly counted: Record<string, number>
  readonly letters: any[]
}

/** Counts lines, of which some throw at one place or another. */
async function count(t: ExecutionContext, { place, spout, kind, during }: Given): Promise<Outcome> {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'in'), { recursive: true })
  writeFileSync(join(folder, 'in', 'a.txt'), `${LINES.slice(0, 30).join('\n')}\n`)
  writeFileSync(join(folder, 'in', 'b.txt'), `${LINES.slice(30).join('\n')}\n`)
  const file = join(folder, 'letters.jsonl')
  const failAt = (here: Place) => (tuple: TridentTuple<Line>) => {
    if (place === here && POISON.has(tuple.get('line'))) throw new Error(`poison ${here}`)
  }
  const last = new Map<string, number>()
  const topology = new TridentTopology('poison', {
    'topology.workers': 2,
    'topology.state.dir': join(folder, 'state'),
    'topology.state.sync': 'none',
    'topology.dead.letters.file': file,
    'topology.trident.dead.letters': true,
    'topology.replay.max.attempts': 2,
    'topology.replay.delay.ms': 10,
  })
  const COUNT = fields<{ count: number }>('count')
  const reducer = {
    init: () => 0,
    reduce(sum: number, tuple: TridentTuple<Line>) {
      failAt('in a reducer')(tuple)
      return sum + 1
    },
  }
  topology
    .newStream('lines', () => spout(join(folder, 'in')))
    .peek(failAt('in the task of its spout') as any)
    .parallelismHint(2)
    .shuffle()
    .peek(failAt('in a later task') as any)
    .parallelismHint(2)
    .groupBy(['line'] as never)
    .persistentAggregate(
      'counts',
      embeddedMap<number>(kind === undefined ? {} : { kind }) as StateFactory<any>,
      ['line'] as never,
      reducer,
      COUNT,
    )
    .parallelismHint(2)
    .newValuesStream()
    .peek(failAt('behind the state') as any)
    .partitionPersist(
      'noted',
      embeddedMap<number>() as StateFactory<MapState<number>>,
      ['line', 'count'] as never,
      async (state: MapState<number>, tuples: readonly TridentTuple<any>[], collector) => {
        for (const tuple of tuples) {
          failAt('in an updater')(tuple)
          const [line, counted] = tuple.values as [string, number]
          await state.multiUpdate([line], (stored) => (stored ?? 0) + counted)
          collector.emit([line, (await state.multiGet([line]))[0]!])
        }
      },
      fields<{ line: string; count: number }>('line', 'count'),
    )
    .newValuesStream()
    .peek((tuple) => void last.set(tuple.get('line'), tuple.get('count')))
  const running = await new LocalCluster({ seed: 3 }).submit(topology.build())
  await during?.(running)
  const report = await running.complete()
  return { report, counted: Object.fromEntries(last), letters: jsonLinesIn(file) }
}

const inMemory = (Spout: typeof MemoryTransactionalSpout | typeof OpaqueMemoryTransactionalSpout) => () =>
  new Spout(LINE, 7, [LINES.slice(0, 25).map((line) => [line]), LINES.slice(25).map((line) => [line])] as never)

/** Emits what no replay would bring again: each line once, ten in a batch. */
class Once implements BatchSpout<Line> {
  readonly kind = 'non-transactional'
  readonly outputs = LINE
  readonly #lines: string[]

  constructor(lines: readonly string[]) {
    this.#lines = [...lines]
  }

  open({ taskIndex }: TaskContext): void {
    this.#lines.splice(taskIndex === 0 ? 25 : 0, taskIndex === 0 ? 60 : 25)
  }

  emitBatch(_: unknown, collector: BatchCollector<Line>): void {
    for (const line of this.#lines.splice(0, 10)) collector.emit({ line })
  }

  isExhausted(): boolean {
    return this.#lines.length === 0
  }
}

/** Of the core: keeps and replays by itself, and would give up by itself. */
class Reliable extends ReliableSpout<Line, number> {
  override readonly outputs = LINE
  #next = 0
  #end = 0

  override open(context: TaskContext, collector: SpoutOutputCollector<any, any>): void {
    super.open(context, collector)
    this.#next = context.taskIndex * 30
    this.#end = this.#next + 30
  }

  protected produce(): void {
    this.emit([LINES[this.#next]!], this.#next++)
  }

  protected isInputExhausted(): boolean {
    return this.#next >= this.#end
  }
}

const SPOUTS: Readonly<Record<string, Given['spout']>> = {
  'a transactional spout': inMemory(MemoryTransactionalSpout),
  'an opaque spout': inMemory(OpaqueMemoryTransactionalSpout),
  files: (folder) => new PartitionedFileSpout(join(folder, '*.txt'), { splitBytes: 100 }),
  'a spout without partitions': () => new Once(LINES),
  'a reliable spout of the core': () => coreSpout<Line>(new Reliable()),
  'a folder': (folder) => new DirectorySpout(folder, { stopAtEnd: true }),
}

function isExact(t: ExecutionContext, { report, counted, letters }: Outcome, place: Place): void {
  t.is(report.status, 'completed')
  t.deepEqual(letters.map(({ values }) => values.line).sort(), [...POISON].sort())
  for (const { lastError, attempts, stream } of letters) {
    t.regex(lastError, new RegExp(`poison ${place}`))
    t.is(attempts, 2)
    t.is(stream, 'lines')
  }
  // An attempt that was taken back has been seen too; what counts is that no good line is missing or doubled.
  for (const line of GOOD) t.is(counted[line], 1, line)
}

for (const place of PLACES)
  for (const [name, spout] of Object.entries(SPOUTS))
    test(`rows of ${name} that throw ${place} are dead letters, one each, and all others are counted once`, async (t) => {
      isExact(t, await count(t, { place, spout }), place)
    })

test('a dead letter of a file says which, and where in it the line begins', async (t) => {
  for (const spout of [SPOUTS['files']!, SPOUTS['a folder']!]) {
    const { letters } = await count(t, { place: 'in a later task', spout })
    const found = letters.map(({ messageId: { file, offset } }) => `${file.slice(-5)} ${offset}`)
    t.deepEqual(found.sort(), ['a.txt 0', 'a.txt 109', 'a.txt 116', 'b.txt 203'])
  }
})

test('and so it is where workers are lost meanwhile', async (t) => {
  for (const place of ['in a later task', 'in an updater'] as const) {
    const outcome = await count(t, {
      place,
      spout: SPOUTS['a transactional spout']!,
      async during(running) {
        for (const worker of [1, 2, 1]) {
          const before = running.problems.length
          await running.waitUntil(() => running.isDone || running.problems.length > before + 2)
          if (!running.isDone) running.killWorker(worker as never)
        }
      },
    })
    isExact(t, outcome, place)
  }
})

test('where a state cannot take back what it has written, a row that fails its commit stops the topology as before', async (t) => {
  const spout = SPOUTS['a transactional spout']!
  const { report, letters } = await count(t, { place: 'in a reducer', spout, kind: 'transactional' })
  t.is(report.status, 'failed')
  t.is(report.problem?.code, 'BATCH_FAILED')
  t.deepEqual(letters, [])
})

test('but one that fails before any commit is left out there, too', async (t) => {
  const spout = SPOUTS['a transactional spout']!
  isExact(t, await count(t, { place: 'in a later task', spout, kind: 'transactional' }), 'in a later task')
})
