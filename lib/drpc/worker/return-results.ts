/** The last bolt of a function: returns each result to who asked for it. Storm's ReturnResults. */
import { DataBolt, type OutputCollector, type TaskContext, type Tuple } from '../../index.ts'
import { encode } from '../../values/text.ts'
import { type Invocations, requestIdOf } from '../protocol/invocations.ts'
import { invocationsOf } from './invocations-of.ts'

/**
 * Input: the result, which becomes JSON where it is not text, and the returnInfo of DRPCSpout; whatever they are
 * called.
 */
export class ReturnResults extends DataBolt {
  readonly #local: Invocations | undefined
  #invocations: Invocations | undefined
  #collector!: OutputCollector

  /** @param invocations as for DRPCSpout */
  constructor(invocations?: Invocations) {
    super()
    this.#local = invocations
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
    this.#invocations = this.#local ?? invocationsOf(context)
  }

  /** Acked when the server has the result. Returns before that: the next result need not wait for it. */
  override execute(tuple: Tuple): void {
    const [result, returnInfo] = tuple.values as readonly unknown[]
    const collector = this.#collector
    const text = typeof result === 'string' ? result : encode(result, 'the result')
    this.#invocations!.result(requestIdOf(returnInfo), text).then(
      () => collector.ack(tuple),
      (error: unknown) => {
        collector.reportError(error)
        collector.fail(tuple, error)
      },
    )
  }

  override cleanup(): void {
    this.#invocations?.release()
  }
}
