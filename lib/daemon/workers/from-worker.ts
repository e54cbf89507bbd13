/**
 * What a worker says to the nimbus, checked where it enters: by its shape, and that it is about tasks, components and
 * workers that there are.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { type FromWorker, parseFromWorker } from '../../messaging/control.ts'
import { decodeFrame } from '../../messaging/frames.ts'
import type { Plan } from '../../scheduler/plan.ts'
import { isWorkerPart, type WorkerPart } from '../../snapshots/manifest.ts'
import { isWorkerSnapshot, type WorkerSnapshot } from '../../stats/snapshot.ts'
import type { TaskId, WorkerId } from '../../tuple/ids.ts'

/** A message of a worker, as far as the nimbus understands it. */
export type WorkerMessage = FromWorker<WorkerSnapshot, WorkerPart>

/** @param worker who says it @throws BAD_FRAME where it is not a message that this worker may send */
export function readWorkerMessage(bytes: Uint8Array, worker: WorkerId, plan: Plan): WorkerMessage {
  const frame = decodeFrame(bytes)
  if (frame.kind !== 'control') throw new TyphoonError('BAD_FRAME', `a ${frame.kind} frame came from worker ${worker}`)
  const message = parseFromWorker<WorkerSnapshot, WorkerPart>(frame.message)
  if (isAbout(message, worker, plan)) return message
  throw new TyphoonError('BAD_FRAME', `worker ${worker} sent a "${message.type}" about something that does not exist`)
}

function isAbout(message: WorkerMessage, worker: WorkerId, plan: Plan): boolean {
  const isMine = (task: TaskId): boolean => plan.tasks[task - 1]?.worker === worker
  switch (message.type) {
    case 'snapshot':
    case 'stopped':
      return (
        isWorkerSnapshot(message.snapshot) &&
        [...message.snapshot.tasks, ...(message.snapshot.commits ?? [])].every(
          ({ task, component }) => isMine(task) && plan.tasks[task - 1]!.component === component,
        )
      )
    case 'preparing':
      return message.task === 0 || isMine(message.task)
    case 'checkpoint':
    case 'staged':
    case 'sent':
    case 'settled':
    case 'condemned':
      return isMine(message.task)
    case 'captured':
      return isWorkerPart(message.part)
    case 'link-lost':
    case 'link-silent':
      return plan.workers.some(({ worker }) => worker === message.peer)
    case 'ended':
      return Object.hasOwn(plan.topology.components, message.component)
    default:
      return true
  }
}
