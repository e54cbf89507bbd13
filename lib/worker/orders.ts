/** What the nimbus says to a worker, checked where it enters: by its shape, and that it comes when it can be obeyed. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { parseToWorker, type ToWorker } from '../messaging/control.ts'
import { decodeFrame } from '../messaging/frames.ts'
import type { Plan } from '../scheduler/plan.ts'

/** What may come before the worker listens. `stop` may come at any time. */
const BEFORE: readonly ToWorker['type'][] = ['restore', 'assign']

export class Orders {
  /** It has no assignment yet, prepares for it, or has its plan and listens. */
  #progress: 'new' | 'assigned' | 'listening' = 'new'

  /** @throws BAD_FRAME where it is not a message that the nimbus may send to a worker which is so far */
  read(bytes: Uint8Array): ToWorker<Plan> {
    const frame = decodeFrame(bytes)
    if (frame.kind !== 'control') throw new TyphoonError('BAD_FRAME', `a ${frame.kind} frame came from the nimbus`)
    const message = parseToWorker<Plan>(frame.message)
    const wanted = BEFORE.includes(message.type) ? 'new' : 'listening'
    if (message.type !== 'stop' && this.#progress !== wanted)
      throw new TyphoonError('BAD_FRAME', `a "${message.type}" came to a worker that is ${this.#progress}`)
    if (message.type === 'assign') this.#progress = 'assigned'
    return message
  }

  /** From now on the worker has what its orders are about. */
  listening(): void {
    this.#progress = 'listening'
  }
}
