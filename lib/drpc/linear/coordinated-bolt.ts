/**
 * Puts a bolt into the chain of a linear DRPC topology: it counts what the bolt gets and emits by request (the first
 * value of every tuple), and tells the bolt when all tuples of a request have come. Each task of the bolt before says
 * how many it has sent here, as the segments of Trident say it (`util/collections/tally.ts`). Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/coordination/CoordinatedBolt.java`.
 *
 * The promise: `finishedId` is called once for a request, after the last of its tuples was acked, or not at all where
 * something failed; then the request fails.
 */
import {
  AnchoredCollector,
  type AnyBolt,
  Bolt,
  type ConfigMap,
  declaredStreams,
  direct,
  emittedLists,
  fields,
  HostedBolt,
  isTick,
  type OutputCollector,
  type Outputs,
  type TaskContext,
  type TaskId,
  type Tuple,
} from '../../index.ts'
import { isThenable } from '../../util/thenable.ts'
import type { FinishedCallback } from './batch-bolt.ts'
import { CountingCollector } from './counting-collector.ts'
import { RequestTrack } from './request-track.ts'
import { Requests } from './requests.ts'

/** The direct stream of counts; values are the request and the count. */
export const COUNT_STREAM = '$count'

/** Where the tuples of a CoordinatedBolt come from. */
export interface Coordination {
  /** The bolt before; left out for the first bolt, which gets one tuple of a request. */
  readonly source?: string
  /** How many tasks of that bolt have tuples of a request. */
  readonly senders?: 'one' | 'all'
  /** One task finishes a request: the one to which the ids of requests are grouped. Left out: every task does. */
  readonly finishesById?: true
}

/** A bolt in the chain. */
export class CoordinatedBolt extends Bolt {
  readonly #bolt: AnyBolt & Partial<FinishedCallback>
  /** The same bolt, as it is called. */
  readonly #hosted: HostedBolt
  readonly #coordination: Coordination
  #context!: TaskContext
  #tracks!: Requests<RequestTrack>
  #collector!: OutputCollector
  #counting!: CountingCollector
  /** How many tasks of the bolt before have tuples of a request. */
  #senders = 1
  #nextTasks: readonly TaskId[] = []

  declare outputs: Outputs

  constructor(bolt: AnyBolt & Partial<FinishedCallback>, coordination: Coordination) {
    super()
    this.#bolt = bolt
    this.#hosted = new HostedBolt(bolt)
    this.#coordination = coordination
    const own = [...declaredStreams(bolt)].map(([id, stream]) => [id, stream.direct ? stream : stream.fields])
    this.outputs = { ...Object.fromEntries(own), [COUNT_STREAM]: direct(fields('request', 'count')) }
  }

  override getComponentConfiguration(): ConfigMap {
    return this.#bolt.getComponentConfiguration?.() ?? {}
  }

  override checkFiles(codeDir: string): void {
    this.#bolt.checkFiles?.(codeDir)
  }

  override async prepare(context: TaskContext, collector: OutputCollector): Promise<void> {
    const { source, senders } = this.#coordination
    this.#context = context
    this.#collector = collector
    if (source !== undefined && senders === 'all') this.#senders = context.tasksOf(source).length
    const next = context.targets.get(COUNT_STREAM)?.keys() ?? []
    this.#nextTasks = [...next].flatMap((component) => context.tasksOf(component))
    this.#tracks = new Requests(context, (id) => this.#bolt.forgetId?.(id))
    this.#counting = new CountingCollector(collector, {
      valuesOf: emittedLists(context),
      trackOf: (id) => this.#tracks.get(id),
      acked: (tuple) => this.#acked(tuple),
      failed: (tuple, error) => this.#failed(tuple, error),
    })
    await this.#hosted.prepare(context, this.#counting)
  }

  override execute(tuple: Tuple): void | Promise<unknown> {
    const { source, finishesById } = this.#coordination
    const id: unknown = tuple.values[0]
    const track = this.#trackOf(id)
    if (finishesById && tuple.sourceComponent !== source) {
      track.hasId = true
      this.#hold(id, track, tuple)
    } else if (tuple.sourceStream === COUNT_STREAM) {
      track.came.end(tuple.values[1] as number)
      if (finishesById) this.#settleCount(id, track, tuple)
      else this.#hold(id, track, tuple)
    } else return this.#executeFor(track, tuple)
  }

  /** A tick belongs to no request: the bolt gets it as it would without coordination. */
  override tick(tuple: Tuple): void | Promise<unknown> {
    return this.#hosted.tick(tuple, this.#collectorOf(undefined))
  }

  override async endOfInput(): Promise<void> {
    await this.#hosted.endOfInput(this.#collectorOf(undefined))
  }

  override async cleanup(): Promise<void> {
    this.#tracks?.close()
    await this.#hosted.cleanup()
  }

  #trackOf(id: unknown): RequestTrack {
    let track = this.#tracks.get(id)
    if (track === undefined) {
      track = new RequestTrack(this.#coordination.finishesById !== true)
      this.#tracks.set(id, track)
    }
    return track
  }

  #executeFor(track: RequestTrack, tuple: Tuple): void | Promise<unknown> {
    if (this.#failsToo(track, tuple)) return
    const fail = (error: unknown): never => {
      collector?.end('failed')
      this.#failTrack(tuple.values[0], track, error)
      throw error
    }
    const collector = this.#collectorOf(tuple)
    const done = (): void => {
      if (collector === undefined) return
      collector.end('acked')
      this.#counting.ack(tuple)
    }
    try {
      const promise = this.#hosted.execute(tuple, collector)
      return isThenable(promise) ? Promise.resolve(promise).then(done).catch(fail) : done()
    } catch (error) {
      return fail(error)
    }
  }

  /** @param input what is emitted is anchored to */
  #collectorOf(input: Tuple | undefined): AnchoredCollector | undefined {
    return this.#hosted.isBasic ? new AnchoredCollector(this.#counting, this.#context, input) : undefined
  }

  /** The bolt has acked one of its tuples. The one tuple of a first bolt is held until the request is finished. */
  #acked(tuple: Tuple): void {
    const id: unknown = tuple.values[0]
    const track = isTick(tuple) ? undefined : this.#tracks.get(id)
    if (track === undefined) {
      this.#collector.ack(tuple)
      return
    }
    if (track.held.includes(tuple)) return
    track.came.received++
    if (this.#coordination.source === undefined) {
      track.came.end(1)
      this.#hold(id, track, tuple)
    } else this.#settleCount(id, track, tuple)
  }

  #failed(tuple: Tuple, error: unknown): void {
    const id: unknown = tuple.values[0]
    const track = this.#tracks.get(id)
    this.#collector.fail(tuple, error)
    if (track !== undefined) this.#failTrack(id, track, error)
  }

  #hold(id: unknown, track: RequestTrack, tuple: Tuple): void {
    if (this.#failsToo(track, tuple)) return
    track.held.push(tuple)
    this.#finishIfComplete(id, track)
  }

  /** A tuple that need not be held, for what holds the tree open is another. */
  #settleCount(id: unknown, track: RequestTrack, tuple: Tuple): void {
    if (this.#failsToo(track, tuple)) return
    this.#finishIfComplete(id, track)
    this.#collector.ack(tuple)
  }

  #failsToo(track: RequestTrack, tuple: Tuple): boolean {
    if (track.failure === undefined) return false
    this.#collector.fail(tuple, track.failure.error)
    return true
  }

  #finishIfComplete(id: unknown, track: RequestTrack): void {
    if (track.isFinishing || !track.hasId || !track.came.isWhole(this.#senders)) return
    track.isFinishing = true
    try {
      const promise = this.#bolt.finishedId?.(id)
      if (!isThenable(promise)) this.#finished(id, track)
      else
        Promise.resolve(promise)
          .then(() => this.#finished(id, track))
          .catch((error: unknown) => this.#finishFailed(id, track, error))
    } catch (error) {
      this.#finishFailed(id, track, error)
    }
  }

  #finished(id: unknown, track: RequestTrack): void {
    if (track.failure !== undefined) return
    for (const task of this.#nextTasks)
      this.#collector.emitDirect(task, track.held[0], [id, track.sent.get(task) ?? 0], COUNT_STREAM)
    for (const tuple of track.held) this.#collector.ack(tuple)
    this.#tracks.delete(id)
  }

  #finishFailed(id: unknown, track: RequestTrack, error: unknown): void {
    this.#collector.reportError(error)
    this.#failTrack(id, track, error)
  }

  /** The track stays until it is forgotten: what still comes for it fails as well. */
  #failTrack(id: unknown, track: RequestTrack, error: unknown): void {
    if (track.failure !== undefined) return
    track.failure = { error }
    for (const tuple of track.held) this.#collector.fail(tuple, error)
    this.#bolt.forgetId?.(id)
  }
}
