/**
 * The two ends of a linear DRPC topology: what makes a request of [args, returnInfo], and what joins its result with
 * its returnInfo again.
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
import { RotatingMap } from './tracking.ts'

/** The streams of PrepareRequest. */
export const ARGS_STREAM = 'args'
export const RETURN_STREAM = 'return'
export const ID_STREAM = 'id'

/** What PrepareRequest emits. */
export type Prepared = Streams<{
  args: { request: string; args: string }
  return: { request: string; returnInfo: string }
  id: { request: string }
}>

/**
 * Gives each request an id that no other attempt has, not even one at the same request: counts of the two must not be
 * mixed.
 */
export class PrepareRequest extends BasicBolt<DrpcArgs, Prepared> {
  readonly outputs = {
    args: fields<{ request: string; args: string }>('request', 'args'),
    return: fields<{ request: string; returnInfo: string }>('request', 'returnInfo'),
    id: fields<{ request: string }>('request'),
  }
  #prefix = ''
  #last = 0

  override prepare(context: TaskContext): void {
    this.#prefix = `${context.random().toString(36).slice(2)}-`
  }

  override execute(tuple: Tuple<DrpcArgs>, collector: BasicOutputCollector<Prepared>): void {
    const request = this.#prefix + ++this.#last
    collector.emit([request, tuple.get('args')], ARGS_STREAM)
    collector.emit([request, tuple.get('returnInfo')], RETURN_STREAM)
    collector.emit([request], ID_STREAM)
  }
}

/** One side of a join that waits for the other. */
interface Half {
  readonly result?: Tuple
  readonly returnInfo?: Tuple
}

/**
 * Joins [request, result] with [request, returnInfo], both grouped by the request. Of several results the first counts.
 */
export class JoinResult extends DataBolt<any, { result: unknown; returnInfo: string }> {
  override readonly outputs = fields<{ result: unknown; returnInfo: string }>('result', 'returnInfo')
  /** 'joined': what still comes is one result too many. */
  readonly #halves = new RotatingMap<unknown, Half | 'joined'>()
  readonly #returnSource: string
  #collector!: OutputCollector
  #cancelRotation: (() => void) | undefined

  /** @param returnSource the component whose tuples are return-infos */
  constructor(returnSource: string) {
    super()
    this.#returnSource = returnSource
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
    const lifeMs = context.config['topology.message.timeout.secs'] * 1000
    const rotate = (): void => {
      this.#halves.rotate()
      this.#cancelRotation = context.after(lifeMs, rotate)
    }
    this.#cancelRotation = context.after(lifeMs, rotate)
  }

  override execute(tuple: Tuple): void {
    const id: unknown = tuple.values[0]
    const half = this.#halves.get(id)
    const isResult = tuple.sourceComponent !== this.#returnSource
    if (half === 'joined' || (isResult && half?.result !== undefined)) {
      this.#collector.ack(tuple)
      return
    }
    const { result, returnInfo }: Half = { ...half, [isResult ? 'result' : 'returnInfo']: tuple }
    if (result === undefined || returnInfo === undefined) {
      this.#halves.set(id, isResult ? { result: tuple } : { returnInfo: tuple })
      return
    }
    this.#halves.set(id, 'joined')
    this.#collector.emit([result, returnInfo], [result.values[1], returnInfo.values[1]])
    this.#collector.ack(result)
    this.#collector.ack(returnInfo)
  }

  override cleanup(): void {
    this.#cancelRotation?.()
  }
}
