/**
 * A task context for a test of a spout or a bolt by itself: that of a worker, of a topology that has nothing but the
 * component. Time and chance are in the hands of the test, and what the component asks of the runtime is kept.
 *
 *     const context = testContext(bolt)
 *     const collector = testCollector(bolt)
 *     bolt.prepare(context, collector)
 */

import { type Component, type ConfigMap, declaredStreams, type LogLevel, type TaskContext } from '../index.ts'
import { type Plan, planTopology, type TaskPlan } from '../scheduler/plan.ts'
import { wrongArgument } from '../shape/check-argument.ts'
import { any, checkOptions, integer, map, type OptionTable } from '../shape/options.ts'
import { Histogram, type Percentiles } from '../stats/histogram.ts'
import type { ComponentSpec, StreamSpec } from '../topology/topology.ts'
import { Prng } from '../util/prng.ts'
import { Resources } from '../worker/tasks/context/resources.ts'
import { type ContextPorts, WorkerTaskContext } from '../worker/tasks/context/task-context.ts'
import { seedOfTests } from './cluster/local-cluster.ts'
import { SimulatedClock } from './simulated/simulated-clock.ts'

const COMPONENT = 'component'

/** What can be set of a test context. */
export interface TestContextOptions {
  /** The configuration of the topology; that of the component is its own. */
  readonly config?: ConfigMap
  /** How many tasks the component has; 1 unless given. */
  readonly tasks?: number
  /** Which of them this is, from 0 up. */
  readonly taskIndex?: number
  /** What a task finds that was restarted. */
  readonly checkpointed?: unknown
}

const TEST_CONTEXT = {
  config: { ...map<ConfigMap>(), default: {} as ConfigMap },
  tasks: integer({ least: 1, default: 1 }),
  taskIndex: integer({ least: 0, default: 0 }),
  checkpointed: any(),
} satisfies OptionTable<TestContextOptions>

/** A context that keeps what its component asks for. Its states are empty at first, and last as long as it does. */
export interface TestContext extends TaskContext {
  /** Time stands still until it is advanced. */
  readonly clock: SimulatedClock
  readonly logs: readonly { readonly level: LogLevel; readonly message: string }[]
  /** What was counted with `count` and `metrics`. */
  readonly counters: Readonly<Record<string, number>>
  /** What its gauges are now, by name. */
  readonly gauges: Readonly<Record<string, number>>
  /** What its histograms hold, by name. */
  readonly histograms: Readonly<Record<string, Percentiles & { readonly count: number }>>
  /** What was passed to `checkpoint`, as JSON keeps it. */
  readonly checkpoints: readonly unknown[]
  /** What was passed to `fail`: each would end the topology. */
  readonly failures: readonly unknown[]
}

/**
 * A context for this spout or bolt: give it to `open` or `prepare`.
 * @throws BAD_ARGUMENT
 */
export function testContext(component: Component, options: TestContextOptions = {}): TestContext {
  const { config, tasks, taskIndex, checkpointed } = checkOptions('testContext', options, TEST_CONTEXT, 'BAD_ARGUMENT')
  const plan = planTopology({ name: 'test', config, components: { [COMPONENT]: specOf(component, tasks) } })
  const task = plan.tasks.filter((one) => one.component === COMPONENT)[taskIndex]
  if (task === undefined)
    throw wrongArgument('taskIndex of testContext', taskIndex, `below ${tasks}`, {
      path: 'taskIndex',
      code: 'BAD_ARGUMENT',
    })
  const context = new KeepingContext(plan, task, checkpointed)
  context.hasTimers = component.kind !== 'spout' && component.onTimer !== undefined
  return context
}

function specOf(component: Component, parallelism: number): ComponentSpec {
  const outputs = [...declaredStreams(component)].map(([id, { fields, direct }]): [string, StreamSpec] => [
    id,
    { fields: fields.names, direct },
  ])
  return {
    kind: component.kind === 'spout' ? 'spout' : 'bolt',
    outputs: Object.fromEntries(outputs),
    inputs: [],
    parallelism,
    config: component.getComponentConfiguration?.() ?? {},
  }
}

class KeepingContext extends WorkerTaskContext implements TestContext {
  readonly clock: SimulatedClock
  readonly logs: { level: LogLevel; message: string }[]
  readonly checkpoints: unknown[]
  readonly failures: unknown[]

  constructor(plan: Plan, task: TaskPlan, checkpointed: unknown) {
    const clock = new SimulatedClock()
    const logs: { level: LogLevel; message: string }[] = []
    const checkpoints: unknown[] = []
    const failures: unknown[] = []
    const ports: ContextPorts = {
      plan,
      run: 'test',
      worker: task.worker,
      codeDir: process.cwd(),
      clock,
      random: new Prng(seedOfTests()),
      resources: new Resources(),
      wake: () => {},
      onTurn: () => {},
      log: ({ level, message }) => logs.push({ level, message }),
      checkpoint: (_, value) => checkpoints.push(JSON.parse(JSON.stringify(value))),
      report: ({ message }) => logs.push({ level: 'error', message }),
      fatal: (_, error) => failures.push(error),
      restoredOf: () => undefined,
    }
    super(task, ports, checkpointed)
    this.clock = clock
    this.logs = logs
    this.checkpoints = checkpoints
    this.failures = failures
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.named }
  }

  get gauges(): Readonly<Record<string, number>> {
    return this.readGauges()
  }

  get histograms(): Readonly<Record<string, Percentiles & { readonly count: number }>> {
    const all = Object.entries(this.metrics.histograms).map(([name, data]) => {
      const histogram = new Histogram()
      histogram.add(data)
      return [name, { count: histogram.total, ...histogram.percentilesMs() }] as const
    })
    return Object.fromEntries(all)
  }
}
