/** What a worker says, handed to that part of a run which it is for. */
import type { Problem } from '../errors/typhoon-error.ts'
import type { TaskId, WorkerId } from '../tuple/ids.ts'
import type { Inquest } from './inquest/inquest.ts'
import { hearWitness } from './inquest/staging-spouts.ts'
import type { EndOfInput } from './life/end-of-input.ts'
import type { LifeEvent } from './life/life.ts'
import type { Quiescence } from './life/quiescence.ts'
import type { RunEvents } from './report/events.ts'
import type { Tally } from './report/report.ts'
import type { Rounds } from './rounds/rounds.ts'
import type { WorkerMessage } from './workers/from-worker.ts'
import type { Known, Roster } from './workers/roster.ts'
import type { Silence } from './workers/silence.ts'

/** The parts of a run that hear of its workers. */
export interface Hearers {
  readonly events: RunEvents
  readonly roster: Roster
  readonly tally: Tally
  readonly quiescence: Quiescence
  readonly endOfInput: EndOfInput
  readonly inquest: Inquest
  readonly silence: Silence
  /** What each task asked to keep last. */
  readonly checkpoints: Map<TaskId, unknown>
  /** Where snapshots are taken. */
  readonly rounds: Rounds | undefined
  on(event: LifeEvent): void
  onReady(known: Known): void
  onLinkLost(worker: WorkerId, lost: Extract<WorkerMessage, { readonly type: 'link-lost' }>): void
  onFatal(problem: Problem, worker: WorkerId, stack?: string): void
}

export function hear(message: WorkerMessage, known: Known, run: Hearers): void {
  const { worker } = known
  switch (message.type) {
    case 'listening':
      known.address = message.address
      run.roster.sendMesh()
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
      run.tally.update(worker, message.snapshot)
      break
    case 'exhausted':
      known.exhausted = message.exhausted
      run.on(run.roster.allExhausted ? 'exhausted' : 'resumed')
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
      if (run.endOfInput.ended(worker, message.component)) run.on('ended')
      break
    case 'link-silent':
      run.silence.setLink(worker, message.peer, message.silent)
      break
    case 'link-lost':
      run.onLinkLost(worker, message)
      break
    case 'checkpoint':
      run.checkpoints.set(message.task, message.value)
      break
    case 'captured':
      run.rounds?.captured(worker, message.number, message.part)
      break
    case 'not-captured':
      run.rounds?.notCaptured(message.number, message.problem)
      break
    case 'committed':
      run.rounds?.committed(worker, message.number)
      break
    case 'problem':
      run.events.onProblem?.(message.problem, worker, message.stack, message.times)
      break
    case 'log':
      run.events.onLog?.(message.record, worker)
      break
    case 'fatal':
      run.onFatal(message.problem, worker, message.stack)
      break
  }
}
