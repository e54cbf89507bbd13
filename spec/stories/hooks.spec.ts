import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  fields,
  type OutputCollector,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { completeTopology, LocalCluster, multiset, readTuples } from '../../lib/testing/index.ts'
import { FunctionBolt, TestWordSpout, type Word } from './components.ts'
import { story } from './setups.ts'

const MINUTE_MS = 60_000

class ResourceBolt extends BasicBolt<any, { value: string }> {
  override readonly outputs = fields<{ value: string }>('value')
  #value = ''

  override prepare(context: TaskContext): void {
    this.#value = context.resource('resource-key1')
  }

  execute(_tuple: Tuple, collector: BasicOutputCollector<{ value: string }>): void {
    collector.emit([this.#value])
  }
}

story('what a worker hook has set is there for the bolts of its worker', async (t, { config, cluster }) => {
  const events: string[] = []
  const builder = new TopologyBuilder('resources', config)
  builder.addWorkerHook(() => ({
    start(context) {
      events.push(`start ${context.worker}`)
      context.setResource('resource-key1', `resource-value${context.worker}`)
    },
    shutdown: () => void events.push('shutdown'),
  }))
  const words = builder.setSpout('words', () => new TestWordSpout())
  builder.setBolt('bolt', () => new ResourceBolt(), 3).allGrouping(words)
  const workers = config['topology.workers'] as number

  const result = await completeTopology(builder.createTopology(), { mockedSources: { words: [['a']] }, ...cluster })

  const numbers = [1, 2, 3].map((task) => (workers === 1 ? 1 : task))
  t.deepEqual(multiset(readTuples(result, 'bolt')), multiset(numbers.map((worker) => [`resource-value${worker}`])))
  const started = Array.from({ length: workers }, (_, index) => `start ${index + 1}`)
  t.deepEqual(events.slice(0, workers).sort(), started)
  t.deepEqual(events.slice(workers), new Array(workers).fill('shutdown'))
})

test('a bolt that asks for a resource that nobody has made makes the topology fail, and says so', async (t) => {
  const builder = new TopologyBuilder('no resources')
  builder.setBolt('bolt', () => new ResourceBolt()).allGrouping(builder.setSpout('words', () => new TestWordSpout()))

  const run = completeTopology(builder.createTopology(), { mockedSources: { words: [['a']] }, seed: 41 })
  await t.throwsAsync(run, { message: 'the worker has no resource "resource-key1" (seed 41)' })
})

test('a root that is acked after more than 35 minutes, and after more than 71, has that latency for a hook and in the report', async (t) => {
  const minutes = [1, 40, 75]
  const latencies: number[] = []
  class MinutesSpout extends TestWordSpout {
    readonly #left = [...minutes]
    #collector!: SpoutOutputCollector<Word>
    override open(context: TaskContext, collector: SpoutOutputCollector<Word>): void {
      this.#collector = collector
      context.addTaskHook({ spoutAck: ({ latencyMs }) => void latencies.push(latencyMs) })
    }
    override nextTuple(): void {
      const next = this.#left.shift()
      if (next !== undefined) this.#collector.emit([String(next)], next)
    }
    override isExhausted(): boolean {
      return latencies.length === minutes.length
    }
  }
  class LateBolt extends Bolt<Word> {
    #context!: TaskContext
    #collector!: OutputCollector
    override prepare(context: TaskContext, collector: OutputCollector): void {
      this.#context = context
      this.#collector = collector
    }
    execute(tuple: Tuple<Word>): void {
      this.#context.after(Number(tuple.get('word')) * MINUTE_MS, () => this.#collector.ack(tuple))
    }
  }
  const builder = new TopologyBuilder('late', {
    'topology.enable.message.timeouts': false,
    // Little happens meanwhile.
    'topology.message.timeout.secs': 600,
    'topology.worker.timeout.secs': 600,
    'topology.stats.interval.ms': MINUTE_MS,
  })
  builder.setBolt('late', () => new LateBolt()).shuffleGrouping(builder.setSpout('words', () => new MinutesSpout()))
  const cluster = new LocalCluster()
  const topology = await cluster.submit(builder.createTopology())
  for (let passed = 0; passed < 80; passed++) await cluster.advanceTime(MINUTE_MS)
  const { completeLatencyMs } = await topology.complete()

  t.deepEqual(
    latencies.map((ms) => Math.round(ms / MINUTE_MS)),
    minutes,
  )
  t.true(completeLatencyMs.max >= 75 * MINUTE_MS && completeLatencyMs.max <= (75 + 75 / 64) * MINUTE_MS + 1000)
})

story('a task hook sees what its task emits, executes, acks and fails', async (t, { config, cluster }) => {
  const seen: string[] = []
  const builder = new TopologyBuilder('observed', config)
  class ObservedSpout extends TestWordSpout {
    #next = 0
    #failed = false
    #emit!: (id: string) => unknown
    override open(...[context, collector]: Parameters<NonNullable<TestWordSpout['open']>>): void {
      this.#emit = (id) => collector.emit([id], id)
      context.addTaskHook({
        prepare: ({ component }) => void seen.push(`prepare ${component}`),
        emit: ({ stream, values, tasks }) => void seen.push(`emit ${stream} ${values} to ${tasks.length}`),
        spoutAck: ({ messageId, latencyMs }) => void seen.push(`spout ack ${messageId} ${latencyMs >= 0}`),
        spoutFail: ({ messageId, reason }) => void seen.push(`spout fail ${messageId} ${reason.kind}`),
        cleanup: () => void seen.push('cleanup'),
      })
    }
    override nextTuple(): void {
      const id = ['good', 'bad'][this.#next++]
      if (id !== undefined) this.#emit(id)
    }
    override fail(): void {
      this.#failed = true
    }
    override isExhausted(): boolean {
      return this.#failed
    }
  }
  class ObservedBolt extends BasicBolt {
    override prepare(context: TaskContext): void {
      context.addTaskHook({
        boltExecute: ({ tuple }) => void seen.push(`execute ${tuple.values}`),
        boltAck: ({ tuple }) => void seen.push(`ack ${tuple.values}`),
        boltFail: ({ tuple, error }) => void seen.push(`fail ${tuple.values} ${error}`),
      })
    }
    execute(tuple: Tuple): void {
      if (tuple.get('word') === 'bad') throw new Error('no')
    }
  }
  const words = builder.setSpout('words', () => new ObservedSpout())
  builder.setBolt('bolt', () => new ObservedBolt()).globalGrouping(words)

  await completeTopology(builder.createTopology(), cluster)

  const spout = ['prepare words', 'emit default good to 2', 'emit default bad to 2', 'spout ack good true']
  const rest = ['spout fail bad explicit', 'cleanup', 'execute good', 'ack good', 'execute bad', 'fail bad Error: no']
  t.deepEqual([...seen].sort(), [...spout, ...rest].sort())
})

story('a hook that throws is reported, and changes nothing', async (t, { config, cluster }) => {
  const builder = new TopologyBuilder('bad hook', config)
  class HookedBolt extends FunctionBolt {
    constructor() {
      super(['word'], (tuple, collector) => {
        collector.emit(tuple, [tuple.get('word')])
        collector.ack(tuple)
      })
    }
    override prepare(...[context, collector]: Parameters<FunctionBolt['prepare']>): void {
      super.prepare(context, collector)
      const fall = (): never => {
        throw new Error('the hook fell')
      }
      context.addTaskHook({ emit: fall, boltExecute: fall, boltAck: fall })
    }
  }
  builder.setBolt('bolt', () => new HookedBolt()).globalGrouping(builder.setSpout('words', () => new TestWordSpout()))

  const result = await completeTopology(builder.createTopology(), { mockedSources: { words: [['a']] }, ...cluster })

  t.deepEqual(readTuples(result, 'bolt'), [['a']])
  t.is(result.report.roots.acked, 1)
  // Of the three one is told at once, and then the other two together.
  t.deepEqual(
    result.problems.map(({ code, message, where }) => [code, message, where.component]),
    new Array(2).fill(['COMPONENT_FAILED', 'the hook fell', 'bolt']),
  )
})
