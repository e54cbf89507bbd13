/** The taps of one worker: which there are, in which tasks they are, and that what they take is sent. */

import type { EmitTap } from '../../executor/task/emitter.ts'
import type { Executor } from '../../executor/task/executor.ts'
import type { FromWorker, TapWanted } from '../../messaging/control.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { isSystemId } from '../../tuple/system-ids.ts'
import type { TupleSource } from '../../tuple/tuple.ts'
import { TAP_INTERVAL_MS, Tap, type TapPorts, type Wanted } from './tap.ts'

/** What they need. */
export interface TapsPorts extends TapPorts {
  /** Calls back later, unless the worker has stopped. @returns cancels it */
  after(ms: number, call: () => void): () => void
  /** Bytes that wait to be sent to the nimbus. */
  waitingBytes(): number
  send(message: Extract<FromWorker, { readonly type: 'tapped' }>): void
}

/** What waits for a nimbus that is slow; then the tuples of an interval are counted, and not sent. */
const MOST_WAITING_BYTES = 1024 * 1024

export class Taps implements EmitTap {
  readonly #executors: readonly Executor[]
  readonly #ports: TapsPorts
  #taps: readonly Tap[] = []
  #end: () => void = () => {}
  /** What was wanted last: a condition takes its time to be loaded. */
  #latest: readonly TapWanted[] = []

  constructor(executors: readonly Executor[], ports: TapsPorts) {
    this.#executors = executors.filter(({ component }) => !isSystemId(component))
    this.#ports = ports
  }

  /** From now on there are these; what those before have taken is sent. */
  async set(wanted: readonly TapWanted[]): Promise<void> {
    this.#latest = wanted
    const made: Tap[] = []
    for (const one of wanted) made.push(new Tap(one, await this.#condition(one), this.#ports))
    if (this.#latest !== wanted) return
    this.#flush()
    this.#end()
    this.#taps = made
    this.#end = made.length === 0 ? () => {} : this.#flushLater()
    for (const { emitter, component } of this.#executors) {
      const isTapped = wanted.some((one) => one.component === undefined || one.component === component)
      emitter.tap = isTapped ? this : undefined
    }
  }

  /** Hot while there is a tap. */
  emitted(task: TaskId, source: TupleSource, values: readonly unknown[], rootHigh: number, rootLow: number): void {
    if (isSystemId(source.stream)) return
    for (const tap of this.#taps) tap.offer(task, source, values, rootHigh, rootLow)
  }

  /** @throws BAD_EXPRESSION (rejects): the nimbus has checked it */
  async #condition({ where, component, stream }: TapWanted): Promise<Wanted | undefined> {
    if (where === undefined) return undefined
    // Most workers are never asked for one.
    const { condition } = await import('../../expression/expression.ts')
    return condition(where, this.#fieldsOf(component, stream))
  }

  #fieldsOf(component: string | undefined, stream: string | undefined): string[] {
    const mine = this.#executors.filter((one) => component === undefined || one.component === component)
    return [...new Set(mine.flatMap(({ emitter }) => emitter.fieldsOf(stream)))]
  }

  #flushLater(): () => void {
    return this.#ports.after(TAP_INTERVAL_MS, () => {
      this.#end = this.#flushLater()
      this.#flush()
    })
  }

  #flush(): void {
    const { waitingBytes, send } = this.#ports
    for (const tap of this.#taps) {
      const taken = tap.take()
      const { tuples, leftOut, failed = 0 } = taken
      if (tuples.length + leftOut + failed === 0) continue
      if (waitingBytes() <= MOST_WAITING_BYTES) send({ type: 'tapped', tap: tap.number, ...taken })
      else tap.leaveOut(leftOut + tuples.length + failed)
    }
  }
}
