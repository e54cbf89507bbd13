/**
 * One segment at work in one task: rows come in, go through the steps, and leave for the tasks of the next segments.
 *
 * The promise: a batch is finished here when every task that sends to this one has said how many rows it had sent, and
 * just so many have come (Storm: `TridentBoltExecutor.java`). Of each batch the newest attempt counts; what belongs to
 * an older one is void. Steps that wait for the commit are finished when it comes; a commit of a batch that is not
 * whole here fails, and so the batch is replayed.
 *
 * Every tuple that leaves is anchored to the one that is being executed, so the core's ackers know when a batch is
 * through.
 */

import { type OutputCollector, type TaskId, type Tuple, TyphoonError } from '../../../index.ts'
import { plural } from '../../../words/plural.ts'
import { humanAttempt } from '../../model/batch-ids.ts'
import type { BatchId } from '../../model/operation.ts'
import type { Batch, Processor, Row } from '../../operation/processor.ts'
import { edgeStream, MORE_FOLLOWS } from '../../plan/batch-streams.ts'
import type { Segment, SegmentEdge } from '../../plan/segments.ts'
import type { Partitioner } from './partitioner.ts'
import { sizeOfRow } from './row-size.ts'
import { Outgoing, Track } from './track.ts'

/** Rows in one tuple at most. */
const CHUNK_ROWS = 1000
/** Bytes in one tuple at most, as `sizeOfRow` counts them; a row that is larger goes alone. */
const CHUNK_BYTES = 1_048_576
/**
 * The part of a frame that a chunk may take, as a divisor: a text can take three times the bytes that are counted for
 * it.
 */
const CHUNK_PART = 4

/** An edge as its sender sees it. */
export interface Route {
  readonly edge: SegmentEdge
  readonly targets: readonly TaskId[]
  readonly partitioner: Partitioner
}

/** Some rows of a batch. */
export interface Chunk {
  readonly batch: BatchId
  readonly attempt: number
  readonly startedAt: number
  readonly rows: readonly Row[]
  /** How many rows their sender has sent in all, with the last of its chunks; else `MORE_FOLLOWS`. */
  readonly count: number
}

/** What a segment of a task is made of. */
export interface SegmentParts {
  readonly segment: Segment
  /** The processor of each step. */
  readonly processors: readonly Processor[]
  readonly routes: ReadonlyMap<number, Route>
  /** How many tasks send to this one, each edge counted by itself. */
  readonly senders: number
  /** Some rows come only while the batch is committed. */
  readonly fedByCommit: boolean
  /** How many transactions behind the newest one a transaction is over. */
  readonly window: number
  /** After how many ms a DRPC request is over. */
  readonly lifetimeMs: number
  /** `topology.frame.max.bytes` */
  readonly frameBytes: number
  readonly collector: OutputCollector
}

export class SegmentTask {
  readonly #parts: SegmentParts
  readonly #tracks = new Map<BatchId, Track>()
  readonly #committing: boolean
  readonly #chunkBytes: number
  /**
   * Rows are being sent, of which any may be what cannot be; where that throws, the row at hand need not be to blame.
   */
  #isSendingSeveral = false
  /** What leaves is anchored to it. */
  #anchor: Tuple | undefined

  constructor(parts: SegmentParts) {
    this.#parts = parts
    this.#chunkBytes = Math.min(CHUNK_BYTES, Math.floor(parts.frameBytes / CHUNK_PART))
    this.#committing = parts.segment.steps.some((step) => step.afterCommit)
  }

  get segment(): Segment {
    return this.#parts.segment
  }

  /** The attempt of a batch; undefined where a newer one is known. */
  begin(id: BatchId, attempt: number, startedAt: number): Track | undefined {
    const known = this.#tracks.get(id)
    if (known?.attempt === attempt) return known
    if (known !== undefined && known.attempt > attempt) return undefined
    const track = new Track(id, attempt, startedAt)
    this.#tracks.delete(id)
    this.#tracks.set(id, track)
    this.#forget(track)
    for (const processor of this.#parts.processors) processor.start?.(track)
    for (const { edge, targets } of this.#parts.routes.values()) track.outgoing[edge.id] = new Outgoing(targets.length)
    return track
  }

  /** Rows that came by an edge, or with a request. */
  receive(tuple: Tuple, chunk: Chunk, targets: SegmentEdge['targets']): void | Promise<void> {
    const { rows, count } = chunk
    const track = this.begin(chunk.batch, chunk.attempt, chunk.startedAt)
    if (track === undefined || track.phase === 'failed') return
    this.#anchor = tuple
    track.came.received += rows.length
    const { processors } = this.#parts
    for (const { step, input } of targets) {
      const processor = processors[step]!
      for (const row of rows) processor.execute(track, row, input)
    }
    if (count === MORE_FOLLOWS) return
    track.came.end(count)
    if (track.came.ended === this.#parts.senders) return this.#allCame(track, tuple)
  }

  /** Whether what `feed` has thrown came of the row that it was given. */
  get isRowToBlame(): boolean {
    return !this.#isSendingSeveral
  }

  /** A row of the segment's own source. Hot. */
  feed(track: Track, row: Row, anchor: Tuple): void {
    this.#anchor = anchor
    this.#isSendingSeveral = false
    this.emit(track, 0, row)
  }

  /** The segment's own source has emitted the whole batch. */
  fed(track: Track, anchor: Tuple): void | Promise<void> {
    track.phase = 'processed'
    return this.#finish(track, false, anchor)
  }

  /** A step hands a row on: to steps of this segment, and to the edges. Hot. */
  emit(batch: Batch, from: number, row: Row): void {
    const track = batch as Track
    const { segment, processors, routes } = this.#parts
    const { next, edges } = segment.steps[from]!
    for (let i = 0; i < next.length; i++) {
      const { step, input } = next[i]!
      processors[step]!.execute(track, row, input)
    }
    for (let i = 0; i < edges.length; i++) this.#route(track, routes.get(edges[i]!)!, row)
  }

  /** The batch is to be written. @returns whether this is done, or waits for rows that come with the commit */
  commit(tuple: Tuple): boolean | Promise<void> {
    const [txid, attempt, startedAt] = tuple.values as [number, number, number]
    const track = this.#parts.fedByCommit ? this.begin(txid, attempt, startedAt) : this.#tracks.get(txid)
    if (track === undefined || track.attempt !== attempt || track.phase === 'failed') throw this.#unknown(txid, attempt)
    if (track.phase === 'open') {
      if (!this.#parts.fedByCommit) throw this.#unknown(txid, attempt)
      track.commit = tuple
      return false
    }
    return this.#finish(track, true, tuple) ?? true
  }

  /**
   * A step threw: the batch will come again. Where a newer attempt is under way, that one has nothing to do with it.
   */
  failed(id: BatchId, attempt: number): void {
    const track = this.#tracks.get(id)
    if (track?.attempt === attempt) track.phase = 'failed'
  }

  #allCame(track: Track, tuple: Tuple): void | Promise<void> {
    if (!track.came.isWhole(this.#parts.senders)) {
      const { announced, received } = track.came
      const message = `expected ${plural(announced, 'row')} of batch ${track.id} and received ${received}`
      throw new TyphoonError('BATCH_INCOMPLETE', message)
    }
    track.phase = 'processed'
    const first = this.#finish(track, false, tuple)
    const { commit } = track
    if (commit === undefined) return first
    if (first !== undefined) return first.then(() => this.#lateCommit(track, commit, tuple))
    return this.#lateCommit(track, commit, tuple)
  }

  /**
   * The commit has waited for the rows; its tuple is acked here. Another segment may have waited for the same one and
   * have acked it, so what is emitted is anchored to the row, which belongs to the same tree.
   */
  #lateCommit(track: Track, commit: Tuple, row: Tuple): void | Promise<void> {
    const { collector } = this.#parts
    const done = this.#finish(track, true, row)
    if (done === undefined) collector.ack(commit)
    else return done.then(() => collector.ack(commit))
  }

  /** Finishes the steps of one phase, in their order, and says to the next segments that this was all. */
  #finish(track: Track, afterCommit: boolean, anchor: Tuple): void | Promise<void> {
    if (afterCommit || !this.#committing) track.phase = 'done'
    return this.#finishFrom(0, track, afterCommit, anchor)
  }

  #finishFrom(from: number, track: Track, afterCommit: boolean, anchor: Tuple): void | Promise<void> {
    const { segment, processors } = this.#parts
    for (let index = from; index < segment.steps.length; index++) {
      if (segment.steps[index]!.afterCommit !== afterCommit) continue
      this.#anchor = anchor
      const pending = processors[index]!.finish?.(track)
      if (pending !== undefined) return pending.then(() => this.#finishFrom(index + 1, track, afterCommit, anchor))
    }
    this.#anchor = anchor
    for (const route of this.#parts.routes.values()) if (route.edge.afterCommit === afterCommit) this.#end(track, route)
    if (track.phase === 'done' && this.#tracks.get(track.id) === track) this.#tracks.delete(track.id)
  }

  #route(track: Track, route: Route, row: Row): void {
    const chosen = route.partitioner(row, track)
    if (typeof chosen === 'number') this.#queue(track, route, chosen, row)
    else for (const one of chosen) this.#queue(track, route, one, row)
  }

  #queue(track: Track, route: Route, partition: number, row: Row): void {
    const outgoing = track.outgoing[route.edge.id]!
    const size = sizeOfRow(row)
    if (outgoing.bytes[partition]! + size > this.#chunkBytes && outgoing.rows[partition]!.length > 0)
      this.#send(track, route, partition, MORE_FOLLOWS)
    const rows = outgoing.rows[partition]!
    rows.push(row)
    outgoing.bytes[partition]! += size
    if (rows.length >= CHUNK_ROWS || outgoing.bytes[partition]! >= this.#chunkBytes)
      this.#send(track, route, partition, MORE_FOLLOWS)
  }

  #end(track: Track, route: Route): void {
    const { rows, counts } = track.outgoing[route.edge.id]!
    for (let partition = 0; partition < route.targets.length; partition++)
      this.#send(track, route, partition, counts[partition]! + rows[partition]!.length)
  }

  #send(track: Track, { edge, targets }: Route, partition: number, count: number): void {
    const { rows, counts, bytes } = track.outgoing[edge.id]!
    const sent = rows[partition]!
    rows[partition] = []
    bytes[partition] = 0
    counts[partition]! += sent.length
    const values = [track.id, track.attempt, track.startedAt, sent, count]
    this.#isSendingSeveral = sent.length > 1
    this.#parts.collector.emitDirect(targets[partition]!, this.#anchor, values, edgeStream(edge.id))
    this.#isSendingSeveral = false
  }

  /** Attempts of which nothing comes any more, and that never got whole. The oldest stand first. */
  #forget(newest: Track): void {
    const { window, lifetimeMs } = this.#parts
    for (const track of this.#tracks.values()) {
      const isOver =
        track.txid === null ? track.startedAt < newest.startedAt - lifetimeMs : track.txid < (newest.txid ?? 0) - window
      if (!isOver) return
      this.#tracks.delete(track.id)
    }
  }

  #unknown(txid: number, attempt: number): TyphoonError {
    return new TyphoonError(
      'BATCH_UNKNOWN',
      `batch ${txid} (attempt ${humanAttempt(attempt)}) is to be committed, and is not whole in this task`,
      {
        hint: 'its worker was restarted meanwhile; the batch is replayed',
      },
    )
  }
}
