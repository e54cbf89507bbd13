/** What a run tells whoever watches it. All are optional; none can change the run, but for the pace of `onOutput`. */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { LogRecord } from '../../messaging/control.ts'
import type { Incarnation, WorkerId } from '../../tuple/ids.ts'

/** Where a run is, see `life.ts`. Rebalancing: its workers are being replaced by those of another plan. */
export type RunStatus =
  | 'starting'
  | 'running'
  | 'rebalancing'
  | 'rolling-back'
  | 'finishing'
  | 'draining'
  | 'stopping'
  | 'done'

/** Callbacks, from the event loop of the nimbus. */
export interface RunEvents {
  onStatus?(status: RunStatus): void
  onLog?(record: LogRecord, worker: WorkerId): void
  /** An error that the run survives. @param times how often it has come; once unless given */
  onProblem?(problem: Problem, worker: WorkerId, stack?: string, times?: number): void
  onWorkerStarted?(worker: WorkerId, incarnation: Incarnation): void
  /**
   * @param how it ended, in words, and which component has ended it where that is known
   * @param stack of what ended it
   */
  onWorkerLost?(worker: WorkerId, incarnation: Incarnation, how: string, restartInMs: number, stack?: string): void
  /** A snapshot is complete: how long it has taken, and what it holds. */
  onSnapshot?(taken: { readonly snapshot: number; readonly durationMs: number; readonly bytes: number }): void
  /**
   * A line that a worker wrote by itself. Where a promise is returned, what comes behind it is not read before that
   * settles; nor is a run over before, unless it is stopped at once, or has been drained for as long as that may take.
   */
  onOutput?(line: string, worker: WorkerId, stream: 'stdout' | 'stderr'): Promise<void> | undefined
}
