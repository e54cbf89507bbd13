/** Queues are bounded, nothing waits for itself, and everything arrives. */
import test from 'ava'
import { type ConfigMap, TopologyBuilder, type TopologyDefinition } from '../../lib/index.ts'
import { LocalCluster, type LocalClusterOptions, type LocalTopology } from '../../lib/testing/index.ts'
import { FunctionBolt, ReplayingSpout } from './components.ts'
import { story } from './setups.ts'

const ROOTS = 1_500
const BUFFER = 8
/** Each tuple is longer than this on the wire. */
const TUPLE_BYTES = 100
const LINK_BYTES = 65_536

/** A fast spout, a bolt that passes on with a long text, and a slow one at the end. */
function pipeline(config: ConfigMap, executed: number[]): TopologyDefinition {
  const builder = new TopologyBuilder('pipeline', { ...config, 'topology.executor.receive.buffer.size': BUFFER })
  const numbers = builder.setSpout('numbers', () => new ReplayingSpout(ROOTS))
  const lengthen = () =>
    new FunctionBolt(['n', 'text'], (tuple, collector) => {
      collector.emit(tuple, [tuple.get('n'), 'x'.repeat(TUPLE_BYTES)])
      collector.ack(tuple)
    })
  const slow = () =>
    new FunctionBolt([], async (tuple, collector, context) => {
      await new Promise<void>((resolve) => context.after(1, resolve))
      executed.push(tuple.get('n'))
      collector.ack(tuple)
    })
  const long = builder.setBolt('long', lengthen).globalGrouping(numbers)
  builder.setBolt('slow', slow).globalGrouping(long)
  return builder.createTopology()
}

/** Runs to the end; the longest queue of each bolt, looked at every half of a millisecond. */
async function longestQueues(definition: TopologyDefinition, options: LocalClusterOptions) {
  const cluster = new LocalCluster(options)
  const topology = await cluster.submit(definition)
  const longest: Record<string, number> = {}
  const look = (watched: LocalTopology): void => {
    for (const [id, { longestQueue }] of Object.entries(watched.state())) {
      longest[id] = Math.max(longest[id] ?? 0, longestQueue)
    }
    if (!watched.isDone) cluster.clock.after(0.5, () => look(watched))
  }
  look(topology)
  return { longest, report: await topology.complete() }
}

test('within a worker a queue outgrows its mark by what its senders had begun, and no more', async (t) => {
  const executed: number[] = []

  const { longest, report } = await longestQueues(pipeline({}, executed), { seed: 31 })

  t.is(report.roots.acked, ROOTS)
  t.is(executed.length, ROOTS)
  for (const bolt of ['long', 'slow'])
    t.true(longest[bolt]! >= BUFFER && longest[bolt]! <= BUFFER + 1, `${longest[bolt]}`)
})

test('across workers a queue outgrows its mark by what was on its way, and no more', async (t) => {
  const executed: number[] = []
  // Each of the three in a worker of its own. Delays that are all the same: what is on its way while the notice travels
  // is two links full.
  const config = {
    'topology.workers': 3,
    'topology.transfer.buffer.bytes': LINK_BYTES,
    'topology.transfer.batch.bytes': 1_024,
  }

  const { longest, report } = await longestQueues(pipeline(config, executed), { seed: 32, minDelayMs: 10 })

  t.is(report.roots.acked, ROOTS)
  t.is(executed.length, ROOTS)
  const onItsWay = (2 * LINK_BYTES) / TUPLE_BYTES
  t.true(longest['slow']! > BUFFER && longest['slow']! <= BUFFER + onItsWay, `${longest['slow']}`)
})

story(
  'branches that meet again, with room for two tuples each, let everything through',
  async (t, { config, cluster }) => {
    const builder = new TopologyBuilder('diamond', { ...config, 'topology.executor.receive.buffer.size': 2 })
    const pass = () =>
      new FunctionBolt(['n'], (tuple, collector) => {
        for (let copy = 0; copy < 3; copy++) collector.emit(tuple, [tuple.get('n')])
        collector.ack(tuple)
      })
    const slow = () =>
      new FunctionBolt(['n'], async (tuple, collector, context) => {
        await new Promise<void>((resolve) => context.after(context.random() * 3, resolve))
        collector.emit(tuple, [tuple.get('n')])
        collector.ack(tuple)
      })
    const numbers = builder.setSpout('numbers', () => new ReplayingSpout(100), 2)
    const left = builder.setBolt('left', pass, 2).shuffleGrouping(numbers)
    const right = builder.setBolt('right', slow, 2).shuffleGrouping(numbers).shuffleGrouping(left)
    builder.setBolt('end', slow, 2).shuffleGrouping(left).shuffleGrouping(right).allGrouping(numbers)

    const topology = await new LocalCluster(cluster).submit(builder.createTopology())
    const { status, roots, components } = await topology.complete()

    t.is(status, 'completed')
    t.like(roots, { emitted: 200, acked: 200 })
    t.is(components['end']!.executed, 200 * (3 + 4 + 2))
  },
)

story(
  'a topology with a loop, with room for two tuples each, does not wait for itself',
  async (t, { config, cluster }) => {
    const builder = new TopologyBuilder('loop', { ...config, 'topology.executor.receive.buffer.size': 2 })
    const numbers = builder.setSpout('numbers', () => new ReplayingSpout(200), 2)
    const around = () =>
      new FunctionBolt(['n', 'left'], (tuple, collector) => {
        const left = tuple.sourceComponent === 'numbers' ? 6 : tuple.get('left')
        if (left > 0) for (let copy = 0; copy < 2; copy++) collector.emit(tuple, [tuple.get('n'), left - 3])
        collector.ack(tuple)
      })
    const there = builder.setBolt('there', around, 2).shuffleGrouping(numbers)
    const back = builder.setBolt('back', around, 2).shuffleGrouping(there)
    there.shuffleGrouping(back)

    const topology = await new LocalCluster(cluster).submit(builder.createTopology())
    const { status, roots, components } = await topology.complete()

    t.is(status, 'completed')
    t.like(roots, { emitted: 400, acked: 400 })
    t.is(components['there']!.executed + components['back']!.executed, 400 * (1 + 2 + 4))
  },
)

story('no more roots are in flight than the spout may have', async (t, { config, cluster }) => {
  let inFlight = 0
  let most = 0
  class WatchedSpout extends ReplayingSpout {
    override open(...[context, collector]: Parameters<ReplayingSpout['open']>): void {
      super.open(context, collector)
      context.addTaskHook({
        emit: () => {
          most = Math.max(most, ++inFlight)
        },
        spoutAck: () => {
          inFlight--
        },
      })
    }
  }
  const builder = new TopologyBuilder('pending', config)
  const numbers = builder.setSpout('numbers', () => new WatchedSpout(100)).setMaxSpoutPending(7)
  const later = () =>
    new FunctionBolt([], (tuple, collector, context) => void context.after(10, () => collector.ack(tuple)))
  builder.setBolt('later', later, 3).shuffleGrouping(numbers)

  const topology = await new LocalCluster(cluster).submit(builder.createTopology())
  const { roots } = await topology.complete()

  t.is(roots.acked, 100)
  t.is(most, 7)
})
