/** Whoever looks at the single tuples of a worker: taps, and traces of whole trees. */
import type { Problem } from '../errors/typhoon-error.ts'
import { toProblem } from '../errors/typhoon-error.ts'
import type { ToWorker } from '../messaging/control.ts'
import { maskOf } from '../topology/config/trace-sample.ts'
import type { TaskId } from '../tuple/ids.ts'
import type { Tuple } from '../tuple/tuple.ts'
import { Taps, type TapsPorts } from './tap/taps.ts'
import type { Executors } from './tasks/build/build-executors.ts'
import { RootTracing, type RootTracingPorts, type TracingOrder } from './tracing/root-tracing.ts'

/** What the nimbus says to them. */
type LookOrder = Extract<ToWorker, { readonly type: 'taps' }> | TracingOrder

const ORDERS: readonly string[] = [
  'taps',
  'follow-roots',
  'tell-acked',
  'follow-next',
  'spans',
] satisfies readonly LookOrder['type'][]

/** Whether it is said to them. */
export function isForLookers(message: { readonly type: string }): message is LookOrder {
  return ORDERS.includes(message.type)
}

/** What they need. */
interface LookPorts extends Omit<TapsPorts, 'send'>, Omit<RootTracingPorts, 'send'> {
  readonly send: TapsPorts['send'] & RootTracingPorts['send']
  /** A tap cannot begin. */
  report(problem: Problem): void
}

export class Lookers {
  readonly #taps: Taps
  readonly #tracing: RootTracing
  readonly #report: LookPorts['report']

  /** @param sample the part of the roots that is followed from the start */
  constructor({ all }: Executors, sample: number, ports: LookPorts) {
    this.#taps = new Taps(all, ports)
    this.#tracing = new RootTracing(all, maskOf(sample), ports)
    this.#report = ports.report
  }

  /** A tuple has come from another worker. Hot. */
  came(target: TaskId, tuple: Tuple): void {
    this.#tracing.came(target, tuple)
  }

  obey(order: LookOrder): void {
    if (order.type === 'taps') void this.#taps.set(order.taps).catch((error) => this.#report(toProblem(error)))
    else this.#tracing.obey(order)
  }
}
