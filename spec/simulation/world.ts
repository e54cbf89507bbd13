/**
 * A world out of a seed: a random topology, random configuration, links of random quality, and what goes wrong when.
 */
import { type ConfigMap, TopologyBuilder, type TopologyDefinition } from '../../lib/index.ts'
import type { LocalClusterOptions } from '../../lib/testing/index.ts'
import { Prng } from '../../lib/util/prng.ts'
import {
  type Behaviour,
  MANNERS,
  type Manner,
  SimulatedBolt,
  SimulatedSpout,
  type Source,
  TROUBLE_MS,
} from './components.ts'
import type { Journal } from './journal.ts'

export interface SpoutPlan extends Source {
  readonly id: string
  readonly tasks: number
}

export interface InputPlan {
  readonly from: string
  readonly grouping: (typeof GROUPINGS)[number]
  readonly stream: 'default' | 'loop'
}

export interface BoltPlan {
  readonly id: string
  readonly tasks: number
  readonly concurrency: number
  readonly behaviour: Behaviour
  readonly inputs: readonly InputPlan[]
}

export type Fault =
  | { readonly at: number; readonly kind: 'kill'; readonly worker: number }
  | { readonly at: number; readonly kind: 'cut' | 'heal'; readonly a: number; readonly b: number }
  | { readonly at: number; readonly kind: 'deactivate' | 'activate' }

export interface World {
  readonly seed: number
  /** Some bolt may neither ack nor fail a tuple. */
  readonly forgetful: boolean
  readonly config: ConfigMap
  readonly cluster: LocalClusterOptions
  readonly spouts: readonly SpoutPlan[]
  readonly bolts: readonly BoltPlan[]
  readonly faults: readonly Fault[]
}

const GROUPINGS = ['shuffle', 'fields', 'partial-key', 'all', 'global', 'none', 'local-or-shuffle'] as const
/** Fewer than the restarts that a worker is granted. */
const MAX_KILLS = 5
/** Longer than any tree takes. */
const PATIENT_SECS = 30

export function makeWorld(seed: number): World {
  const random = new Prng(seed)
  const pick = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T
  const workers = 1 + random.below(4)
  const spouts = Array.from({ length: 1 + random.below(3) }, (_, index): SpoutPlan => {
    return {
      id: `s${index}`,
      tasks: 1 + random.below(2),
      roots: 1 + random.below(25),
      everyMs: pick(0, 20, 250),
      throws: pick(0, 0.02),
    }
  })
  // In half of the worlds no bolt forgets a tuple: whatever is lost must be known to be lost, long before it times out.
  const forgetful = random.next() < 0.5
  const bolts = makeBolts(random, spouts, forgetful)
  return {
    seed,
    forgetful,
    config: {
      'topology.workers': workers,
      'topology.message.timeout.secs': forgetful ? 2 : PATIENT_SECS,
      'topology.acker.executors': pick(null, 1, 3),
      'topology.max.spout.pending': pick(1, 5, 1000),
      'topology.executor.receive.buffer.size': pick(2, 5, 2048),
      'topology.transfer.batch.bytes': pick(256, 32_768),
      'topology.testing.always.try.serialize': pick(true, false),
      'topology.disable.loadaware.messaging': pick(true, false),
    },
    cluster: { seed, minDelayMs: pick(0, 1, 20), maxDelayMs: pick(20, 50, 150), loss: pick(0, 0, 0.002, 0.02) },
    spouts,
    bolts,
    faults: [
      ...(random.next() < 0.7 ? makeFaults(random, workers) : []),
      ...(random.next() < 0.2 ? makePause(random) : []),
    ],
  }
}

/** Each bolt takes from one or two of those before it, so that all are reached; some send something back as well. */
function makeBolts(random: Prng, spouts: readonly SpoutPlan[], forgetful: boolean): BoltPlan[] {
  const bolts: BoltPlan[] = []
  const ids = spouts.map(({ id }) => id)
  const count = 2 + random.below(5)
  for (let index = 0; index < count; index++) {
    const id = `b${index}`
    const sources = random.shuffle(ids).slice(0, 1 + random.below(2))
    const inputs = sources.map((from): InputPlan => ({ from, grouping: groupingFrom(random), stream: 'default' }))
    if (random.next() < 0.15) {
      inputs.push({ from: `b${index + random.below(count - index)}`, grouping: 'shuffle', stream: 'loop' })
    }
    const behaviour: Behaviour = {
      manner: MANNERS[random.below(MANNERS.length)]!,
      slowMs: random.below(20),
      fails: random.below(3) / 100,
      forgets: forgetful && random.next() < 0.4 ? 0.01 : 0,
    }
    bolts.push({ id, tasks: 1 + random.below(3), concurrency: 1 + random.below(4), behaviour, inputs })
    ids.push(id)
  }
  return bolts
}

function groupingFrom(random: Prng): InputPlan['grouping'] {
  return GROUPINGS[random.below(GROUPINGS.length)]!
}

function makeFaults(random: Prng, workers: number): Fault[] {
  const faults: Fault[] = []
  for (let kills = random.below(MAX_KILLS); kills > 0; kills--) {
    faults.push({ at: random.below(TROUBLE_MS), kind: 'kill', worker: 1 + random.below(workers) })
  }
  for (let cuts = workers > 1 ? random.below(4) : 0; cuts > 0; cuts--) {
    const at = random.below(TROUBLE_MS)
    const [a, b] = random.shuffle(Array.from({ length: workers + 1 }, (_, worker) => worker)) as [number, number]
    faults.push({ at, kind: 'cut', a, b }, { at: at + 10 + random.below(1_500), kind: 'heal', a, b })
  }
  return faults
}

function makePause(random: Prng): Fault[] {
  const at = random.below(TROUBLE_MS)
  return [
    { at, kind: 'deactivate' },
    { at: at + random.below(2_000), kind: 'activate' },
  ]
}

export function definitionOf(world: World, journal: Journal): TopologyDefinition {
  const builder = new TopologyBuilder(`world-${world.seed}`, world.config)
  for (const spout of world.spouts) {
    const { id, tasks } = spout
    const bolts = reachedFrom(id, world.bolts)
    builder.setSpout(id, () => new SimulatedSpout(spout, journal, bolts), tasks)
  }
  for (const { id, tasks, concurrency, behaviour, inputs } of world.bolts) {
    const declarer = builder.setBolt(id, () => new SimulatedBolt(behaviour, journal), tasks).setConcurrency(concurrency)
    for (const { from, grouping, stream } of inputs) {
      const keyed = grouping === 'fields' || grouping === 'partial-key'
      declarer.grouping(from, stream, keyed ? { type: grouping, fields: ['key'] } : { type: grouping })
    }
  }
  return builder.createTopology()
}

/** The bolts that every tuple of the spout comes to, whatever else is in the world. */
function reachedFrom(spout: string, bolts: readonly BoltPlan[]): string[] {
  const reached = new Set([spout])
  for (const { id, inputs } of bolts) {
    if (inputs.some(({ from, stream }) => stream === 'default' && reached.has(from))) reached.add(id)
  }
  reached.delete(spout)
  return [...reached]
}

/**
 * How long the queues of a bolt may be at most, where that can be told: in one worker, without loops, and where no
 * sender emits from timers, which nothing can hold back. Each sender is held back once it has finished what it is at.
 */
export function longestQueues({ config, spouts, bolts }: World): Map<string, number> {
  const limits = new Map<string, number>()
  if (config['topology.workers'] !== 1 || bolts.some(({ inputs }) => inputs.some(({ stream }) => stream === 'loop')))
    return limits
  const begun = new Map(spouts.map(({ id, tasks }) => [id, tasks]))
  for (const { id, tasks, concurrency, behaviour } of bolts) begun.set(id, tasks * BEGUN[behaviour.manner](concurrency))
  for (const { id, inputs } of bolts) {
    const senders = new Set(inputs.map(({ from }) => from))
    const over = [...senders].reduce((sum, from) => sum + begun.get(from)!, 0)
    if (Number.isFinite(over)) limits.set(id, (config['topology.executor.receive.buffer.size'] as number) + over)
  }
  return limits
}

/** How many tuples a task may still emit to one other when it is held back. */
const BEGUN: Readonly<Record<Manner, (concurrency: number) => number>> = {
  now: () => 1,
  promise: (concurrency) => concurrency,
  timer: () => Number.POSITIVE_INFINITY,
  batch: () => 2,
}

/** Every root that has to be acked. */
export function rootsOf({ spouts }: World): string[] {
  return spouts.flatMap(({ id, tasks, roots }) =>
    Array.from({ length: tasks * roots }, (_, index) => `${id}/${Math.floor(index / roots)}/${index % roots}`),
  )
}
