import test from 'ava'
import {
  BatchBolt,
  type BatchOutputCollector,
  DRPCSpout,
  LinearDRPCTopologyBuilder,
  LocalDRPC,
  ReturnResults,
} from '../../lib/drpc/index.ts'
import { functionsOf } from '../../lib/drpc/protocol/functions-of.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  fields,
  type OutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../lib/testing/index.ts'

interface Request {
  request: string
  value: any
}

/** [request, value] → [request, f(value)] for each that f gives. */
class Mapped extends BasicBolt<any, Request> {
  override readonly outputs = fields<Request>('request', 'value')
  readonly #map: (value: any) => readonly unknown[]

  constructor(map: (value: any) => readonly unknown[]) {
    super()
    this.#map = map
  }

  execute(tuple: Tuple, collector: BasicOutputCollector<Request>): void {
    for (const value of this.#map(tuple.values[1])) collector.emit([tuple.values[0], value])
  }
}

/** Holds nothing back, and answers when it has had everything. */
class Done extends Bolt<Request, Request> {
  override readonly outputs = fields<Request>('request', 'value')
  readonly #error: string | undefined
  #collector!: OutputCollector<Request>

  constructor(error?: string) {
    super()
    this.#error = error
  }

  override prepare(_context: TaskContext, collector: OutputCollector<Request>): void {
    this.#collector = collector
  }

  execute(tuple: Tuple<Request>): void {
    this.#collector.ack(tuple)
  }

  finishedId(id: string): void {
    if (this.#error !== undefined) throw new Error(this.#error)
    this.#collector.emit(undefined, [id, 'done'])
  }
}

/** Sums the values of a request. */
class Sum extends BatchBolt<Request, Request, string> {
  override readonly outputs = fields<Request>('request', 'value')
  #collector!: BatchOutputCollector<Request>
  #id = ''
  #sum = 0

  override prepare(_context: TaskContext, collector: BatchOutputCollector<Request>, id: string): void {
    this.#collector = collector
    this.#id = id
  }

  async execute(tuple: Tuple<Request>): Promise<void> {
    this.#sum += Number(tuple.values[1])
  }

  finishBatch(): void {
    this.#collector.emit([this.#id, this.#sum])
  }
}

async function running(definition: TopologyDefinition, seed = 1) {
  const cluster = new LocalCluster({ seed, maxDelayMs: 3 })
  return cluster.submit(definition)
}

/** Asks while the time of the cluster passes. */
async function ask(topology: LocalTopology, drpc: LocalDRPC, name: string, ...args: string[]) {
  const answers = args.map((text) =>
    drpc.execute(name, text).catch(({ code, message }: { code: string; message: string }) => ({ code, message })),
  )
  await topology.waitUntil(() => drpc.pending === 0)
  return Promise.all(answers)
}

const exclaim = (drpc: LocalDRPC, config = {}): TopologyDefinition => {
  class Exclaim extends BasicBolt<any, any> {
    override readonly outputs = fields<any>('result', 'returnInfo')
    execute(tuple: Tuple, collector: BasicOutputCollector): void {
      collector.emit([`${tuple.get('args')}!!!`, tuple.get('returnInfo')])
    }
  }
  const builder = new TopologyBuilder('exclaim', config)
  const spout = builder.setSpout('drpc', () => new DRPCSpout('test', drpc), 3)
  const bolt = builder.setBolt('exclaim', () => new Exclaim(), 3).shuffleGrouping(spout)
  builder.setBolt('return', () => new ReturnResults(drpc), 3).shuffleGrouping(bolt)
  return builder.createTopology()
}

test('a spout, a bolt and ReturnResults answer a function', async (t) => {
  const drpc = new LocalDRPC()
  const topology = await running(exclaim(drpc))
  t.deepEqual(await ask(topology, drpc, 'test', 'aaa', 'b', 'c'), ['aaa!!!', 'b!!!', 'c!!!'])
})

for (const count of ['2', '3', '4']) {
  test(`a bolt that answers in finishedId answers once, when all ${count} tuples of the request have come`, async (t) => {
    const drpc = new LocalDRPC()
    const builder = new LinearDRPCTopologyBuilder('tricky', { 'topology.workers': 2 })
    const many = () => new Mapped((args) => Array.from({ length: Number(args) }, (_, n) => n))
    builder.addBolt(many, 3)
    builder.addBolt(() => new Mapped((value) => [value]), 3).shuffleGrouping()
    builder.addBolt(() => new Done(), 3).fieldsGrouping(['request'])
    const topology = await running(builder.createLocalTopology(drpc))
    t.deepEqual(await ask(topology, drpc, 'tricky', count), ['done'])
    await topology.waitUntil(() => topology.state()['spout']!.pending === 0)
    const { acked, failed } = topology.state()['spout']!
    t.deepEqual([acked, failed], [1, 0])
  })
}

test('two identity bolts and one that answers in finishedId answer each request', async (t) => {
  const drpc = new LocalDRPC()
  const builder = new LinearDRPCTopologyBuilder('tricky')
  builder.addBolt(() => new Mapped((value) => [value]), 3)
  builder.addBolt(() => new Mapped((value) => [value]), 3).shuffleGrouping()
  builder.addBolt(() => new Done(), 3).fieldsGrouping(['request'])
  const topology = await running(builder.createLocalTopology(drpc))
  t.deepEqual(await ask(topology, drpc, 'tricky', '2', '3', '4'), ['done', 'done', 'done'])
})

test('an error in finishedId rejects the request with DRPC_FAILED and that error', async (t) => {
  const drpc = new LocalDRPC()
  const builder = new LinearDRPCTopologyBuilder('fail')
  builder.addBolt(() => new Mapped((value) => [value]), 2)
  builder.addBolt(() => new Done('not today'), 2).fieldsGrouping(['request'])
  const topology = await running(builder.createLocalTopology(drpc))
  const [answer] = await ask(topology, drpc, 'fail', 'x')
  t.like(answer, { code: 'DRPC_FAILED' })
  t.regex((answer as { message: string }).message, /"fail".*bolt1 \(task \d+\): not today$/)
})

test('an error in execute rejects the request, and no other', async (t) => {
  const drpc = new LocalDRPC()
  const builder = new LinearDRPCTopologyBuilder('fail')
  const strict = (value: unknown): unknown[] => {
    if (value === 'bad') throw new Error('a bad word')
    return [value, value]
  }
  builder.addBolt(() => new Mapped((args: string) => args.split(' ')), 2)
  builder.addBolt(() => new Mapped(strict), 2).shuffleGrouping()
  builder.addBolt(() => new Done(), 2).fieldsGrouping(['request'])
  const topology = await running(builder.createLocalTopology(drpc))
  const [good, bad] = await ask(topology, drpc, 'fail', 'a good word', 'a bad word')
  t.is(good, 'done')
  t.regex((bad as { message: string }).message, /a bad word$/)
})

for (const seed of [1, 2, 3, 4, 5]) {
  test(`batch bolts aggregate each of many requests by itself, over two workers and late frames (seed ${seed})`, async (t) => {
    const drpc = new LocalDRPC({ queueSize: 1000 })
    const builder = new LinearDRPCTopologyBuilder('sum', { 'topology.workers': 2 })
    builder.addBolt(() => new Mapped((args) => Array.from({ length: Number(args) }, (_, n) => n + 1)), 2)
    builder.addBolt(() => new Sum(), 3).fieldsGrouping(['request', 'value'])
    builder.addBolt(() => new Sum(), 2).fieldsGrouping(['request'])
    const topology = await running(builder.createLocalTopology(drpc), seed)
    const numbers = Array.from({ length: 100 }, (_, n) => n)
    const answers = await ask(topology, drpc, 'sum', ...numbers.map(String))
    t.deepEqual(
      answers,
      numbers.map((n) => String((n * (n + 1)) / 2)),
    )
  })
}

test('a first bolt that every task gets, and a lone batch bolt, are counted right', async (t) => {
  const drpc = new LocalDRPC()
  const all = new LinearDRPCTopologyBuilder('all')
  all.addBolt(() => new Mapped(() => [1]), 4).allGrouping()
  all.addBolt(() => new Sum(), 2).fieldsGrouping(['request'])
  t.deepEqual(await ask(await running(all.createLocalTopology(drpc)), drpc, 'all', 'x'), ['4'])
  const lone = new LinearDRPCTopologyBuilder('lone')
  lone.addBolt(() => new Sum(), 3)
  t.deepEqual(await ask(await running(lone.createLocalTopology(drpc)), drpc, 'lone', '7', '8'), ['7', '8'])
})

test('a worker that dies fails no request: what it had is given again', async (t) => {
  const drpc = new LocalDRPC({ queueSize: 1000 })
  const builder = new LinearDRPCTopologyBuilder('sum', { 'topology.workers': 2 })
  builder.addBolt(() => new Mapped((args) => Array.from({ length: Number(args) }, (_, n) => n + 1)), 2)
  builder.addBolt(() => new Sum(), 4).fieldsGrouping(['request'])
  const cluster = new LocalCluster({ seed: 3, minDelayMs: 2, maxDelayMs: 9 })
  const topology = await cluster.submit(builder.createLocalTopology(drpc))
  const answers = Array.from({ length: 200 }, () => drpc.execute('sum', '10'))
  let answered = 0
  for (const answer of answers) void answer.then(() => answered++)
  await topology.waitUntil(() => (topology.state()['bolt0']?.executed ?? 0) > 0)
  t.true(answered < 200)
  topology.killWorker(1)
  topology.killWorker(2)
  await topology.waitUntil(() => drpc.pending === 0)
  t.deepEqual(new Set(await Promise.all(answers)), new Set(['55']))
})

test('links that lose frames make no answer wrong: what is not whole is not finished', async (t) => {
  const drpc = new LocalDRPC({ queueSize: 1000 })
  const builder = new LinearDRPCTopologyBuilder('sum', { 'topology.workers': 3 })
  builder.addBolt(() => new Mapped((args) => Array.from({ length: Number(args) }, (_, n) => n + 1)), 3)
  builder.addBolt(() => new Sum(), 3).fieldsGrouping(['request', 'value'])
  builder.addBolt(() => new Sum(), 3).fieldsGrouping(['request'])
  const cluster = new LocalCluster({ seed: 5, minDelayMs: 1, maxDelayMs: 9, loss: 0.02 })
  const topology = await cluster.submit(builder.createLocalTopology(drpc))
  for (let round = 0; round < 20; round++) {
    const answers = await ask(topology, drpc, 'sum', ...Array.from({ length: 10 }, (_, n) => String(n * 5)))
    t.deepEqual(
      answers,
      Array.from({ length: 10 }, (_, n) => String((n * 5 * (n * 5 + 1)) / 2)),
    )
  }
})

test('a tree that times out fails its request, and says who had not acked', async (t) => {
  class Silent extends Bolt<Request, Request> {
    override readonly outputs = fields<Request>('request', 'value')
    execute(): void {}
  }
  const drpc = new LocalDRPC()
  const builder = new LinearDRPCTopologyBuilder('silent', { 'topology.message.timeout.secs': 1 })
  builder.addBolt(() => new Silent())
  const topology = await running(builder.createLocalTopology(drpc))
  const [answer] = await ask(topology, drpc, 'silent', 'x')
  t.regex((answer as { message: string }).message, /timeout.*bolt0/)
})

test('a basic bolt whose execution has failed emits no more for it', async (t) => {
  let emitLate: (() => void) | undefined
  class Failing extends BasicBolt<any, Request> {
    override readonly outputs = fields<Request>('request', 'value')
    execute(tuple: Tuple, collector: BasicOutputCollector<Request>): void {
      emitLate = () => collector.emit([tuple.values[0], 'late'])
      throw new Error('of the bolt')
    }
  }
  const drpc = new LocalDRPC()
  const builder = new LinearDRPCTopologyBuilder('failing')
  builder.addBolt(() => new Failing())
  const topology = await running(builder.createLocalTopology(drpc))
  const [answer] = await ask(topology, drpc, 'failing', 'x')
  t.regex((answer as { message: string }).message, /of the bolt/)
  t.throws(emitLate!, { code: 'LATE_EMIT' } as object)
})

test('requests wait while the spouts are deactivated, and are answered after', async (t) => {
  const drpc = new LocalDRPC()
  const topology = await running(exclaim(drpc))
  topology.deactivate()
  await topology.trackedWait(0)
  const answer = drpc.execute('test', 'later')
  t.is(drpc.pending, 1)
  topology.activate()
  await topology.waitUntil(() => drpc.pending === 0)
  t.is(await answer, 'later!!!')
})

test('the plan as data says which functions a topology serves', (t) => {
  t.deepEqual(functionsOf(exclaim(new LocalDRPC()).topology), ['test'])
  t.deepEqual(functionsOf({ name: 'none', config: {}, components: {} }), [])
})

test('what is no linear topology is refused, with what to do', (t) => {
  const build = (add: (builder: LinearDRPCTopologyBuilder) => void) => () => {
    const builder = new LinearDRPCTopologyBuilder('f')
    add(builder)
    builder.createRemoteTopology()
  }
  t.throws(
    build(() => {}),
    { code: 'NO_TOPOLOGY' } as object,
  )
  class Three extends Mapped {
    override readonly outputs = fields<any>('a', 'b', 'c') as any
  }
  t.throws(
    build((builder) => void builder.addBolt(() => new Three(() => []))),
    { code: 'WRONG_VALUES' } as object,
  )
  t.throws(
    build((builder) => void builder.addBolt(() => new Mapped(() => [])).directGrouping()),
    {
      code: 'UNKNOWN_GROUPING',
    } as object,
  )
  t.throws(() => new LinearDRPCTopologyBuilder(''), { code: 'CONSTRUCTOR_FAILED' } as object)
  t.throws(() => new DRPCSpout(7 as never), { code: 'CONSTRUCTOR_FAILED' } as object)
})
