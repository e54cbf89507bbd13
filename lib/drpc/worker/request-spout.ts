/**
 * What all spouts of requests have in common: they take the requests of one function and hear how their trees have
 * ended. The tree of a request fails: so does the request, with the reason; a tree that was lost with a worker is begun
 * anew.
 */
import { type ConfigMap, type FailReason, Spout, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { wrongArgument } from '../../shape/check-argument.ts'
import { FUNCTION_KEY } from '../protocol/functions-of.ts'
import { type DrpcRequest, type Invocations, LONGEST_NAME } from '../protocol/invocations.ts'
import { RequestSource } from './request-source.ts'

/** A spout of the requests of one function. Its message ids are the requests. */
export abstract class RequestSpout<Out> extends Spout<Out, DrpcRequest> {
  protected collector!: SpoutOutputCollector<Out, DrpcRequest>
  readonly #function: string
  readonly #local: Invocations | undefined
  #source: RequestSource | undefined

  /**
   * @param functionName what clients ask for
   * @param local a LocalDRPC, in tests; left out: the server of the run
   * @throws CONSTRUCTOR_FAILED for an invalid name
   */
  constructor(functionName: string, local?: Invocations) {
    super()
    this.#function = checkFunctionName(functionName)
    this.#local = local
  }

  /** Emits a request, with itself as the message id. */
  protected abstract emitRequest(request: DrpcRequest): void

  override getComponentConfiguration(): ConfigMap {
    return { [FUNCTION_KEY]: this.#function }
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Out, DrpcRequest>): void {
    this.collector = collector
    this.#source = new RequestSource(context, this.#function, this.#local, (error) => collector.reportError(error))
  }

  nextTuple(): void {
    const request = this.#source!.next()
    if (request === undefined) return
    try {
      this.emitRequest(request)
    } catch (error) {
      this.#source!.refuse(request, error)
      throw error
    }
  }

  override fail(request: DrpcRequest, reason: FailReason): void {
    this.#source!.fail(request, reason)
  }

  override activate(): void {
    this.#source!.activate()
  }

  override deactivate(): void {
    this.#source!.deactivate()
  }

  override close(): void {
    this.#source?.close()
  }
}

/** @throws CONSTRUCTOR_FAILED */
export function checkFunctionName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME) return name
  throw wrongArgument('the name of a DRPC function', name, `a text of 1 to ${LONGEST_NAME} characters`)
}
