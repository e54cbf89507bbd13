/** Emits the requests of one function, with what says where their results belong. */
import { fields } from '../../index.ts'
import { type DrpcRequest, returnInfoOf } from '../protocol/invocations.ts'
import { RequestSpout } from './request-spout.ts'

/** What a DRPCSpout emits. */
export interface DrpcArgs {
  args: string
  /** The return-info, which ReturnResults must get unchanged. */
  returnInfo: string
}

/** A spout of the requests of one function. Its message ids are the requests. */
export class DRPCSpout extends RequestSpout<DrpcArgs> {
  override readonly outputs = fields<DrpcArgs>('args', 'returnInfo')

  protected override emitRequest(request: DrpcRequest): void {
    this.collector.emit([request.args, returnInfoOf(request)], request)
  }
}
