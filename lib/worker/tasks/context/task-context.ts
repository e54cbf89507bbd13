/** What the runtime tells a task of itself and its topology. */
import { type Problem, TyphoonError, toProblem } from '../../../errors/typhoon-error.ts'
import type { LogRecord } from '../../../messaging/control.ts'
import { type Plan, type TaskPlan, tasksOf } from '../../../scheduler/plan.ts'
import { wrongArgument } from '../../../shape/check-argument.ts'
import type { StateBase } from '../../../state/state-base.ts'
import { TaskStates } from '../../../state/task-states.ts'
import { TaskTimers } from '../../../state/timers/task-timers.ts'
import type { KeyValueState, StateOptions } from '../../../topology/component/state.ts'
import type { LogLevel, TaskContext, TaskHook } from '../../../topology/component/task-context.ts'
import type { Timers } from '../../../topology/component/timers.ts'
import { type ResolvedConfig, resolveConfig } from '../../../topology/config/config.ts'
import type { GroupingSpec } from '../../../topology/topology.ts'
import { Fields } from '../../../tuple/fields.ts'
import { type ComponentId, rootText, type StreamId, type TaskId, type WorkerId } from '../../../tuple/ids.ts'
import { isSystemId } from '../../../tuple/system-ids.ts'
import type { Tuple } from '../../../tuple/tuple.ts'
import type { Prng } from '../../../util/prng.ts'
import type { Clock } from '../../../util/time/clock.ts'
import { groupOfTuples } from './group-of-tuples.ts'
import { NamedMetrics } from './named-metrics.ts'
import type { Resources } from './resources.ts'
import type { RestoredTask } from './restored-task.ts'

const MAX_CHECKPOINT_CHARACTERS = 1024 * 1024

/** What a context needs of its worker. */
export interface ContextPorts {
  readonly plan: Plan
  readonly run: string
  readonly worker: WorkerId
  readonly codeDir: string
  readonly clock: Clock
  readonly random: Prng
  readonly resources: Resources
  wake(): void
  /** The task that has the turn; 0: none. */
  onTurn(task: number): void
  log(record: LogRecord): void
  /** The two halves of the id of the root of the tuple that has the turn, as in `ExecutorPorts`. */
  readonly inHand?: Int32Array
  /** By task: the tuple whose execution waits. */
  readonly waiting?: ReadonlyMap<TaskId, Tuple>
  checkpoint(task: TaskId, value: unknown): void
  /** An error to show; nothing else follows from it. */
  report(problem: Problem, error?: unknown): void
  fatal(problem: Problem, error?: unknown): void
  /** Where a state of a task is that is larger than memory; undefined: in memory. */
  baseOf?(task: TaskId, state: string): StateBase | undefined
  /** What a task begins with, of a snapshot. */
  restoredOf(task: TaskId): RestoredTask | undefined
}

export class WorkerTaskContext implements TaskContext {
  readonly topology: string
  readonly run: string
  readonly component: ComponentId
  readonly task: TaskId
  readonly taskIndex: number
  readonly worker: WorkerId
  readonly codeDir: string
  readonly config: ResolvedConfig
  readonly taskToComponent: ReadonlyMap<TaskId, ComponentId>
  readonly checkpointed: unknown
  readonly states: TaskStates
  readonly taskTimers: TaskTimers
  /** Whether the component has `onTimer`; set when it is made. */
  hasTimers = false
  readonly prepared: unknown
  readonly preparedAtEnd: boolean
  /** Where the partitions of its timestamps were at the snapshot that it begins with. */
  readonly partitions: RestoredTask['partitions']
  /** What its states are made of in the snapshot that it begins with. */
  readonly chains: RestoredTask['chains']
  /** Whether the task is one of a spout. */
  readonly isSpout: boolean
  readonly hooks: TaskHook[] = []
  readonly metrics: NamedMetrics
  readonly #ports: ContextPorts

  constructor(task: TaskPlan, ports: ContextPorts, checkpointed: unknown) {
    const { plan } = ports
    this.topology = plan.topology.name
    this.run = ports.run
    this.component = task.component
    this.task = task.task
    this.taskIndex = tasksOf(plan, task.component).indexOf(task.task)
    this.worker = ports.worker
    this.codeDir = ports.codeDir
    this.config = resolveConfig(plan.topology.config, plan.topology.components[task.component]!.config)
    this.taskToComponent = new Map(plan.tasks.map((other) => [other.task, other.component]))
    this.isSpout = plan.topology.components[task.component]!.kind === 'spout'
    this.checkpointed = checkpointed
    const restored = ports.restoredOf(task.task)
    const areLasting = this.config['topology.guarantee'] === 'exactly-once'
    this.states = new TaskStates(areLasting, restored?.states, {
      groupOf: groupOfTuples(plan, task.component),
      baseOf: (state) => ports.baseOf?.(task.task, state),
      date: () => this.date(),
      noticed: (problem) => ports.report({ ...problem, where: { component: this.component, task: this.task } }),
    })
    this.taskTimers = new TaskTimers(this.states, restored?.watermark, restored?.floors)
    this.prepared = restored?.prepared
    this.preparedAtEnd = restored?.preparedAtEnd === true
    this.partitions = restored?.partitions ?? []
    this.chains = restored?.chains ?? {}
    this.metrics = new NamedMetrics((problem, error) =>
      ports.report({ ...problem, where: { component: this.component, task: this.task } }, error),
    )
    this.#ports = ports
  }

  tasksOf(component: ComponentId = this.component): readonly TaskId[] {
    return tasksOf(this.#ports.plan, component)
  }

  componentOf(task: TaskId): ComponentId | undefined {
    return this.taskToComponent.get(task)
  }

  workerOf(task: TaskId): WorkerId | undefined {
    return this.#ports.plan.tasks.find((other) => other.task === task)?.worker
  }

  streamsOf(component: ComponentId): ReadonlyMap<StreamId, Fields> {
    const outputs = this.#ports.plan.topology.components[component]?.outputs ?? {}
    return new Map(
      Object.entries(outputs).flatMap(([id, { fields }]) =>
        isSystemId(id) ? [] : [[id, new Fields(fields)] as const],
      ),
    )
  }

  get targets(): ReadonlyMap<StreamId, ReadonlyMap<ComponentId, GroupingSpec>> {
    const targets = new Map<StreamId, Map<ComponentId, GroupingSpec>>()
    for (const [id, spec] of Object.entries(this.#ports.plan.topology.components)) {
      for (const { component, stream, grouping } of spec.inputs) {
        if (component === this.component && !isSystemId(stream)) put(targets, stream, id, grouping)
      }
    }
    return targets
  }

  get sources(): ReadonlyMap<ComponentId, ReadonlyMap<StreamId, GroupingSpec>> {
    const sources = new Map<ComponentId, Map<StreamId, GroupingSpec>>()
    for (const { component, stream, grouping } of this.#ports.plan.topology.components[this.component]!.inputs) {
      if (!isSystemId(stream)) put(sources, component, stream, grouping)
    }
    return sources
  }

  now(): number {
    return this.#ports.clock.now()
  }

  date(): number {
    const { clock } = this.#ports
    return clock.date?.() ?? clock.now()
  }

  after(ms: number, callback: () => void): () => void {
    const { clock, onTurn } = this.#ports
    return clock.after(ms, () => {
      onTurn(this.task)
      callback()
      onTurn(0)
    })
  }

  wake(): void {
    this.#ports.wake()
  }

  random(): number {
    return this.#ports.random.next()
  }

  log(level: LogLevel, message: string): void {
    const root = this.#root()
    const place = { component: this.component, task: this.task, ...(root === undefined ? {} : { root }) }
    this.#ports.log({ level, message, ...place })
  }

  /** The root that this task has in hand, where it is one alone. */
  #root(): string | undefined {
    const { inHand, waiting } = this.#ports
    const known = this.states.inHand ?? waiting?.get(this.task)
    if (typeof known === 'object') return rootOf(known)
    return inHand === undefined || inHand[0] === 0 ? undefined : rootText(inHand[0]!, inHand[1]!)
  }

  resource<T>(name: string, create?: () => T): T {
    return this.#ports.resources.resource(name, create)
  }

  setResource(name: string, value: unknown): void {
    this.#ports.resources.setResource(name, value)
  }

  count(counter: string, by = 1): void {
    this.metrics.count(counter, by)
  }

  /** What it has counted by itself, and the runtime with it. */
  get named(): Readonly<Record<string, number>> {
    return this.metrics.counted
  }

  /** What the gauges are now; what a user has given reads them. */
  readGauges(): Record<string, number> {
    this.#ports.onTurn(this.task)
    const values = this.metrics.readGauges()
    this.#ports.onTurn(0)
    return values
  }

  addTaskHook(hook: TaskHook): void {
    this.hooks.push(hook)
  }

  state<K, V>(name: string, options?: StateOptions<V>): KeyValueState<K, V> {
    if (typeof name !== 'string' || name === '' || isSystemId(name))
      throw wrongArgument('the name of a state', name, 'a text that does not begin with two underscores', {
        code: 'BAD_ARGUMENT',
      })
    return this.states.state(name, options)
  }

  timers<K>(name: string, options?: Pick<StateOptions, 'settings'>): Timers<K> {
    if (!this.hasTimers)
      throw new TyphoonError('NO_METHOD', `"${this.component}" asks for timers, and lacks a method for them`, {
        where: { component: this.component },
        hint: 'give it onTimer',
      })
    return this.taskTimers.named(name, options)
  }

  fail(error: unknown): void {
    this.#ports.fatal(toProblem(error, 'COMPONENT_FAILED', { component: this.component, task: this.task }), error)
  }

  checkpoint(value: unknown): void {
    const characters = JSON.stringify(value)?.length ?? 0
    if (characters > MAX_CHECKPOINT_CHARACTERS) {
      const where = { component: this.component, task: this.task }
      throw new TyphoonError(
        'CHECKPOINT_TOO_LARGE',
        `a checkpoint has ${characters} characters; the limit is ${MAX_CHECKPOINT_CHARACTERS}`,
        { where },
      )
    }
    this.#ports.checkpoint(this.task, value)
  }
}

/** Undefined where the tuple is in no tree, or in several. */
function rootOf({ rootHigh, rootLow, more }: Tuple): string | undefined {
  return rootHigh === 0 || more !== undefined ? undefined : rootText(rootHigh, rootLow)
}

function put<A, B, C>(map: Map<A, Map<B, C>>, outer: A, inner: B, value: C): void {
  const entry = map.get(outer)
  if (entry === undefined) map.set(outer, new Map([[inner, value]]))
  else entry.set(inner, value)
}
