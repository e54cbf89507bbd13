/** What a run consists of. Its parts are made once, in `make-parts.ts`; what it makes of them stands in `run.ts`. */
import type { Problem } from '../errors/typhoon-error.ts'
import type { DefinitionSource } from '../messaging/control.ts'
import type { ResolvedConfig } from '../topology/config/config.ts'
import type { TaskId, WorkerId } from '../tuple/ids.ts'
import type { Timers } from '../util/time/timers.ts'
import type { FailingSinks } from './failing-sinks.ts'
import type { FollowedRoots } from './followed-roots.ts'
import type { Inquest } from './inquest/inquest.ts'
import type { EndOfInput } from './life/end-of-input.ts'
import type { LifeCycle } from './life/life-cycle.ts'
import type { Quiescence } from './life/quiescence.ts'
import type { LogLevels } from './log-levels.ts'
import type { Profiles } from './profiles.ts'
import type { Recovery } from './recovery.ts'
import type { RunEvents } from './report/events.ts'
import type { LateTuples } from './report/late-tuples.ts'
import type { RunTotals } from './report/report.ts'
import type { Rounds } from './rounds/rounds.ts'
import type { Taps } from './taps.ts'
import type { Known, Roster } from './workers/roster.ts'
import type { Silence } from './workers/silence.ts'
import type { Supervisor } from './workers/supervisor.ts'

/** What the run itself does when a part has heard of something. */
export interface RunSide {
  /** All components of a worker are prepared. */
  onReady(known: Known): void
  /** A worker says that the run cannot go on. */
  onFatal(problem: Problem, worker: WorkerId, stack?: string): void
  /** A worker has ended that was not to be started again. */
  onLeft(): void
  /** Nothing is in flight. @param activity how much all workers have emitted and executed in their lives */
  onQuiet(activity: number): void
  /** The run cannot go on. */
  fail(problem: Problem): void
}

/** The parts of one run. */
export interface RunParts extends RunSide {
  readonly config: ResolvedConfig
  readonly source: DefinitionSource
  readonly events: RunEvents
  readonly timers: Timers
  readonly totals: RunTotals
  readonly lateTuples: LateTuples
  readonly failingSinks: FailingSinks
  readonly logLevels: LogLevels
  readonly taps: Taps
  readonly followed: FollowedRoots
  readonly profiles: Profiles
  readonly roster: Roster
  readonly life: LifeCycle
  readonly endOfInput: EndOfInput
  readonly supervisor: Supervisor
  readonly silence: Silence
  readonly quiescence: Quiescence
  readonly inquest: Inquest
  /** What each task asked to keep last. */
  readonly checkpoints: Map<TaskId, unknown>
  /** Where snapshots are taken. */
  readonly rounds: Rounds | undefined
  /** Where a tuple is atomic. */
  readonly recovery: Recovery | undefined
}
