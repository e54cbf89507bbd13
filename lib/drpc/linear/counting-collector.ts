/** What the bolts in the chain of a linear DRPC topology emit with; basic ones with an AnchoredCollector over it. */
import type { Emitted, ListOfEmitted, OutputCollector, TaskId, Tuple } from '../../index.ts'
import type { RequestTrack } from './request-track.ts'

/** The bolt that counts. */
export interface CountingPorts {
  /** The first value is the request. */
  readonly valuesOf: ListOfEmitted
  trackOf(id: unknown): RequestTrack | undefined
  acked(tuple: Tuple): void
  failed(tuple: Tuple, error: unknown): void
}

/**
 * Counts by request what is emitted. What is emitted without an anchor while a request is finished goes into the tree
 * of that request.
 */
export class CountingCollector implements OutputCollector {
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

  note(tuple: Tuple, value: unknown): void {
    this.#collector.note(tuple, value)
  }

  reportError(error: unknown): void {
    this.#collector.reportError(error)
  }

  get isHeldBack(): boolean {
    return this.#collector.isHeldBack
  }
}

function anchorOf(track: RequestTrack | undefined): Tuple | undefined {
  return track?.isFinishing === true && track.failure === undefined ? track.held[0] : undefined
}
