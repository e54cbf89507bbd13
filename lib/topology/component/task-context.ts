/**
 * What a task can know of itself and its topology, Storm's TopologyContext; and hooks to observe tasks and workers, its
 * ITaskHook and IWorkerHook. An exception in a hook is reported and changes nothing else.
 */
import type { Fields } from '../../tuple/fields.ts'
import type { ComponentId, StreamId, TaskId, WorkerId } from '../../tuple/ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import type { LogLevel } from '../../util/log-levels.ts'
import type { ResolvedConfig } from '../config/config.ts'
import type { GroupingSpec } from '../topology.ts'
import type { FailReason } from './failure/fail-reason.ts'
import type { KeyValueState, StateOptions } from './state.ts'
import type { TaskMetrics } from './task-metrics.ts'
import type { Timers } from './timers.ts'

export type { LogLevel }

/** What a task can know and ask of the runtime; given to `open` and `prepare`. */
export interface TaskContext {
  readonly topology: string
  /** The name of this run: the same in all its workers, and another one for each run. */
  readonly run: string
  readonly component: ComponentId
  readonly task: TaskId
  /** Number of this task among those of its component, from 0 up. */
  readonly taskIndex: number
  readonly worker: WorkerId
  /** Folder of the topology's file, absolute. */
  readonly codeDir: string
  /** The configuration of this component, with its defaults. */
  readonly config: ResolvedConfig
  /** The tasks of a component, in ascending order; of this one where none is named. */
  tasksOf(component?: ComponentId): readonly TaskId[]
  componentOf(task: TaskId): ComponentId | undefined
  /** The worker that a task lives in. */
  workerOf(task: TaskId): WorkerId | undefined
  /** All tasks of the topology with their components; the runtime's own too. */
  readonly taskToComponent: ReadonlyMap<TaskId, ComponentId>
  /** The streams of a component, with their fields. */
  streamsOf(component: ComponentId): ReadonlyMap<StreamId, Fields>
  /** Who subscribes to this component: stream → component → grouping. */
  readonly targets: ReadonlyMap<StreamId, ReadonlyMap<ComponentId, GroupingSpec>>
  /** What this component subscribes to: source → stream → grouping. */
  readonly sources: ReadonlyMap<ComponentId, ReadonlyMap<StreamId, GroupingSpec>>
  /** Milliseconds, monotonic; simulated in tests. */
  now(): number
  /** Milliseconds since 1970, for what has a date; may be set back. Simulated in tests, where it is `now`. */
  date(): number
  /** Calls back later, from the task's own event loop; simulated in tests. Returns what cancels it. */
  after(ms: number, callback: () => void): () => void
  /**
   * Something has come that `nextTuple` can emit: it is called in the next turn. A spout that brings nothing is asked
   * less and less often, in the end forty times a second; one that hears of its input by itself calls this.
   */
  wake(): void
  /** Uniform in [0, 1); from a printed seed in tests. */
  random(): number
  /** Logs a line, unless it is below the level that is wanted: `topology.log.level`, or what `log-level` has set. */
  log(level: LogLevel, message: string): void
  /** Something shared by all tasks of this worker: made at the first call. A worker hook can have set it. */
  resource<T>(name: string, create?: () => T): T
  setResource(name: string, value: unknown): void
  /** What the component measures by itself. */
  readonly metrics: TaskMetrics
  /**
   * Adds to a counter of `metrics`, which shows in the run's summary; the runtime's own are in `tuple/system-ids.ts`.
   */
  count(counter: string, by?: number): void
  addTaskHook(hook: TaskHook): void
  /**
   * The state of this task with that name; to be asked for in `prepare`. With `topology.guarantee: exactly-once` it
   * holds what the snapshot holds that the run goes on from, and what an execution writes takes effect with what it
   * emits, or not at all.
   */
  state<K = any, V = any>(name: string, options?: StateOptions<V>): KeyValueState<K, V>
  /**
   * The timers of this task with that name, which a bolt asks for in `prepare`; they come to its `onTimer`.
   * @param options of them as of a state: which settings they were set by
   * @throws NO_METHOD where it has none
   */
  timers<K = any>(name: string, options?: Pick<StateOptions, 'settings'>): Timers<K>
  /** What `prepareCommit` has returned at the snapshot that the run goes on from; undefined where there was none. */
  readonly prepared: unknown
  /**
   * Whether that snapshot was the last one of a run whose input had ended: what was written outside after it, others
   * have written. Before this run writes anything it has taken a snapshot of its own.
   */
  readonly preparedAtEnd: boolean
  /** The topology cannot go on: it ends, with this as the reason. */
  fail(error: unknown): void
  /**
   * Asks the runtime to keep a small JSON value for this task. A task whose worker was restarted finds the latest one
   * that got through in `checkpointed`. It may be a moment old, never newer than what was passed.
   * @throws CHECKPOINT_TOO_LARGE over 1 MiB of JSON
   */
  checkpoint(value: unknown): void
  readonly checkpointed: unknown
}

/** Observes one task; add it with `context.addTaskHook` in `open` or `prepare`. */
export interface TaskHook {
  prepare?(context: TaskContext): void
  emit?(info: { stream: StreamId; values: readonly unknown[]; tasks: readonly TaskId[] }): void
  /** `latencyMs` is the time from emit to ack. */
  spoutAck?(info: { messageId: unknown; latencyMs: number }): void
  spoutFail?(info: { messageId: unknown; reason: FailReason }): void
  /** Called after the execution; `latencyMs` is the time that it took, its promise included. */
  boltExecute?(info: { tuple: Tuple; latencyMs: number }): void
  boltAck?(info: { tuple: Tuple }): void
  boltFail?(info: { tuple: Tuple; error: unknown }): void
  cleanup?(): void
}

/** What a worker hook gets: the worker's number, and the resources that its tasks share. */
export interface WorkerContext {
  readonly topology: string
  readonly worker: WorkerId
  readonly config: ResolvedConfig
  resource<T>(name: string, create?: () => T): T
  setResource(name: string, value: unknown): void
}

/** Runs once in every worker, before the first task is prepared and after the last one was closed. */
export interface WorkerHook {
  start?(context: WorkerContext): void | Promise<unknown>
  shutdown?(): void | Promise<unknown>
}
