/**
 * Worlds in which processes stand still and go on, and cables carry nothing for a while, each made of its seed, as in
 * `simulation.spec.ts`. A root has one attempt in them: whatever costs one loses it.
 */
import { join } from 'node:path'
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import {
  Bolt,
  type FailReason,
  fields,
  type OutputCollector,
  type TaskContext,
  type TaskHook,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster, type LocalTopology, type RunReport } from '../../lib/testing/index.ts'
import { Prng } from '../../lib/util/prng.ts'
import { sharedFolder } from '../folder.ts'
import { volume } from '../volume.ts'

const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1)
const RUNS = Number(process.env['SIMULATION_RUNS'] ?? volume(12, 30))
const ROOTS = 400
const folder = sharedFolder()
const LIMIT_MS = 600_000

type Numbered = { n: number }

/** Passes each number on after a while, and says which it has seen. */
class PassBolt extends Bolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #slowMs: number
  readonly #seen: (n: number) => void
  #context!: TaskContext
  #collector!: OutputCollector<Numbered>

  constructor(slowMs: number, seen: (n: number) => void) {
    super()
    this.#slowMs = slowMs
    this.#seen = seen
  }

  override prepare(context: TaskContext, collector: OutputCollector<Numbered>): void {
    this.#context = context
    this.#collector = collector
  }

  async execute(tuple: Tuple<Numbered>): Promise<void> {
    const ms = this.#slowMs * this.#context.random()
    if (this.#slowMs > 0) await new Promise<void>((resolve) => this.#context.after(ms, resolve))
    this.#seen(tuple.get('n'))
    this.#collector.emit(tuple, [tuple.get('n')])
    this.#collector.ack(tuple)
  }
}

/** Something that stands still from `at` on for `ms`: a worker, 0 for the nimbus, or the cable between two workers. */
type Standstill = { readonly at: number; readonly ms: number } & (
  | { readonly worker: number }
  | { a: number; b: number }
)

interface World {
  readonly seed: number
  readonly workers: number
  readonly timeoutSecs: number
  readonly workerTimeoutSecs: number
  readonly slowMs: number
  readonly faults: readonly Standstill[]
}

function makeWorld(seed: number): World {
  const random = new Prng(seed)
  const pick = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T
  const workers = 2 + random.below(3)
  const cables = random.next() < 0.3
  const faults = Array.from({ length: 1 + random.below(4) }, (): Standstill => {
    const span = { at: random.below(6_000), ms: pick(300, 1_500, 4_000, 9_000, 40_000) }
    if (!cables) return { ...span, worker: random.below(workers + 1) }
    const [a, b] = random.shuffle(Array.from({ length: workers }, (_, index) => index + 1)) as [number, number]
    return { ...span, a, b }
  })
  return {
    seed,
    workers,
    timeoutSecs: pick(1, 2, 5),
    workerTimeoutSecs: pick(3, 8, 30),
    slowMs: pick(0, 10, 40),
    faults,
  }
}

function begin(topology: LocalTopology, cluster: LocalCluster, fault: Standstill): void {
  cluster.clock.after(fault.at, () => {
    if ('worker' in fault) topology.freeze(fault.worker)
    else topology.silence(fault.a, fault.b)
  })
  cluster.clock.after(fault.at + fault.ms, () => {
    if ('worker' in fault) topology.wake(fault.worker)
    else topology.unsilence(fault.a, fault.b)
  })
}

interface Run {
  readonly world: World
  readonly report: RunReport
  readonly seen: ReadonlySet<number>
  readonly reasons: readonly FailReason[]
}

async function run(seed: number): Promise<Run> {
  const world = makeWorld(seed)
  const seen = new Set<number>()
  const reasons: FailReason[] = []
  const builder = new TopologyBuilder(`frozen-${seed}`, {
    'topology.workers': world.workers,
    'topology.message.timeout.secs': world.timeoutSecs,
    'topology.worker.timeout.secs': world.workerTimeoutSecs,
    'topology.worker.stall.limit.secs': 5,
    'topology.replay.max.attempts': 1,
    'topology.replay.delay.ms': 1,
    'topology.max.spout.pending': 20,
    'topology.dead.letters.file': join(folder, 'letters.jsonl'),
  })
  const hook = (): TaskHook => ({ spoutFail: ({ reason }) => void reasons.push(reason) })
  class WatchedSpout extends SequenceSpout {
    override open(...args: Parameters<SequenceSpout['open']>): void {
      super.open(...args)
      args[0].addTaskHook(hook())
    }
  }
  const numbers = builder.setSpout('numbers', () => new WatchedSpout(ROOTS))
  const first = builder.setBolt('first', () => new PassBolt(world.slowMs, () => {}), 3).shuffleGrouping(numbers)
  builder
    .setBolt('second', () => new PassBolt(world.slowMs, (n) => seen.add(n)), world.workers)
    .fieldsGrouping(first, ['n'])
  const cluster = new LocalCluster({ seed, minDelayMs: 1, maxDelayMs: 20 })
  const topology = await cluster.submit(builder.createTopology())
  for (const fault of world.faults) begin(topology, cluster, fault)
  const report = await topology.complete(LIMIT_MS)
  for (const { code } of topology.problems) codes.add(code)
  return { world, report, seen, reasons }
}

/** Of the problems of all runs. */
const codes = new Set<string>()

/** What is wrong with a run; empty where nothing is. */
function faultsOf({ world, report, seen, reasons }: Run): string[] {
  const faults: string[] = []
  const { deadLettered, failed } = report.roots
  if (report.status !== 'completed') faults.push(`the topology is ${report.status}: ${report.problem?.message}`)
  if (seen.size !== ROOTS) faults.push(`${ROOTS - seen.size} numbers have not come through`)
  if (deadLettered > 0) faults.push(`${deadLettered} roots have lost their attempt`)
  if (failed.timeout + failed.explicit > 0) faults.push(`roots failed for another reason: ${JSON.stringify(failed)}`)
  const still = new Set(world.faults.flatMap((fault) => ('worker' in fault ? [fault.worker] : [fault.a, fault.b])))
  for (const reason of reasons) {
    if (reason.kind === 'worker lost' && !still.has(reason.worker ?? -1))
      faults.push(`a root failed for worker ${reason.worker}, which did not stand still`)
  }
  return faults
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
  test.serial(`in the frozen world of seed ${seed} no root is lost, and none loses its attempt`, async (t) => {
    const again = `again: SIMULATION_SEED=${seed} SIMULATION_RUNS=1 npx ava dist/spec/simulation/frozen.spec.js`
    try {
      const faults = faultsOf(await run(seed))
      if (faults.length > 0) t.log(again, JSON.stringify(makeWorld(seed)))
      t.deepEqual(faults, [])
    } catch (error) {
      t.log(again, JSON.stringify(makeWorld(seed)))
      throw error
    }
  })
}

test.serial('the worlds have seen a silent worker, one that was ended for it, and a silent link', async (t) => {
  if (FIRST_SEED > 1 || RUNS < 12) for (let seed = 1; seed <= 12; seed++) await run(seed)
  t.true(codes.has('WORKER_SILENT') && codes.has('LINK_SILENT'), [...codes].join(', '))
})
