/**
 * One worker's executors without a worker: the real ones, wired by `buildExecutors`, with an acker, run by hand. What
 * would go to other workers is kept in `remote`.
 */

import type { Problem } from '../../lib/errors/typhoon-error.ts'
import type { BoltExecutor } from '../../lib/executor/bolt/bolt-executor.ts'
import type { SpoutExecutor } from '../../lib/executor/spout/spout-executor.ts'
import type { Transfer } from '../../lib/executor/task/ports.ts'
import { planTopology, tasksOf } from '../../lib/scheduler/plan.ts'
import { makeCounters } from '../../lib/stats/counters.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import type {
  BasicOutputCollector,
  OutputCollector,
  SpoutOutputCollector,
} from '../../lib/topology/component/collectors.ts'
import { BasicBolt, Bolt, Spout } from '../../lib/topology/component/component.ts'
import type { TopologyDefinition } from '../../lib/topology/component/definition.ts'
import type { FailReason } from '../../lib/topology/component/failure/fail-reason.ts'
import type { Outputs } from '../../lib/topology/component/outputs.ts'
import type { TaskContext } from '../../lib/topology/component/task-context.ts'
import { TURNS_PER_TIMEOUT } from '../../lib/topology/config/message-timeout.ts'
import { fields } from '../../lib/tuple/fields.ts'
import type { TaskId } from '../../lib/tuple/ids.ts'
import { isSystemId } from '../../lib/tuple/system-ids.ts'
import { TICK_SOURCE } from '../../lib/tuple/system-sources.ts'
import { type Tuple, untrackedTuple } from '../../lib/tuple/tuple.ts'
import { Prng } from '../../lib/util/prng.ts'
import { buildExecutors, type Executors } from '../../lib/worker/tasks/build/build-executors.ts'
import { Resources } from '../../lib/worker/tasks/context/resources.ts'

export const WORD = fields<{ word: string }>('word')

/** A spout that does what the test says, and remembers its verdicts. */
export class ScriptSpout extends Spout {
  override readonly outputs
  readonly acked: unknown[] = []
  readonly failed: [messageId: unknown, reason: FailReason][] = []
  /** One for each call of nextTuple; what is left out emits nothing. */
  readonly script: ((out: SpoutOutputCollector) => unknown)[] = []
  calls = 0
  exhausted = false
  onAck: (messageId: unknown) => void | Promise<void> = () => {}
  onFail: (messageId: unknown) => void | Promise<void> = () => {}
  out!: SpoutOutputCollector
  context!: TaskContext

  constructor(outputs: Outputs = WORD) {
    super()
    this.outputs = outputs
  }

  override open(context: TaskContext, collector: SpoutOutputCollector): void {
    this.context = context
    this.out = collector
  }

  nextTuple(): void | Promise<void> {
    this.calls++
    const result = this.script.shift()?.(this.out)
    return result instanceof Promise ? result : undefined
  }

  override ack(messageId: unknown): void | Promise<void> {
    this.acked.push(messageId)
    return this.onAck(messageId)
  }

  override fail(messageId: unknown, reason: FailReason): void | Promise<void> {
    this.failed.push([messageId, reason])
    return this.onFail(messageId)
  }

  override isExhausted(): boolean {
    return this.exhausted
  }
}

/** A bolt that calls a function. */
export class ScriptBolt extends Bolt {
  override readonly outputs
  readonly #execute: (tuple: Tuple, out: OutputCollector) => void | Promise<void>
  out!: OutputCollector
  context!: TaskContext

  constructor(execute: (tuple: Tuple, out: OutputCollector) => void | Promise<void>, outputs: Outputs = WORD) {
    super()
    this.#execute = execute
    this.outputs = outputs
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.context = context
    this.out = collector
  }

  execute(tuple: Tuple): void | Promise<void> {
    return this.#execute(tuple, this.out)
  }
}

/** A basic bolt that calls a function. */
export class ScriptBasicBolt extends BasicBolt {
  override readonly outputs
  readonly #execute: (tuple: Tuple, out: BasicOutputCollector) => void | Promise<void>

  constructor(execute: (tuple: Tuple, out: BasicOutputCollector) => void | Promise<void>, outputs: Outputs = WORD) {
    super()
    this.#execute = execute
    this.outputs = outputs
  }

  execute(tuple: Tuple, out: BasicOutputCollector): void | Promise<void> {
    return this.#execute(tuple, out)
  }
}

export interface HarnessOptions {
  readonly worker?: number
  readonly seed?: number
  readonly transfer?: Transfer
  readonly incarnation?: number
}

export async function harness(definition: TopologyDefinition, options: HarnessOptions = {}) {
  const plan = planTopology(definition.topology)
  const clock = new SimulatedClock()
  const problems: Problem[] = []
  const fatals: Problem[] = []
  const remote: { target: TaskId; tuple: Tuple }[] = []
  const congestion: [TaskId, boolean][] = []
  let wakes = 0
  const executors = buildExecutors(definition, {
    plan,
    run: 'run',
    worker: options.worker ?? 1,
    incarnation: options.incarnation ?? 1,
    clock,
    after: (ms, call) => clock.after(ms, call),
    random: new Prng(options.seed ?? 1),
    codeDir: '.',
    resources: new Resources(),
    countersOf: (_task, streams) => makeCounters(streams),
    checkpoints: {},
    restoredOf: () => undefined,
    transfer: options.transfer ?? { send: (target, tuple) => void remote.push({ target, tuple }), check: () => {} },
    wake: () => wakes++,
    ...UNHEARD,
    report: (problem) => problems.push(problem),
    fatal: (problem) => fatals.push(problem),
    onCongestion: (task, congested) => congestion.push([task, congested]),
  })
  for (const executor of executors.all) await executor.prepare()
  const ofComponent = (id: string) => executors.all.filter(({ component }) => component === id)
  const settle = (): void => runUntilIdle(executors)
  const tick = (): void => {
    for (const { component, task } of executors.all) {
      if (plan.topology.components[component]!.kind === 'spout' || isSystemId(component))
        executors.inboxes[task]!.push(untrackedTuple([7.5], TICK_SOURCE))
    }
    settle()
  }
  return {
    ...executors,
    plan,
    clock,
    problems,
    fatals,
    remote,
    congestion,
    settle,
    /** How often the run loop was woken. */
    get wakes(): number {
      return wakes
    },
    spout: (component: string, index = 0) => ofComponent(component)[index] as SpoutExecutor,
    bolt: (component: string, index = 0) => ofComponent(component)[index] as BoltExecutor,
    tasks: (component: string) => tasksOf(plan, component),
    activate(): void {
      for (const spout of executors.spouts) spout.activate()
    },
    /** A part of a message timeout has passed: spouts and ackers tick. */
    tick,
    /** A whole message timeout has passed, and a part of the next one. */
    timeOut(): void {
      for (let turn = 0; turn <= TURNS_PER_TIMEOUT; turn++) tick()
    },
    /** How many roots the spouts have in flight. */
    get pending(): number {
      return executors.all.reduce((sum, executor) => sum + executor.pending, 0)
    },
  }
}

export type Harness = Awaited<ReturnType<typeof harness>>

/** What the tests of the executors do not look at. */
const UNHEARD = {
  areAcksHeld: () => false,
  onTurn: () => {},
  inHand: new Int32Array(2),
  waiting: new Map(),
  log: () => {},
  checkpoint: () => {},
}

/** Turns until nobody has anything to do; not more than `passes`. */
function runUntilIdle({ all, acks }: Executors, passes = 1000): void {
  let idle = 0
  for (let pass = 0; pass < passes && idle < 2; pass++) {
    let done = 0
    for (const executor of all) done += executor.run(256)
    acks.flush()
    idle = done === 0 ? idle + 1 : 0
  }
  if (idle < 2) throw new Error(`the executors did not come to rest within ${passes} passes`)
}
