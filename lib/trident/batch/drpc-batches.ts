/**
 * The spout of a DRPC stream: every request is a batch of one row, in no transaction. All tasks of the first segment hear of it, so that all
 * further ones know when they have everything; one of them gets the row.
 */
import { FUNCTION_KEY } from '../../drpc/drpc-spout.ts'
import type { DrpcRequest, Invocations } from '../../drpc/invocations.ts'
import { RequestSource } from '../../drpc/request-source.ts'
import { type ConfigMap, type FailReason, Spout, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { Courtesy } from './courtesy.ts'
import { REQUEST_FIELDS } from './streams.ts'

/** What separates the id of a request from the number of its attempt. */
const MARK = '#'

/** A request may be given again while an earlier attempt is still under way, so both make the id of the batch. */
function batchIdOf({ id, attempt }: DrpcRequest): string {
  return `${id}${MARK}${attempt}`
}

/** The request that a batch belongs to. */
export function requestOf(batchId: unknown): string {
  const id = String(batchId)
  return id.slice(0, id.lastIndexOf(MARK))
}

export class DrpcBatches extends Spout<any, DrpcRequest> {
  override readonly outputs = REQUEST_FIELDS
  readonly #function: string
  readonly #local: Invocations | undefined
  readonly #target: string
  #source: RequestSource | undefined
  #collector!: SpoutOutputCollector<any, DrpcRequest>
  #partitions = 1
  #courtesy!: Courtesy
  #now!: () => number
  #next = 0

  /** @param target the component of the first segment */
  constructor(functionName: string, local: Invocations | undefined, target: string) {
    super()
    this.#function = functionName
    this.#local = local
    this.#target = target
  }

  override getComponentConfiguration(): ConfigMap {
    return { [FUNCTION_KEY]: this.#function }
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<any, DrpcRequest>): void {
    this.#collector = collector
    this.#courtesy = Courtesy.of(context)
    this.#now = () => context.now()
    this.#partitions = context.tasksOf(this.#target).length
    this.#source = new RequestSource(context, this.#function, this.#local, (error) => collector.reportError(error))
  }

  nextTuple(): void {
    const request = this.#source!.next()
    if (request === undefined) return
    this.#courtesy.asked(this.#now())
    this.#next = (this.#next + 1) % this.#partitions
    try {
      this.#collector.emit([batchIdOf(request), Date.now(), request.args, this.#next], request)
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
