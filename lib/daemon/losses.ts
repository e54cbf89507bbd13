/**
 * What a run does when a worker or a link between two of them is gone.
 *
 * The law: an inquest hears of a death before the other workers do, so that what these emit again is staged already.
 */
import type { Problem } from '../errors/typhoon-error.ts'
import type { DefinitionSource } from '../messaging/control.ts'
import { tasksIn } from '../scheduler/plan.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'
import type { Timers } from '../util/time/timers.ts'
import { blamesCode, deathOf, inquestBegins } from './inquest/findings.ts'
import type { Inquest } from './inquest/inquest.ts'
import type { LifeCycle } from './life/life-cycle.ts'
import { gaveUp } from './problems.ts'
import type { Recovery } from './recovery.ts'
import type { RunEvents } from './report/events.ts'
import type { Tally } from './report/report.ts'
import type { Rounds } from './rounds/rounds.ts'
import type { WorkerMessage } from './workers/from-worker.ts'
import { describeExit, type WorkerExit } from './workers/launcher.ts'
import type { Roster } from './workers/roster.ts'
import type { Silence } from './workers/silence.ts'
import type { Supervisor } from './workers/supervisor.ts'

/** A link that broke because its peer died is seen before the death is. */
const LINK_GRACE_MS = 200

/** The parts of a run that have to do with losses. */
export interface LossParts {
  readonly events: RunEvents
  readonly life: LifeCycle
  readonly roster: Roster
  readonly silence: Silence
  readonly supervisor: Supervisor
  readonly inquest: Inquest
  readonly tally: Tally
  readonly timers: Timers
  /** Where a tuple is atomic. */
  readonly recovery: Recovery | undefined
  /** Where snapshots are taken. */
  readonly rounds: Rounds | undefined
  readonly source: DefinitionSource
  /** The run cannot go on. */
  fail(problem: Problem): void
}

export class Losses {
  readonly #run: LossParts

  constructor(run: LossParts) {
    this.#run = run
  }

  /** @param restartInMs undefined: it is not started again */
  workerDied(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit, restartInMs: number | undefined): void {
    const { life, roster, silence, tally, inquest, recovery, rounds, events, source } = this.#run
    const isStarting = life.phase === 'starting'
    roster.died(worker)
    silence.forget(worker)
    tally.lost(worker, exit.tasks)
    if (restartInMs === undefined || exit.badOption !== undefined) {
      this.#run.fail(gaveUp(worker, incarnation, exit, isStarting, source))
      return
    }
    events.onWorkerLost?.(worker, incarnation, describeExit(exit), restartInMs)
    if (recovery !== undefined) {
      recovery.rollBack(restartInMs)
      return
    }
    if (!isStarting) this.#inquire(worker, exit)
    if (inquest.blamesCode) this.#run.fail(blamesCode(worker, incarnation, exit))
    rounds?.lost(worker)
    roster.broadcast({ type: 'lost', worker })
    roster.tellSilent(silence)
    life.on('lost')
  }

  /** A worker has ended that was asked to stop, or was killed because it did not. */
  workerLeft(worker: WorkerId, exit: WorkerExit): void {
    const { roster, silence, tally, events } = this.#run
    const { stopped } = roster.died(worker)
    silence.forget(worker)
    if (exit.problem !== undefined) events.onProblem?.(exit.problem, worker)
    if (!stopped) tally.lost(worker, exit.tasks)
  }

  /**
   * What was on the link may be lost, so all that is in flight fails. Of a peer that died there is more to say than
   * this.
   */
  linkLost(
    worker: WorkerId,
    { peer, incarnation, problem }: Extract<WorkerMessage, { readonly type: 'link-lost' }>,
  ): void {
    const { roster, timers, recovery, events } = this.#run
    if (recovery === undefined) roster.broadcast({ type: 'lost', worker: peer })
    else {
      recovery.suspect()
      timers.after(LINK_GRACE_MS, () => roster.isLinked(peer, incarnation) && recovery.rollBack(0))
    }
    const tell = (): void => {
      if (roster.isLinked(peer, incarnation)) events.onProblem?.(problem, worker)
    }
    if (problem.code === 'LINK_LOST') timers.after(LINK_GRACE_MS, tell)
    else events.onProblem?.(problem, worker)
  }

  #inquire(worker: WorkerId, exit: WorkerExit): void {
    const { roster, supervisor, inquest, events } = this.#run
    const suspicious = exit.wasBlocked === true || supervisor.diesAgain(worker)
    if (inquest.died(worker, tasksIn(roster.plan, worker), suspicious, deathOf(exit)))
      events.onLog?.({ level: 'warn', message: inquestBegins(worker) }, worker)
  }
}
