/**
 * Puts a bolt into the chain of a linear DRPC topology: it counts what the bolt gets and emits by request (the first
 * value of every tuple), and tells the bolt when all tuples of a request have come. Storm's CoordinatedBolt; the
 * counting itself is in `tracking.ts`.
 *
 * The promise: `finishedId` is called once for a request, after the last of its tuples was acked, or not at all where
 * something failed; then the request fails.
 */
import {
  type AnyBolt,
  type BasicOutputCollector,
  Bolt,
  type ConfigMap,
  declaredStreams,
  direct,
  type Emitted,
  emittedLists,
  fields,
  isTick,
  type ListOfEmitted,
  type OutputCollector,
  type Outputs,
  type TaskContext,
  type TaskId,
  type Tuple,
} from '../../index.ts'
import type { FinishedCallback } from './batch-bolt.ts'
import { RotatingMap, Track } from './tracking.ts'

/** The direct stream of counts; values are the request and the count. */
export const COUNT_STREAM = '$count'

/** Where the tuples of a CoordinatedBolt come from. */
export interface Coordination {
  /** The bolt before, which reports counts; left out for the first bolt, which gets one tuple of a request. */
  readonly source?: string
  /** How many tasks of that bolt have tuples of a request: one, or all. */
  readonly reporters?: 'one' | 'all'
  /** Component whose tuple, grouped by the request, says which task finishes it; left out: every task does. */
  readonly idSource?: string
  /** The stream of those. */
  readonly idStream?: string
}

/** A bolt in the chain. */
export class CoordinatedBolt extends Bolt {
  readonly #bolt: AnyBolt & Partial<FinishedCallback>
  readonly #coordination: Coordination
  readonly #tracks = new RotatingMap<unknown, Track>()
  #collector!: OutputCollector
  #counting!: CountingCollector
  #reports = 0
  #nextTasks: readonly TaskId[] = []
  #cancelRotation: (() => void) | undefined

  declare outputs: Outputs

  constructor(bolt: AnyBolt & Partial<FinishedCallback>, coordination: Coordination) {
    super()
    this.#bolt = bolt
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
    const { source, reporters } = this.#coordination
    this.#collector = collector
    this.#reports = source === undefined ? 0 : reporters === 'one' ? 1 : context.tasksOf(source).length
    const next = context.targets.get(COUNT_STREAM)?.keys() ?? []
    this.#nextTasks = [...next].flatMap((component) => context.tasksOf(component))
    this.#counting = new CountingCollector(collector, {
      valuesOf: emittedLists(context),
      trackOf: (id) => this.#tracks.get(id),
      acked: (tuple) => this.#acked(tuple),
      failed: (tuple, error) => this.#failed(tuple, error),
    })
    const lifeMs = context.config['topology.message.timeout.secs'] * 1000
    const rotate = (): void => {
      for (const id of this.#tracks.rotate().keys()) this.#bolt.forgetId?.(id)
      this.#cancelRotation = context.after(lifeMs, rotate)
    }
    this.#cancelRotation = context.after(lifeMs, rotate)
    if (this.#bolt.kind === 'basic-bolt') await this.#bolt.prepare?.(context)
    else await this.#bolt.prepare?.(context, this.#counting)
  }

  override execute(tuple: Tuple): void | Promise<void> {
    const { idSource, idStream } = this.#coordination
    const id: unknown = tuple.values[0]
    const track = this.#trackOf(id)
    if (tuple.sourceComponent === idSource && tuple.sourceStream === idStream) {
      track.hasId = true
      this.#hold(id, track, tuple)
    } else if (tuple.sourceStream === COUNT_STREAM) {
      track.reports++
      track.expected += tuple.values[1] as number
      if (idSource === undefined) this.#hold(id, track, tuple)
      else this.#settleCount(id, track, tuple)
    } else return this.#executeFor(track, tuple)
  }

  /** Of no request: the bolt has it as it would have it without coordination. */
  override tick(tuple: Tuple): void | Promise<void> {
    const bolt = this.#bolt
    if (bolt.kind === 'basic-bolt') return bolt.tick?.(new AnchoredCollector(this.#counting, undefined))
    return bolt.tick === undefined ? bolt.execute(tuple) : bolt.tick(tuple)
  }

  override async endOfInput(): Promise<void> {
    const bolt = this.#bolt
    if (bolt.kind === 'basic-bolt') await bolt.endOfInput?.(new AnchoredCollector(this.#counting, undefined))
    else await bolt.endOfInput?.()
  }

  override async cleanup(): Promise<void> {
    this.#cancelRotation?.()
    await this.#bolt.cleanup?.()
  }

  #trackOf(id: unknown): Track {
    let track = this.#tracks.get(id)
    if (track === undefined) {
      track = new Track(this.#coordination.idSource === undefined)
      this.#tracks.set(id, track)
    }
    return track
  }

  #executeFor(track: Track, tuple: Tuple): void | Promise<void> {
    if (this.#failsToo(track, tuple)) return
    const fail = (error: unknown): never => {
      this.#failTrack(tuple.values[0], track, error)
      throw error
    }
    try {
      return this.#run(tuple)?.catch(fail)
    } catch (error) {
      return fail(error)
    }
  }

  #run(tuple: Tuple): void | Promise<void> {
    const bolt = this.#bolt
    if (bolt.kind !== 'basic-bolt') return bolt.execute(tuple)
    const promise = bolt.execute(tuple, new AnchoredCollector(this.#counting, tuple))
    if (promise === undefined) return this.#counting.ack(tuple)
    return promise.then(() => this.#counting.ack(tuple))
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
    track.received++
    if (this.#coordination.source === undefined) {
      track.expected++
      this.#hold(id, track, tuple)
    } else this.#settleCount(id, track, tuple)
  }

  #failed(tuple: Tuple, error: unknown): void {
    const id: unknown = tuple.values[0]
    const track = this.#tracks.get(id)
    this.#collector.fail(tuple, error)
    if (track !== undefined) this.#failTrack(id, track, error)
  }

  #hold(id: unknown, track: Track, tuple: Tuple): void {
    if (this.#failsToo(track, tuple)) return
    track.held.push(tuple)
    this.#finishIfComplete(id, track)
  }

  /** A tuple that need not be held, for what holds the tree open is another. */
  #settleCount(id: unknown, track: Track, tuple: Tuple): void {
    if (this.#failsToo(track, tuple)) return
    this.#finishIfComplete(id, track)
    this.#collector.ack(tuple)
  }

  #failsToo(track: Track, tuple: Tuple): boolean {
    if (track.failure === undefined) return false
    this.#collector.fail(tuple, track.failure.error)
    return true
  }

  #finishIfComplete(id: unknown, track: Track): void {
    if (track.isFinishing || !track.isComplete(this.#reports)) return
    track.isFinishing = true
    try {
      const promise = this.#bolt.finishedId?.(id)
      if (promise === undefined) this.#finished(id, track)
      else
        promise.then(
          () => this.#finished(id, track),
          (error: unknown) => this.#finishFailed(id, track, error),
        )
    } catch (error) {
      this.#finishFailed(id, track, error)
    }
  }

  #finished(id: unknown, track: Track): void {
    if (track.failure !== undefined) return
    for (const task of this.#nextTasks)
      this.#collector.emitDirect(task, track.held[0], [id, track.sent.get(task) ?? 0], COUNT_STREAM)
    for (const tuple of track.held) this.#collector.ack(tuple)
    this.#tracks.delete(id)
  }

  #finishFailed(id: unknown, track: Track, error: unknown): void {
    this.#collector.reportError(error)
    this.#failTrack(id, track, error)
  }

  /** The track stays until it is forgotten: what still comes for it fails as well. */
  #failTrack(id: unknown, track: Track, error: unknown): void {
    if (track.failure !== undefined) return
    track.failure = { error }
    for (const tuple of track.held) this.#collector.fail(tuple, error)
    this.#bolt.forgetId?.(id)
  }
}

interface CountingPorts {
  /** The first value is the request. */
  readonly valuesOf: ListOfEmitted
  trackOf(id: unknown): Track | undefined
  acked(tuple: Tuple): void
  failed(tuple: Tuple, error: unknown): void
}

/**
 * Counts by request what is emitted. What is emitted without an anchor while a request is finished goes into the tree
 * of that request.
 */
class CountingCollector implements OutputCollector {
  readonly #collector: OutputCollector
  readonly #ports: CountingPorts

  constructor(collector: OutputCollector, ports: CountingPorts) {
    this.#collector = collector
    this.#ports = ports
  }

  emit(anchors: Tuple | readonly Tuple[] | undefined, emitted: Emitted, stream?: string): readonly TaskId[] {
    const values = this.#ports.valuesOf(emitted, stream)
    const track = this.#ports.trackOf(values[0])
    const tasks = this.#collector.emit(anchors ?? anchorOf(track), values, stream)
    if (track !== undefined) for (const task of tasks) track.count(task)
    return tasks
  }

  emitDirect(task: TaskId, anchors: Tuple | readonly Tuple[] | undefined, emitted: Emitted, stream?: string): void {
    const values = this.#ports.valuesOf(emitted, stream)
    const track = this.#ports.trackOf(values[0])
    this.#collector.emitDirect(task, anchors ?? anchorOf(track), values, stream)
    track?.count(task)
  }

  ack(tuple: Tuple): void {
    if (!tuple.settled) this.#ports.acked(tuple)
  }

  fail(tuple: Tuple, error?: unknown): void {
    if (!tuple.settled) this.#ports.failed(tuple, error)
  }

  resetTimeout(tuple: Tuple): void {
    this.#collector.resetTimeout(tuple)
  }

  reportError(error: unknown): void {
    this.#collector.reportError(error)
  }

  get isHeldBack(): boolean {
    return this.#collector.isHeldBack
  }
}

/** What a basic bolt emits with: everything is anchored to its input. */
class AnchoredCollector implements BasicOutputCollector {
  readonly #collector: OutputCollector
  readonly #input: Tuple | undefined

  constructor(collector: OutputCollector, input: Tuple | undefined) {
    this.#collector = collector
    this.#input = input
  }

  emit(emitted: Emitted, stream?: string): readonly TaskId[] {
    return this.#collector.emit(this.#input, emitted, stream)
  }

  emitDirect(task: TaskId, emitted: Emitted, stream?: string): void {
    this.#collector.emitDirect(task, this.#input, emitted, stream)
  }

  resetTimeout(): void {
    if (this.#input !== undefined) this.#collector.resetTimeout(this.#input)
  }

  reportError(error: unknown): void {
    this.#collector.reportError(error)
  }
}

function anchorOf(track: Track | undefined): Tuple | undefined {
  return track?.isFinishing === true && track.failure === undefined ? track.held[0] : undefined
}
