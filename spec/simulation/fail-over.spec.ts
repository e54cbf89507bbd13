/**
 * The nimbus is killed, and another one takes the workers over, while workers die and cables break, each out of its
 * seed. At least once: every root is acked in the end. At most once, where no worker dies: nothing comes twice.
 */
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import { BasicBolt, TopologyBuilder, type TopologyDefinition, type Tuple } from '../../lib/index.ts'
import { LocalCluster, type LocalTopology, type RunReport } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../lib/util/prng.ts'
import { volume } from '../volume.ts'

const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1)
const RUNS = Number(process.env['SIMULATION_RUNS'] ?? volume(20, 60))
const LIMIT = 3000
const FAULTS = 4

/** Where numbers come. */
class Arrivals extends BasicBolt<{ n: number }> {
  override readonly outputs = {}
  readonly #seen: number[]

  constructor(seen: number[]) {
    super()
    this.#seen = seen
  }

  override execute(tuple: Tuple<{ n: number }>): void {
    this.#seen.push(tuple.get('n'))
  }
}

function numbers(random: Prng, seen: number[], config: Record<string, unknown>): TopologyDefinition {
  const builder = new TopologyBuilder('numbers', {
    'topology.workers': 1 + random.below(3),
    'topology.worker.restart.max.delay.ms': 10,
    'topology.worker.max.restarts': 1000,
    'topology.tuple.max.attempts': 1000,
    'topology.message.timeout.secs': 5,
    'topology.max.spout.pending': 20,
    ...config,
  })
  const source = builder.setSpout('numbers', () => new SequenceSpout(LIMIT))
  builder.setBolt('arrivals', () => new Arrivals(seen), 1 + random.below(3)).shuffleGrouping(source)
  return builder.createTopology()
}

async function disturbed(
  seed: number,
  config: Record<string, unknown>,
): Promise<{ seen: number[]; report: RunReport }> {
  const random = new Prng(seed)
  const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 8 })
  const seen: number[] = []
  const definition = numbers(random, seen, config)
  const workers = Number(definition.topology.config['topology.workers'])
  const isDeadly = config['topology.guarantee'] !== 'at-most-once'
  const topology = await cluster.submit(definition, { outliveNimbus: true, snapshots: new MemorySnapshots() })
  for (let fault = 0; fault < FAULTS && !topology.isDone; fault++) {
    await cluster.advanceTime(random.below(300))
    if (!topology.isDone) await strike(cluster, topology, workers, random, isDeadly)
  }
  return { seen, report: await topology.complete() }
}

/** Of three strikes one is at the nimbus alone, one at a worker meanwhile, and one at a cable meanwhile. */
async function strike(
  cluster: LocalCluster,
  topology: LocalTopology,
  workers: number,
  random: Prng,
  isDeadly: boolean,
): Promise<void> {
  topology.loseNimbus()
  await cluster.advanceTime(random.below(500))
  const what = random.below(3)
  if (what === 1 && isDeadly) topology.killWorker(1 + random.below(workers))
  if (what === 2 && workers > 1) {
    topology.cut(1, 2)
    topology.heal(1, 2)
  }
  await cluster.advanceTime(random.below(2000))
  const led = topology.newNimbus()
  await cluster.advanceTime(1000)
  await led
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
  test(`at least once, whatever becomes of the nimbus (seed ${seed})`, async (t) => {
    const { seen, report } = await disturbed(seed, {})
    t.is(report.status, 'completed')
    t.deepEqual(
      [...new Set(seen)].sort((a, b) => a - b),
      Array.from({ length: LIMIT }, (_, n) => n),
    )
  })

  test(`at most once, whatever becomes of the nimbus (seed ${seed})`, async (t) => {
    const { seen, report } = await disturbed(seed, { 'topology.guarantee': 'at-most-once' })
    t.is(report.status, 'completed')
    t.is(new Set(seen).size, seen.length)
  })
}
