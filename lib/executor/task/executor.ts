/** What the run loop and the worker know of an executor; spouts and bolts have one for each of their tasks. */
import type { Problem } from '../../errors/typhoon-error.ts'
import { toProblem } from '../../errors/typhoon-error.ts'
import type { Counters } from '../../stats/counters.ts'
import type { FailedInputs } from '../../stats/failed-inputs.ts'
import type { HistogramData } from '../../stats/histogram.ts'
import type { SampledTimes } from '../../stats/sampled-times.ts'
import type { Backlog } from '../../topology/component/component.ts'
import { describeReason, type FailReason } from '../../topology/component/failure/fail-reason.ts'
import type { TaskHook } from '../../topology/component/task-context.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import type { Holdable } from './backpressure.ts'
import type { Emitter } from './emitter.ts'
import type { TaskInput } from './inbox.ts'
import type { ExecutorPorts } from './ports.ts'
import type { SampledKeys } from './sampled-keys.ts'
import type { Tracer } from './tracer.ts'

export interface Executor extends Holdable {
  readonly task: TaskId
  readonly component: ComponentId
  readonly inbox: TaskInput
  readonly counters: Counters
  readonly emitter: Emitter
  /**
   * How many of the tuples that it executed came of the time that passes, ticks and timers: a topology is at rest
   * though its bolts have those.
   */
  readonly ticks: number
  /** A turn: does at most `quota` pieces of work and returns how many it did. */
  run(quota: number): number
  /** Work that is begun and not finished, beside what waits in the inbox: promises that the component has returned. */
  readonly unsettled: number
  /** Roots in flight; 0 for a bolt. */
  readonly pending: number
  /** Where no tree is tracked: tuples that a bolt which acks by itself has neither acked nor failed. */
  readonly unacked?: number
  /** Of a spout that knows it: what it has not emitted of its input yet. Asking may be an effort. */
  readonly backlog?: Backlog | undefined
  latency(): HistogramData
  /** Of a bolt: how long it takes for its tuples. */
  readonly times?: SampledTimes
  /** Of a bolt: what it has failed. */
  readonly failedInputs?: FailedInputs
  /** Of a bolt with a fields grouping: which keys come to it. */
  readonly keys?: SampledKeys | undefined
  /** From now on this one follows whole trees; undefined: none are followed any more. */
  follow(tracer: Tracer | undefined): void
  /** Opens or prepares the component. Rejects with what it threw. */
  prepare(): Promise<void>
  close(): Promise<void>
}

/** A task and its component, for errors. */
type TaskPlace = Pick<Executor, 'task' | 'component'>

/** Calls a hook of every observer; one that throws is reported and changes nothing else. */
export function observe(
  hooks: readonly TaskHook[],
  ports: ExecutorPorts,
  where: TaskPlace,
  call: (hook: TaskHook) => void,
): void {
  for (const hook of hooks) {
    try {
      call(hook)
    } catch (error) {
      ports.report(problemIn(where, error), error)
    }
  }
}

/** What a component threw, with its place. */
export function problemIn(
  { component, task }: TaskPlace,
  error: unknown,
  what: 'COMPONENT_FAILED' | 'EXECUTE_FAILED' = 'COMPONENT_FAILED',
): Problem {
  return toProblem(error, what, { component, task })
}

/** A root of a spout timed out. */
export function timedOut({ component, task }: TaskPlace, reason: FailReason, timeoutMs: number): Problem {
  const [holder] = reason.kind === 'timeout' ? reason.waitingFor : []
  return {
    code: 'ROOT_TIMED_OUT',
    message: `a tuple of "${component}" timed out: for ${timeoutMs / 1000} s no tuple of its tree was acked, and none was waiting for its turn (${describeReason(reason)})`,
    where: { component, task, ...(holder === undefined ? {} : { holder }) },
    hint: 'did a bolt forget to ack? If its execute takes longer, raise topology.message.timeout.secs, or call resetTimeout meanwhile',
  }
}
