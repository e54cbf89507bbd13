/**
 * What a run does when a worker or a link between two of them is gone.
 *
 * The law: an inquest hears of a death before the other workers do, so that what these emit again is staged already.
 */
import type { Blocked } from '../messaging/control.ts'
import { tasksIn } from '../scheduler/plan.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'
import { blamesCode, deathOf, inquestBegins } from './inquest/findings.ts'
import { gaveUp, lackOf } from './problems.ts'
import type { RunParts } from './run-parts.ts'
import type { WorkerMessage } from './workers/from-worker.ts'
import { describeExit, type WorkerExit } from './workers/launcher.ts'

/** A link that broke because its peer died is seen before the death is. */
const LINK_GRACE_MS = 200

/** @param restartInMs undefined: it is not started again */
export function workerDied(
  run: RunParts,
  worker: WorkerId,
  incarnation: Incarnation,
  exit: WorkerExit,
  restartInMs: number | undefined,
): void {
  const { life, roster, silence, totals, inquest, recovery, rounds, events, source } = run
  const isStarting = life.phase === 'starting'
  roster.died(worker)
  silence.forget(worker)
  run.followed.died(worker)
  run.profiles.gone(worker)
  totals.lost(worker, exit.tasks)
  if (restartInMs === undefined || exit.badOption !== undefined) {
    run.fail(gaveUp(worker, incarnation, exit, isStarting, source))
    return
  }
  const lack = lackOf(worker, exit)
  if (lack !== undefined) events.onProblem?.(lack, worker)
  events.onWorkerLost?.(worker, incarnation, describeExit(exit), restartInMs, exit.stack)
  if (recovery !== undefined) {
    if (exit.ofHost === true) recovery.rollBack(restartInMs)
    else recovery.died(worker, incarnation, exit, isStarting, restartInMs)
    return
  }
  if (!isStarting) inquire(run, worker, exit)
  if (inquest.blamesCode) run.fail(blamesCode(worker, incarnation, exit))
  rounds?.lost(worker)
  roster.broadcast({ type: 'lost', worker })
  roster.tellSilent(silence)
  life.on('lost')
}

function inquire({ roster, supervisor, inquest, events }: RunParts, worker: WorkerId, exit: WorkerExit): void {
  const suspicious = exit.ofHost !== true && (exit.wasBlocked === true || supervisor.diesAgain(worker))
  if (inquest.died(worker, tasksIn(roster.plan, worker), suspicious, deathOf(exit)))
    events.onLog?.({ level: 'warn', message: inquestBegins(worker) }, worker)
}

/** The event loop of a worker is blocked; where that ends it, the tuple that it has in hand is to blame. */
export function workerBlocked(
  { silence, totals, inquest }: RunParts,
  worker: WorkerId,
  { how, ends, root, tasks }: Blocked,
): void {
  silence.setBlocked(worker)
  totals.counted(worker, tasks)
  if (ends && root !== undefined) inquest.accuse(root, { worker, how, own: true })
}

/** A worker has ended that was asked to stop, or was killed because it did not. */
export function workerLeft(run: RunParts, worker: WorkerId, exit: WorkerExit): void {
  const { roster, silence, totals, events } = run
  const { stopped } = roster.died(worker)
  silence.forget(worker)
  run.profiles.gone(worker)
  if (exit.problem !== undefined) events.onProblem?.(exit.problem, worker)
  if (!stopped) totals.lost(worker, exit.tasks)
}

/**
 * What was on the link may be lost, so all that is in flight fails, for the end of it that was not heard. Of a peer
 * that died there is more to say than this.
 */
export function linkLost(
  { roster, timers, recovery, events }: RunParts,
  worker: WorkerId,
  { peer, incarnation, problem }: Extract<WorkerMessage, { readonly type: 'link-lost' }>,
): void {
  if (recovery === undefined)
    roster.broadcast({ type: 'lost', worker: problem.where.worker === worker ? worker : peer })
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
