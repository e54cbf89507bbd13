/** Hooks to observe: Storm's ITaskHook and IWorkerHook. An exception in a hook is reported and changes nothing else. */
import type { StreamId, TaskId, WorkerId } from '../tuple/ids.ts'
import type { Tuple } from '../tuple/tuple.ts'
import type { ResolvedConfig } from './config.ts'
import type { FailReason } from './fail-reason.ts'
import type { TaskContext } from './task-context.ts'

/** Observes one task; add it with `context.addTaskHook` in `open` or `prepare`. */
export interface TaskHook {
  prepare?(context: TaskContext): void
  emit?(info: { stream: StreamId; values: readonly unknown[]; tasks: readonly TaskId[] }): void
  /** `latencyMs` is the time from emit to ack. */
  spoutAck?(info: { messageId: unknown; latencyMs: number }): void
  spoutFail?(info: { messageId: unknown; reason: FailReason }): void
  /** After the execution; `latencyMs` is the time that it took, its promise included. */
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
  start?(context: WorkerContext): void | Promise<void>
  shutdown?(): void | Promise<void>
}
