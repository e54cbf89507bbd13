/** Runs whose plan is given: on which slots they begin, and on which they go on. */
import test from 'ava'
import { Run } from '../../lib/daemon/run.ts'
import type { Slot } from '../../lib/scheduler/assign.ts'
import { planTopology } from '../../lib/scheduler/plan.ts'
import { SimulatedNetwork } from '../../lib/testing/network/simulated-network.ts'
import { ProcessClock } from '../../lib/testing/simulated/process-clock.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { SimulatedLauncher } from '../../lib/testing/simulated/simulated-launcher.ts'
import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import type { BasicOutputCollector, SpoutOutputCollector } from '../../lib/topology/component/collectors.ts'
import { BasicBolt, Spout } from '../../lib/topology/component/component.ts'
import type { TopologyDefinition } from '../../lib/topology/component/definition.ts'
import type { TaskContext } from '../../lib/topology/component/task-context.ts'
import type { Tuple } from '../../lib/tuple/tuple.ts'
import { Prng } from '../../lib/util/prng.ts'
import { WORD } from '../executor/harness.ts'

const COUNT = 600

/** Counts, and goes on behind what was acked without a gap. */
class Numbers extends Spout {
  override readonly outputs = WORD
  readonly #acked = new Set<number>()
  #next = 0
  #done = 0
  #context!: TaskContext
  #out!: SpoutOutputCollector

  override open(context: TaskContext, collector: SpoutOutputCollector): void {
    this.#context = context
    this.#out = collector
    this.#done = Number(context.checkpointed ?? 0)
    this.#next = this.#done
  }

  nextTuple(): void {
    if (this.#next < COUNT) this.#out.emit([this.#next], this.#next++)
  }

  override ack(number: number): void {
    this.#acked.add(number)
    while (this.#acked.delete(this.#done)) this.#done++
    this.#context.checkpoint(this.#done)
  }

  override isExhausted(): boolean {
    return this.#done === COUNT
  }
}

/** Numbers → pass → collect, which hands over what has come through. */
function numbers(onNumber: (number: number) => void): TopologyDefinition {
  class Pass extends BasicBolt {
    override readonly outputs = WORD
    #context!: TaskContext

    override prepare(context: TaskContext): void {
      this.#context = context
    }

    /** Takes a while, so that some are in flight at any time. */
    async execute(tuple: Tuple, out: BasicOutputCollector): Promise<void> {
      await new Promise<void>((resolve) => this.#context.after(1, resolve))
      out.emit(tuple.values)
    }
  }
  class Collect extends BasicBolt {
    execute(tuple: Tuple): void {
      onNumber(tuple.values[0] as number)
    }
  }
  const builder = new TopologyBuilder('numbers', { 'topology.max.spout.pending': 20 })
  builder.setSpout('numbers', () => new Numbers())
  builder.setBolt('pass', () => new Pass(), 4).grouping('numbers', 'default', { type: 'shuffle' })
  builder.setBolt('collect', () => new Collect(), 2).grouping('pass', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

/** So many slots, each on a host of its own. */
function slots(count: number): Slot[] {
  return Array.from({ length: count }, (_, host) => ({ supervisor: 's', host: `host ${host}`, port: 0 }))
}

/** A run in simulated time that begins with these slots. */
function simulatedRun(definition: TopologyDefinition, begin: readonly Slot[], seed: number) {
  const clock = new SimulatedClock()
  const random = new Prng(seed)
  const network = new SimulatedNetwork({ clock, prng: random, delayMs: { min: 0, max: 5 } })
  const own = new ProcessClock(clock)
  const launcher = new SimulatedLauncher({ run: 'run', clock: own, network, random, definition })
  const problems: string[] = []
  const plan = planTopology(definition.topology, begin)
  const run = new Run(
    { run: 'run', plan, source: { file: '', variables: {}, config: {} } },
    { clock: own, network, launcher, events: { onProblem: ({ code }) => problems.push(code) } },
  )
  return { run, clock, problems }
}

for (const [before, after] of [
  [1, 3],
  [3, 1],
  [2, 2],
] as const) {
  for (const seed of [1, 2]) {
    test(`from ${before} to ${after} workers: each number comes through, and none twice (seed ${seed})`, async (t) => {
      const got: number[] = []
      const definition = numbers((number) => {
        if (got.push(number) === COUNT / 3) run.replan(planTopology(definition.topology, slots(after), 2))
      })
      const { run, clock, problems } = simulatedRun(definition, slots(before), seed)
      await run.start()
      await clock.until(() => run.plan.version === 2, 60_000)
      t.true(got.length < COUNT)
      await clock.until(() => run.status === 'done', 600_000)
      const report = await run.done
      t.deepEqual([report.status, report.workers, report.problem], ['completed', after, undefined])
      t.deepEqual(
        got.sort((a, b) => a - b),
        Array.from({ length: COUNT }, (_, number) => number),
      )
      t.deepEqual([report.roots.emitted, report.roots.acked], [COUNT, COUNT])
      t.deepEqual(problems, [])
    })
  }
}

test('a worker listens at the port of its slot: two of one host cannot have the same', async (t) => {
  const slot = { supervisor: 's', host: 'h', port: 6700 }
  const definition = numbers(() => {})
  const { run, clock } = simulatedRun(definition, [slot, slot], 1)
  await run.start()
  await clock.until(() => run.status === 'done', 60_000)
  const report = await run.done
  t.deepEqual([report.status, report.problem?.code], ['failed', 'PORT_TAKEN'])
})
