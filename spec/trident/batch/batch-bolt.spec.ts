/** A task of a compiled topology by itself: what becomes of the tuples that come to it, and what it tells. */
import test, { type ExecutionContext } from 'ava'
import { type Bolt, fields, type Tuple, testTuple } from '../../../lib/index.ts'
import { type TestCollector, testCollector } from '../../../lib/testing/index.ts'
import {
  type BatchSpout,
  Count,
  embeddedMap,
  type MapState,
  MemoryTransactionalSpout,
  memoryMap,
  type StateFactory,
  TridentTopology,
} from '../../../lib/trident/index.ts'
import { FakeContext } from '../../components/fakes.ts'
import { folderOf } from '../../folder.ts'

const word = fields<{ word: string }>('word')
const ROWS = [['a'], ['b'], ['c']] as const

interface Given {
  readonly state?: StateFactory<MapState<number>>
  readonly checkpointed?: unknown
  /** Another state of the group outlives the run, and so its positions do. */
  readonly survives?: boolean
  /** Throws at a word. */
  look?(word: string): void
}

/** The bolts of a word count: that of the spout, and that of the counts. */
function boltsOf({ state = memoryMap<number>(), survives = false, look = () => {} }: Given) {
  const topology = new TridentTopology('words')
  const words = topology
    .newStream('words', () => new MemoryTransactionalSpout(word, 3, [ROWS]))
    .peek((tuple) => look(tuple.get('word')))
    .groupBy(['word'])
  words.persistentAggregate('counts', state, Count, fields('count'))
  if (survives) words.persistentAggregate('kept', embeddedMap<number>(), Count, fields('count'))
  const { topology: plan, components } = topology.build()
  const ids = Object.keys(plan.components).filter((id) => plan.components[id]!.kind === 'bolt')
  const isFirst = (id: string): boolean => plan.components[id]!.inputs.some(({ stream }) => stream === 'batch')
  const make = (id: string): Bolt => components.get(id)!() as Bolt
  return { first: make(ids.find(isFirst)!), counts: make(ids.find((id) => !isFirst(id))!) }
}

/** A bolt that was prepared. */
class Run {
  readonly context: FakeContext
  readonly collector: TestCollector
  readonly #bolt: Bolt

  constructor(t: ExecutionContext, bolt: Bolt, checkpointed?: unknown) {
    this.#bolt = bolt
    this.context = new FakeContext({ checkpointed, config: { 'topology.state.dir': folderOf(t) } })
    this.collector = testCollector(bolt)
    t.teardown(() => bolt.cleanup?.())
  }

  async prepare(): Promise<this> {
    await this.#bolt.prepare?.(this.context, this.collector)
    return this
  }

  /** What `execute` throws, or rejects with. */
  async execute(stream: string, ...values: unknown[]): Promise<unknown> {
    try {
      await this.#bolt.execute(testTuple(values, { component: 'coordinator', stream }))
      return undefined
    } catch (error) {
      return error
    }
  }

  get acked(): string[] {
    return this.collector.acked.map(nameOf)
  }

  get errors(): unknown[] {
    return this.collector.errors.map((error) => (error as { code?: string }).code)
  }
}

const nameOf = ({ sourceStream, values }: Tuple): string => `${sourceStream} ${values[0]}`
const PARTITION = [['at', '0', undefined]]

const spoutTask = async (t: ExecutionContext, given: Given = {}): Promise<Run> => {
  const run = await new Run(t, boltsOf(given).first).prepare()
  await run.execute('brief', 1, 0, 1, true, false, PARTITION)
  return run
}
const countsTask = (t: ExecutionContext, given: Given = {}): Promise<Run> =>
  new Run(t, boltsOf(given).counts, given.checkpointed).prepare()

test('the task of a spout emits a batch into the tree of its tuple, notes what it was, and acks', async (t) => {
  const run = await spoutTask(t)
  await run.execute('batch', 1, 0, 0, 1000, 1, true, null)
  const [rows] = run.collector.emitted
  t.like(rows, { stream: 'rows-0', task: 1 })
  t.deepEqual(rows!.anchors?.map(nameOf), ['batch 1'])
  t.is(rows!.values[4], 3, 'the last tuple says how many there were')
  t.is(run.collector.notes.length, 1)
  t.like(run.collector.notes[0]!.value, { spout: 'words', txid: 1, attempt: 0, end: { rows: 3 } })
  t.deepEqual(run.acked, ['brief 1', 'batch 1'])
})

test('a step that throws in the task of the spout fails the tuple of the batch, and that is told', async (t) => {
  const run = await spoutTask(t, {
    look(one) {
      if (one === 'b') throw new Error('a bad row')
    },
  })
  await run.execute('batch', 1, 0, 0, 1000, 1, true, null)
  t.deepEqual(
    run.collector.failed.map(({ tuple, error }) => [nameOf(tuple), (error as Error).message]),
    [['batch 1', 'a bad row']],
  )
  t.deepEqual(
    run.collector.notes.map(({ value }) => (value as { kind: string }).kind),
    ['record', 'suspect'],
  )
})

test('a task counts what came when the commit of the batch comes, and acks it then', async (t) => {
  const run = await countsTask(t)
  t.is(await run.execute('rows-0', 1, 0, 0, [['a'], ['b']], 2), undefined)
  t.is(await run.execute('commit', 1, 0, 0), undefined)
  t.deepEqual(run.acked, ['rows-0 1', 'commit 1'])
})

test('a commit of a batch that is not whole in a task fails', async (t) => {
  const run = await countsTask(t)
  await run.execute('rows-0', 1, 0, 0, [['a']], -1)
  t.like(await run.execute('commit', 1, 0, 0), { code: 'BATCH_UNKNOWN' })
  t.like(await run.execute('commit', 2, 0, 0), { code: 'BATCH_UNKNOWN' })
  t.deepEqual(run.acked, ['rows-0 1'])
})

/** A task into which batches are committed. */
async function commits(run: Run, ...txids: number[]): Promise<void> {
  for (const txid of txids) {
    await run.execute('rows-0', txid, 0, 0, [['a']], 1)
    await run.execute('commit', txid, 0, 0)
  }
}

test('a state in memory that was written in an earlier run or life is told as lost, once', async (t) => {
  const first = await countsTask(t, { survives: true })
  await commits(first, 1, 2)
  t.deepEqual(first.errors, [], 'nothing was there before the first transaction')
  const [, written] = first.context.checkpoints
  t.deepEqual(first.context.checkpoints.length, 2)

  const later = await countsTask(t, { survives: true })
  await commits(later, 7, 8)
  t.deepEqual(later.errors, ['STATE_LOST'], 'others were committed before the first one that came')

  const anew = await countsTask(t, { survives: true, checkpointed: written })
  t.deepEqual(anew.errors, ['STATE_LOST'], 'an earlier life of the task has written it')
  await commits(anew, 7)
  t.deepEqual(anew.errors, ['STATE_LOST'])
})

test('a spout without partitions hears that its transactions are committed', async (t) => {
  const acked: number[] = []
  const topology = new TridentTopology('words')
  const spout: BatchSpout = {
    kind: 'non-transactional',
    outputs: word,
    emitBatch: () => {},
    ack: (txid) => void acked.push(txid),
  }
  topology.newStream('words', () => spout).peek(() => {})
  const { topology: plan, components } = topology.build()
  const id = Object.keys(plan.components).find((one) => plan.components[one]!.kind === 'bolt')!
  const run = await new Run(t, components.get(id)!() as Bolt).prepare()
  await run.execute('success', 1)
  t.deepEqual([acked, run.acked], [[1], ['success 1']])
})
