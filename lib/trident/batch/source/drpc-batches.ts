/**
 * The spout of a DRPC stream: every request is a batch of one row, in no transaction. All tasks of the first segment
 * hear of it, so that all further ones know when they have everything; one of them gets the row. The id of the batch is
 * the return-info of the request, which names the attempt, too: an earlier one may still be under way.
 */
import { type DrpcRequest, type Invocations, returnInfoOf } from '../../../drpc/protocol/invocations.ts'
import { RequestSpout } from '../../../drpc/worker/request-spout.ts'
import type { SpoutOutputCollector, TaskContext } from '../../../index.ts'
import { REQUEST_FIELDS } from '../../plan/batch-streams.ts'
import { Courtesy } from './courtesy.ts'

export class DrpcBatches extends RequestSpout<any> {
  override readonly outputs = REQUEST_FIELDS
  readonly #target: string
  #context!: TaskContext
  #partitions = 1
  #next = 0

  /** @param target the component of the first segment */
  constructor(functionName: string, local: Invocations | undefined, target: string) {
    super(functionName, local)
    this.#target = target
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<any, DrpcRequest>): void {
    super.open(context, collector)
    this.#context = context
    this.#partitions = context.tasksOf(this.#target).length
  }

  protected override emitRequest(request: DrpcRequest): void {
    Courtesy.of(this.#context).asked(this.#context.now())
    this.#next = (this.#next + 1) % this.#partitions
    this.collector.emit([returnInfoOf(request), Math.floor(this.#context.date()), request.args, this.#next], request)
  }
}
