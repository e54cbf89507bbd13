import test from 'ava'
import {
  BasicBolt,
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
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

function waits(context: TaskContext, ms: number): Promise<void> {
  return new Promise((done) => void context.after(ms, done))
}

/** Three numbers, one every twenty milliseconds. */
class Three extends Spout<{ n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  #n = 0
  #context!: TaskContext
  #out!: SpoutOutputCollector<{ n: number }>

  override open(context: TaskContext, out: SpoutOutputCollector<{ n: number }>): void {
    this.#context = context
    this.#out = out
  }

  override async nextTuple(): Promise<void> {
    await waits(this.#context, 20)
    if (this.#n < 3) this.#out.emit([this.#n++])
  }

  override isExhausted(): boolean {
    return this.#n === 3
  }

  override position(): Positions {
    return { all: this.#n }
  }

  override seek(positions: Positions): void {
    this.#n = positions['all'] as number
  }
}

type Body = (parts: {
  context: TaskContext
  counts: KeyValueState<string, number>
  tuple: Tuple
}) => void | Promise<void>

class Writes extends BasicBolt {
  readonly #body: Body
  #context!: TaskContext
  #counts!: KeyValueState<string, number>

  constructor(body: Body) {
    super()
    this.#body = body
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#counts = context.state('counts')
  }

  override execute(tuple: Tuple): void | Promise<void> {
    return this.#body({ context: this.#context, counts: this.#counts, tuple })
  }
}

function writes(body: Body): TopologyDefinition {
  const builder = new TopologyBuilder('late', { 'topology.guarantee': 'exactly-once' })
  const numbers = builder.setSpout('numbers', () => new Three())
  builder.setBolt('write', () => new Writes(body)).shuffleGrouping(numbers)
  return builder.createTopology()
}

async function outcome(body: Body) {
  const topology = await new LocalCluster().submit(writes(body), { snapshots: new MemorySnapshots() })
  const { status, problem } = await topology.complete()
  return [status, problem?.code, problem?.where?.component]
}

/** What it throws would end the process of the test. */
function refused(write: () => unknown): boolean {
  try {
    write()
    return false
  } catch {
    return true
  }
}

const LATE = ['failed', 'LATE_WRITE', 'write']

test('a write after execute has returned ends the run, whatever runs it', async (t) => {
  const put: Body = ({ context, counts }) => void context.after(5, () => refused(() => counts.put('a', 1)))
  const remove: Body = ({ context, counts }) => {
    counts.put('a', 1)
    context.after(5, () => refused(() => counts.delete('a')))
  }
  t.deepEqual(await outcome(put), LATE)
  t.deepEqual(await outcome(remove), LATE)
})

test('a write of what an earlier execution has begun is said, and counts for the one that is open', async (t) => {
  const leaves: Body = async ({ context, counts, tuple }) => {
    const n = tuple.get('n')
    if (n === 1) void waits(context, 40).then(() => counts.put('late', 1))
    await waits(context, n === 2 ? 100 : 10)
  }
  const topology = await new LocalCluster().submit(writes(leaves), { snapshots: new MemorySnapshots() })
  const { status } = await topology.complete()
  t.deepEqual([status, topology.problems.map(({ code }) => code)], ['completed', ['LATE_WRITE']])
})

test('a write within the promise of execute is in time', async (t) => {
  const body: Body = async ({ context, counts }) => {
    await waits(context, 10)
    counts.update('all', (before = 0) => before + 1)
    await waits(context, 10)
    counts.update('all', (before = 0) => before + 1)
  }
  t.deepEqual(await outcome(body), ['completed', undefined, undefined])
})

test('a write of an execution that has failed is refused, and nothing else: it is made again', async (t) => {
  let late = 0
  let hasFailed = false
  const body: Body = async ({ context, counts, tuple }) => {
    await waits(context, 1)
    if (tuple.get('n') === 2 && !hasFailed) {
      hasFailed = true
      void waits(context, 5).then(() => refused(() => counts.put('late', 1)) && late++)
      throw new Error('once')
    }
    counts.update('all', (before = 0) => before + 1)
  }
  t.deepEqual(await outcome(body), ['completed', undefined, undefined])
  t.is(late, 1)
})
