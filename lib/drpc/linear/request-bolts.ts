/**
 * The two ends of a linear DRPC topology: what makes a request of [args, returnInfo], and what joins it with its result
 * again. The id of a request is its returnInfo, which no other attempt has, not even one at the same request: counts of
 * the two must not be mixed.
 */
import {
  BasicBolt,
  type BasicOutputCollector,
  DataBolt,
  fields,
  type OutputCollector,
  type Streams,
  type TaskContext,
  type Tuple,
} from '../../index.ts'
import type { DrpcArgs } from '../worker/drpc-spout.ts'
import { Requests } from './requests.ts'

/** The streams of PrepareRequest. */
export const ARGS_STREAM = 'args'
export const ID_STREAM = 'id'

/** What PrepareRequest emits. */
export type Prepared = Streams<{
  args: { request: string; args: string }
  id: { request: string }
}>

/** Emits a request with its arguments, and without them for who waits for its end. */
export class PrepareRequest extends BasicBolt<DrpcArgs, Prepared> {
  override readonly outputs = {
    args: fields<{ request: string; args: string }>('request', 'args'),
    id: fields<{ request: string }>('request'),
  }

  execute(tuple: Tuple<DrpcArgs>, collector: BasicOutputCollector<Prepared>): void {
    const request = tuple.get('returnInfo')
    collector.emit([request, tuple.get('args')], ARGS_STREAM)
    collector.emit([request], ID_STREAM)
  }
}

/** What has come of a request; 'joined': what still comes is one result too many. */
type Half = { readonly result: Tuple } | { readonly request: Tuple } | 'joined'

/**
 * Joins [request, result] with [request], both grouped by the request: so the tree of a request is open until it has a
 * result. Of several results the first counts.
 */
export class JoinResult extends DataBolt<any, { result: unknown; returnInfo: string }> {
  override readonly outputs = fields<{ result: unknown; returnInfo: string }>('result', 'returnInfo')
  readonly #requestSource: string
  #halves!: Requests<Half>
  #collector!: OutputCollector

  /** @param requestSource the component whose tuples are requests */
  constructor(requestSource: string) {
    super()
    this.#requestSource = requestSource
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
    this.#halves = new Requests(context)
  }

  override execute(tuple: Tuple): void {
    const id: unknown = tuple.values[0]
    const half = this.#halves.get(id)
    const isResult = tuple.sourceComponent !== this.#requestSource
    if (half === undefined) this.#halves.set(id, isResult ? { result: tuple } : { request: tuple })
    else if (half !== 'joined' && 'request' in half) this.#join(half.request, tuple)
    else if (half !== 'joined' && !isResult) this.#join(tuple, half.result)
    else this.#collector.ack(tuple)
  }

  override cleanup(): void {
    this.#halves?.close()
  }

  #join(request: Tuple, result: Tuple): void {
    const [id] = request.values
    this.#halves.set(id, 'joined')
    this.#collector.emit([result, request], [result.values[1], id])
    this.#collector.ack(result)
    this.#collector.ack(request)
  }
}
