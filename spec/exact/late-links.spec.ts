/** A link that breaks while a run that goes back is still beginning. */
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type Positions,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'

interface Numbered {
  n: number
}

const DELAY_MS = 8
/** Long enough to hear of a link that broke, and shorter than it is waited for whether a worker has died. */
const SLOW_MS = 100
const WORKERS = [1, 2, 3]
const NUMBERS = [0, 1, 2]

/** Emits its numbers, and then waits. */
class Numbers extends Spout<Numbered> {
  override readonly outputs = fields<Numbered>('n')
  #next = 0
  #out!: SpoutOutputCollector<Numbered>

  override open(_context: TaskContext, out: SpoutOutputCollector<Numbered>): void {
    this.#out = out
  }

  override nextTuple(): void {
    if (this.#next < NUMBERS.length) this.#out.emit([NUMBERS[this.#next++]!])
  }

  override position(): Positions {
    return { all: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions['all'] as number
  }
}

/** What the test lets happen, and sees. */
interface Gate {
  isOpen: boolean
  passed: number
  readonly arrived: number[]
}

/** Holds its tuples, which are on their way meanwhile, until the gate is open. */
class Gates extends BasicBolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #gate: Gate
  #context!: TaskContext

  constructor(gate: Gate) {
    super()
    this.#gate = gate
  }

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  async execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Numbered>): Promise<void> {
    while (!this.#gate.isOpen) await new Promise<void>((resolve) => void this.#context.after(1, resolve))
    this.#gate.passed++
    out.emit([tuple.get('n')])
  }
}

/** Keeps what has come, as it is known when everything has gone back. */
class Keeps extends BasicBolt<Numbered> {
  readonly #gate: Gate
  #context!: TaskContext

  constructor(gate: Gate) {
    super()
    this.#gate = gate
  }

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  execute(tuple: Tuple<Numbered>): void {
    const state = this.#context.state<number, boolean>('numbers')
    state.put(tuple.get('n'), true)
    this.#gate.arrived.splice(0, this.#gate.arrived.length, ...[...state.entries()].map(([n]) => n).sort())
  }
}

/** Lets the others wait for it before they run. */
class Slow extends BasicBolt<Numbered> {
  override prepare(context: TaskContext): Promise<void> {
    return new Promise((resolve) => void context.after(SLOW_MS, resolve))
  }

  execute(_tuple: Tuple<Numbered>, _out: BasicOutputCollector): void {}
}

function gated(gate: Gate): TopologyDefinition {
  const builder = new TopologyBuilder('gated', {
    'topology.workers': WORKERS.length,
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 20,
    'topology.bolt.concurrency': NUMBERS.length,
  })
  builder.setSpout('numbers', () => new Numbers())
  builder.setBolt('gates', () => new Gates(gate)).grouping('numbers', 'default', { type: 'shuffle' })
  builder.setBolt('keeps', () => new Keeps(gate)).grouping('gates', 'default', { type: 'global' })
  builder.setBolt('slow', () => new Slow()).grouping('numbers', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

test('what is lost with a link while the workers begin is in no snapshot that follows', async (t) => {
  const gate: Gate = { isOpen: false, passed: 0, arrived: [] }
  const cluster = new LocalCluster({ minDelayMs: DELAY_MS })
  const topology = await cluster.submit(gated(gate))
  await cluster.advanceTime(500)
  topology.killWorker(1)
  gate.isOpen = true
  await topology.waitUntil(() => gate.passed >= NUMBERS.length)
  await cluster.advanceTime(DELAY_MS / 2)
  // What they have sent is under way.
  const pairs = WORKERS.flatMap((a) => WORKERS.filter((b) => b > a).map((b) => [a, b] as const))
  for (const [a, b] of pairs) topology.cut(a, b)
  await cluster.advanceTime(2 * DELAY_MS)
  for (const [a, b] of pairs) topology.heal(a, b)
  await cluster.advanceTime(1000)
  t.deepEqual(gate.arrived, NUMBERS)
})
