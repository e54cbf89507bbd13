/** Whether this worker follows tuple trees now, and what the nimbus asks of them. */
import type { Executor } from '../../executor/task/executor.ts'
import type { FromWorker, ToWorker } from '../../messaging/control.ts'
import type { TaskId } from '../../tuple/ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import type { Clock } from '../../util/time/clock.ts'
import { RootTracer, type Told } from './root-tracer.ts'

/** What the nimbus says of it. */
export type TracingOrder = Extract<ToWorker, { readonly type: 'follow-roots' | 'follow-next' | 'tell-acked' | 'spans' }>

/** What it needs. */
export interface RootTracingPorts {
  readonly clock: Clock
  send(message: Extract<FromWorker, { readonly type: 'followed' | 'spans' }>): void
}

/** Roots that are told of in a second; what has failed beyond them is found by its id. */
const MOST_PER_SECOND = { failed: 10, acked: 50, emitted: 10 }

export class RootTracing {
  readonly #executors: readonly Executor[]
  readonly #ports: RootTracingPorts
  #mask: number | null = null
  #tracer: RootTracer | undefined
  #tellsAcked = false
  #toldSince = Number.NEGATIVE_INFINITY
  #told = { failed: 0, acked: 0, emitted: 0 }

  /** @param mask of the roots that are followed from the start; null: none */
  constructor(executors: readonly Executor[], mask: number | null, ports: RootTracingPorts) {
    this.#executors = executors
    this.#ports = ports
    this.#follow(mask)
  }

  /** A tuple has come from another worker. Hot. */
  came(target: TaskId, tuple: Tuple): void {
    const tracer = this.#tracer
    if (tracer?.has(tuple.rootLow) === true) tracer.arrived(target, tuple)
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
      case 'tell-acked':
        this.#tellsAcked = order.on
        if (this.#tracer !== undefined) this.#tracer.tellsAcked = order.on
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
    this.#tracer =
      mask === null
        ? undefined
        : new RootTracer(mask, this.#ports.clock, (told) => {
            if (told.isNext || this.#mayTell(told.state)) this.#ports.send({ type: 'followed', ...told })
          })
    if (this.#tracer !== undefined) this.#tracer.tellsAcked = this.#tellsAcked
    for (const executor of this.#executors) executor.follow(this.#tracer)
  }

  #mayTell(state: Told['state']): boolean {
    const now = this.#ports.clock.now()
    if (now - this.#toldSince >= 1000) {
      this.#toldSince = now
      this.#told = { failed: 0, acked: 0, emitted: 0 }
    }
    return ++this.#told[state] <= MOST_PER_SECOND[state]
  }
}
