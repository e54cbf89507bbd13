/** Whether this worker follows tuple trees now, and what the nimbus asks of them. */
import type { Following } from '../../executor/task/tracer.ts'
import type { FromWorker, ToWorker } from '../../messaging/control.ts'
import type { Clock } from '../../util/time/clock.ts'
import { RootTracer } from './root-tracer.ts'

/** What the nimbus says of it. */
export type TracingOrder = Extract<ToWorker, { readonly type: 'follow-roots' | 'follow-next' | 'spans' }>

/** What it needs. */
export interface RootTracingPorts {
  readonly clock: Clock
  send(message: Extract<FromWorker, { readonly type: 'followed' | 'spans' }>): void
}

/** Roots that are told of in a second; what has failed beyond them is found by its id. */
const MOST_PER_SECOND = 10

export class RootTracing {
  readonly #following: Following
  readonly #ports: RootTracingPorts
  #mask: number | null = null
  #tracer: RootTracer | undefined
  #toldSince = Number.NEGATIVE_INFINITY
  #told = 0

  /** @param following of the executors @param mask of the roots that are followed from the start; null: none */
  constructor(following: Following, mask: number | null, ports: RootTracingPorts) {
    this.#following = following
    this.#ports = ports
    this.#follow(mask)
  }

  obey(order: TracingOrder): void {
    switch (order.type) {
      case 'follow-roots':
        if (order.mask !== this.#mask) this.#follow(order.mask)
        break
      case 'follow-next':
        if (order.on) this.#tracer?.wantNext()
        else this.#tracer?.leaveNext()
        break
      case 'spans': {
        const found = order.roots.flatMap((root) => this.#tracer?.spansOf(root) ?? [])
        this.#ports.send({ type: 'spans', round: order.round, roots: found })
        break
      }
    }
  }

  /** What was recorded before is forgotten: of other roots not all was. */
  #follow(mask: number | null): void {
    this.#mask = mask
    if (mask === null) {
      this.#tracer = undefined
      this.#following.end()
      return
    }
    this.#tracer = new RootTracer(this.#following, this.#ports.clock, (told) => {
      if (told.isNext || this.#mayTell()) this.#ports.send({ type: 'followed', ...told })
    })
    this.#following.begin(mask, this.#tracer)
  }

  #mayTell(): boolean {
    const now = this.#ports.clock.now()
    if (now - this.#toldSince >= 1000) {
      this.#toldSince = now
      this.#told = 0
    }
    return ++this.#told <= MOST_PER_SECOND
  }
}
