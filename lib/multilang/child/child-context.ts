/**
 * What a task in a child process can know of itself and its topology: what the handshake says. Of other components it
 * knows the tasks, and the fields of those that it subscribes to; it does not know its worker. Counters and checkpoints
 * have no place in the protocol: they stay here.
 */
import {
  CONFIG_KEYS,
  type ConfigMap,
  Fields,
  type KeyValueState,
  type LogLevel,
  type ResolvedConfig,
  type StateOptions,
  type TaskContext,
  type TaskHook,
  TyphoonError,
} from '../../index.ts'
import type { TaskStates } from '../../state/task-states.ts'
import type { ContextJson, GroupingJson, Handshake } from '../wire/messages.ts'
import { ChildMetrics } from './child-metrics.ts'
import type { Output } from './output.ts'
import { type AskedState, type AsksForState, askedOf, type StateRequests } from './states.ts'

type GroupingOf<M> = M extends ReadonlyMap<string, ReadonlyMap<string, infer G>> ? G : never
type GroupingSpec = GroupingOf<TaskContext['targets']>

/** What a child has of the outside. */
export interface ChildPorts {
  readonly codeDir: string
  now(): number
  date(): number
  after(ms: number, callback: () => void): () => void
  random(): number
  readonly states: StateRequests
  /** The states that the child keeps by itself; undefined: its parent has them. */
  readonly ownStates?: TaskStates
}

export class ChildContext implements TaskContext, AsksForState {
  readonly topology: string
  readonly component: string
  readonly task: number
  readonly taskIndex: number
  /** The protocol tells neither. */
  readonly worker = 1
  readonly run = ''
  readonly codeDir: string
  readonly config: ResolvedConfig
  readonly taskToComponent: ReadonlyMap<number, string>
  readonly targets: ReadonlyMap<string, ReadonlyMap<string, GroupingSpec>>
  readonly sources: ReadonlyMap<string, ReadonlyMap<string, GroupingSpec>>
  /** A child begins anew, whatever its forerunner has kept. */
  readonly checkpointed = undefined
  readonly prepared = undefined
  readonly preparedAtEnd = false
  /** The parent is Typhoon: what Storm's protocol does not have may be said. */
  readonly isTyphoon: boolean
  readonly metrics: ChildMetrics
  readonly #output: Output
  readonly #ports: ChildPorts
  readonly #streams: ReadonlyMap<string, ReadonlyMap<string, Fields>>
  readonly #resources = new Map<string, unknown>()
  readonly #counts = new Map<string, number>()
  readonly #hooks: TaskHook[] = []

  /** @param ownConfig of the component itself; it overrides a key that the parent has left at its default */
  constructor({ conf, context }: Handshake, ownConfig: ConfigMap, output: Output, ports: ChildPorts) {
    this.isTyphoon = conf['typhoon.version'] !== undefined
    this.topology = String(conf['topology.name'] ?? '')
    this.component = context.componentid
    this.task = context.taskid
    this.codeDir = ports.codeDir
    this.config = resolve(conf, ownConfig)
    this.taskToComponent = new Map(
      Object.entries(context['task->component']).map(([task, component]) => [Number(task), component]),
    )
    this.taskIndex = this.tasksOf().indexOf(this.task)
    this.targets = groupings(context['stream->target->grouping'])
    this.sources = groupings(context['source->stream->grouping'])
    this.#streams = streams(context)
    this.#output = output
    this.#ports = ports
    this.metrics = new ChildMetrics((name, value) => {
      if (this.isTyphoon) this.metric(name, value)
    })
  }

  tasksOf(component: string = this.component): readonly number[] {
    const tasks = [...this.taskToComponent].filter(([, name]) => name === component).map(([task]) => task)
    return tasks.sort((a, b) => a - b)
  }

  componentOf(task: number): string | undefined {
    return this.taskToComponent.get(task)
  }

  /** The protocol does not tell it. */
  workerOf(): undefined {
    return undefined
  }

  /** The protocol has no word for it: the error is shown, and nothing ends. */
  fail(error: unknown): void {
    this.#output.error(error)
  }

  streamsOf(component: string): ReadonlyMap<string, Fields> {
    return this.#streams.get(component) ?? new Map()
  }

  now(): number {
    return this.#ports.now()
  }

  date(): number {
    return this.#ports.date()
  }

  after(ms: number, callback: () => void): () => void {
    return this.#ports.after(ms, callback)
  }

  /** The parent asks when it wants to. */
  wake(): void {}

  random(): number {
    return this.#ports.random()
  }

  log(level: LogLevel, message: string): void {
    this.#output.log(level, message)
  }

  resource<T>(name: string, create?: () => T): T {
    if (!this.#resources.has(name) && create !== undefined) this.#resources.set(name, create())
    return this.#resources.get(name) as T
  }

  setResource(name: string, value: unknown): void {
    this.#resources.set(name, value)
  }

  /**
   * Kept for the log. A metric is another thing: one that its parent does not know ends a bolt under Storm, see
   * `sendMetric`.
   */
  count(counter: string, by = 1): void {
    this.#counts.set(counter, (this.#counts.get(counter) ?? 0) + by)
  }

  addTaskHook(hook: TaskHook): void {
    this.#hooks.push(hook)
  }

  checkpoint(): void {}

  /** @throws NOT_IN_A_CHILD where its parent has them, and answers later */
  state<K, V>(name: string, options?: StateOptions<V>): KeyValueState<K, V> {
    const { ownStates } = this.#ports
    if (ownStates !== undefined) return ownStates.state(name, options)
    throw new TyphoonError('NOT_IN_A_CHILD', 'a child process has no state at hand: its parent has it', {
      hint: 'use stateOf(context, name) of typhoon/multilang, whose values are promises',
    })
  }

  askedState(name: string): AskedState {
    const { ownStates, states } = this.#ports
    return ownStates === undefined ? states.state(name, this.#output) : askedOf(ownStates.state(name))
  }

  /** @throws NOT_IN_A_CHILD */
  timers(): never {
    throw new TyphoonError('NOT_IN_A_CHILD', 'a child process has no timers that last', {
      hint: 'set them in a bolt that runs in a worker, or use context.after',
    })
  }

  /** Sends a metric to the parent, which must know its name. */
  metric(name: string, params: unknown): void {
    this.#output.send({ command: 'metrics', name, params })
  }

  /** Calls the hooks; one that throws is reported and changes nothing else. Hot. */
  observe(call: (hook: TaskHook) => void): void {
    for (const hook of this.#hooks) {
      try {
        call(hook)
      } catch (error) {
        this.#output.error(error)
      }
    }
  }

  /** Writes the counters into the log. */
  logCounts(): void {
    if (this.#counts.size > 0)
      this.log('debug', `counted ${[...this.#counts].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  }
}

/**
 * Sends a metric: in a child process to its parent, which must have it registered (`metrics` of a ShellBolt or
 * ShellSpout; under Storm an unknown one ends the bolt); in a worker it is a counter.
 */
export function sendMetric(context: TaskContext, name: string, by = 1): void {
  const child = context as Partial<ChildContext> & TaskContext
  if (child.metric !== undefined) child.metric(name, by)
  else context.count(name, by)
}

/** A parent that is Typhoon has filled in the defaults; one that is Storm does not know our keys. */
function resolve(conf: ConfigMap, own: ConfigMap): ResolvedConfig {
  const config: Record<string, unknown> = { ...conf }
  const defaults = Object.entries(CONFIG_KEYS).map(([name, key]) => [name, key.default] as const)
  for (const [name, value] of defaults) config[name] ??= value
  const byDefault = new Map<string, unknown>(defaults)
  for (const [name, value] of Object.entries(own)) {
    if (config[name] === undefined || config[name] === byDefault.get(name)) config[name] = value
  }
  return config as ResolvedConfig
}

function streams(context: ContextJson): ReadonlyMap<string, ReadonlyMap<string, Fields>> {
  const byComponent = {
    ...context['source->stream->fields'],
    [context.componentid]: context['stream->outputfields'] ?? {},
  }
  return nested(byComponent, (names) => new Fields(names))
}

function groupings(json: Readonly<Record<string, Readonly<Record<string, GroupingJson>>>>) {
  return nested(json, ({ type, fields }) => {
    const name = type.toLowerCase().replaceAll('_', '-')
    return (fields === undefined ? { type: name } : { type: name, fields }) as GroupingSpec
  })
}

/** Two levels of objects as maps; where a parent leaves one out, it is empty. */
function nested<V, T>(
  json: Readonly<Record<string, Readonly<Record<string, V>>>> | undefined,
  turn: (value: V) => T,
): ReadonlyMap<string, ReadonlyMap<string, T>> {
  return new Map(
    Object.entries(json ?? {}).map(([outer, inner]) => [
      outer,
      new Map(Object.entries(inner).map(([key, value]) => [key, turn(value)])),
    ]),
  )
}
