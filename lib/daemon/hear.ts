/** What a worker says, handed to that part of a run which it is for. */
import type { ToWorker } from '../messaging/control.ts'
import type { Plan } from '../scheduler/plan.ts'
import type { WorkerSnapshot } from '../stats/snapshot.ts'
import type { WorkerId } from '../tuple/ids.ts'
import { hearWitness } from './inquest/staging-spouts.ts'
import { linkLost } from './losses.ts'
import type { RunParts } from './run-parts.ts'
import type { WorkerMessage } from './workers/from-worker.ts'
import type { Known } from './workers/roster.ts'

export function hear(message: WorkerMessage, known: Known, run: RunParts): void {
  const { worker } = known
  switch (message.type) {
    case 'listening':
      began(message.address, known, run)
      break
    case 'here':
      adopted(message, known, run)
      break
    case 'preparing':
      known.preparing = message.task
      break
    case 'ready':
      run.onReady(known)
      break
    case 'alive':
      if (known.ready) run.roster.send(known, { type: 'heard' })
      break
    case 'snapshot':
    case 'stopped':
      known.stopped = message.type === 'stopped'
      counted(worker, message.snapshot, run)
      break
    case 'exhausted':
      known.exhausted = message.exhausted
      run.life.on(run.roster.allExhausted ? 'exhausted' : 'resumed')
      break
    case 'probed':
      run.quiescence.answer(worker, message)
      break
    case 'staged':
    case 'sent':
    case 'settled':
    case 'condemned':
    case 'pong':
      hearWitness(run.inquest, worker, message)
      break
    case 'ended':
      if (run.endOfInput.ended(worker, message.component)) run.life.on('ended')
      break
    case 'link-silent':
      run.silence.setLink(worker, message.peer, message.silent)
      break
    case 'link-lost':
      linkLost(run, worker, message)
      break
    case 'checkpoint':
      run.checkpoints.set(message.task, message.value)
      break
    case 'captured':
    case 'not-captured':
    case 'committed':
      hearOfSnapshot(message, worker, run)
      break
    case 'problem':
      tell(message, worker, run)
      break
    case 'log':
      run.events.onLog?.(message.record, worker)
      break
    case 'fatal':
      run.onFatal(message.problem, worker, message.stack)
      break
    default:
      hearForLookers(message, worker, run)
  }
}

type ForLookers = Extract<
  WorkerMessage,
  { readonly type: 'tapped' | 'followed' | 'spans' | 'profiled' | 'profile-over' }
>

/** For whoever looks at single tuples, or into a worker. */
function hearForLookers(message: ForLookers, worker: WorkerId, { taps, followed, profiles }: RunParts): void {
  if (message.type === 'tapped') taps.heard(worker, message)
  else if (message.type === 'followed' || message.type === 'spans') followed.heard(worker, message)
  else profiles.heard(worker, message)
}

function tell({ problem, stack, times }: Reported, worker: WorkerId, { events, failingSinks }: RunParts): void {
  events.onProblem?.(failingSinks.told(problem, worker, times), worker, stack, times)
}

function counted(worker: WorkerId, snapshot: WorkerSnapshot, { totals, lateTuples }: RunParts): void {
  totals.update(worker, snapshot)
  lateTuples.check(snapshot)
}

type Reported = Extract<WorkerMessage, { readonly type: 'problem' }>
type OfSnapshot = Extract<WorkerMessage, { readonly type: 'captured' | 'not-captured' | 'committed' }>

function hearOfSnapshot(message: OfSnapshot, worker: WorkerId, { rounds }: RunParts): void {
  if (message.type === 'captured') rounds?.captured(worker, message.number, message.part)
  else if (message.type === 'not-captured')
    rounds?.notCaptured(message.number, { ...message.problem, where: { worker, ...message.problem.where } })
  else rounds?.committed(worker, message.number)
}

function began(address: string, known: Known, run: RunParts): void {
  listens(address, known, run)
  run.roster.sendMesh()
}

function listens(address: string, known: Known, run: RunParts): void {
  known.address = address
  // What was said since it was assigned has not reached it.
  if (known.logLevels !== run.logLevels.all) run.roster.send(known, { type: 'log-levels', levels: run.logLevels.all })
  if (run.taps.all.length > 0 || known.isAdopted) run.roster.send(known, { type: 'taps', taps: run.taps.all })
  for (const order of run.followed.orders(known.isAdopted)) run.roster.send(known, order as ToWorker<Plan>)
}

/** A worker that has outlived its nimbus has come over. */
function adopted(message: Extract<WorkerMessage, { readonly type: 'here' }>, known: Known, run: RunParts): void {
  if (!known.isAdopted || known.ready) return
  listens(message.address, known, run)
  run.roster.send(known, { type: 'trials', on: false })
  known.exhausted = message.exhausted
  run.rounds?.met(message)
  // What is done once must not be done again, and what may be lost must be.
  if ((message.lost.length > 0 || message.hasEnded) && run.recovery !== undefined) {
    run.recovery.rollBack(0)
    return
  }
  for (const peer of message.lost) run.roster.lostBefore.add(peer)
  run.onReady(known)
}
