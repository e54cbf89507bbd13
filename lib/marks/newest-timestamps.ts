/**
 * How far event time has come at a source, by the timestamps of its tuples: the newest one less the lag, of the
 * partition that is furthest behind. Rule: apache/storm `storm-client/.../windowing/WaterMarkEventGenerator.java`,
 * whose partitions are the streams that a bolt subscribes to.
 *
 * The clock is read when a watermark is made, and not with each tuple: a partition is idle when nothing has come of it
 * between watermarks that are so far apart.
 */
import { together, type Watermark } from './channel-watermarks.ts'

/** What a partition is known by. */
export type Partition = string | number

/** A partition, the newest timestamp of it, and whether it may be another task's by now: nothing has come of it. */
export type KnownPartition = readonly [partition: Partition, timestamp: number, mayBeGone?: true]

/** So long after the first tuple it is waited for partitions that may be other tasks', milliseconds. */
const MOVED_MS = 10_000

interface Newest {
  timestamp: number
  /** Something has come since the last watermark was made. */
  isFresh: boolean
  /** When something had come last, as far as is known, milliseconds. */
  heardAt: number
}

export class NewestTimestamps {
  readonly #lagMs: number
  readonly #idleMs: number
  readonly #partitions = new Map<Partition, Newest>()
  readonly #startedAt: number
  /** Those that may be other tasks' by now, and when something has come of any other. */
  readonly #mayBeGone = new Set<Partition>()
  #heardAt: number | undefined
  /** That of the last tuple, which the next one is of as well, as a rule. */
  #last: Newest | undefined
  #lastPartition: Partition | undefined

  /**
   * @param idleMs null: nothing becomes idle
   * @param expected partitions that are waited for from the beginning
   * @param now milliseconds
   */
  constructor(lagMs: number, idleMs: number | null, expected: Iterable<Partition>, now: number) {
    this.#lagMs = lagMs
    this.#idleMs = idleMs ?? Number.POSITIVE_INFINITY
    this.#startedAt = now
    for (const partition of expected) this.#newestOf(partition)
  }

  /** A tuple has come. Hot. */
  observe(partition: Partition, timestamp: number): void {
    let newest = this.#last
    if (newest === undefined || partition !== this.#lastPartition) {
      newest = this.#newestOf(partition)
      this.#last = newest
      this.#lastPartition = partition
    }
    newest.isFresh = true
    if (timestamp > newest.timestamp) newest.timestamp = timestamp
  }

  /** How far event time has come. @param now milliseconds */
  watermark(now: number): Watermark {
    if (this.#mayBeGone.size > 0) this.#forgetMoved(now)
    if (this.#partitions.size === 0)
      return { time: Number.NEGATIVE_INFINITY, isIdle: now - this.#startedAt >= this.#idleMs }
    return together(this.#watermarks(now))
  }

  *#watermarks(now: number): Iterable<Watermark> {
    for (const newest of this.#partitions.values()) {
      if (newest.isFresh) newest.heardAt = now
      newest.isFresh = false
      yield { time: newest.timestamp - this.#lagMs, isIdle: now - newest.heardAt >= this.#idleMs }
    }
  }

  /**
   * Nothing could come, for nobody asked: that makes nothing idle.
   * @param now milliseconds
   * @param partitions all of them unless given
   */
  rested(now: number, partitions: Iterable<Partition> = this.#partitions.keys()): void {
    for (const partition of partitions) this.#newestOf(partition).heardAt = now
  }

  /**
   * A partition was there before, with this as its newest timestamp: it is waited for.
   * @param mayBeGone it may be another task's by now: then it is waited for some seconds
   */
  expect(partition: Partition, timestamp: number, mayBeGone = false): void {
    const newest = this.#newestOf(partition)
    newest.timestamp = Math.max(newest.timestamp, timestamp)
    if (mayBeGone) this.#mayBeGone.add(partition)
  }

  /** All partitions, but no timestamp that would make more than this watermark. */
  *newest(watermark: number): Iterable<KnownPartition> {
    for (const [partition, newest] of this.#partitions) {
      const timestamp = Math.min(newest.timestamp, watermark + this.#lagMs)
      yield this.#mayBeGone.has(partition) && !newest.isFresh ? [partition, timestamp, true] : [partition, timestamp]
    }
  }

  /** Those of which something has come are this task's; of the others it is not waited for ever. */
  #forgetMoved(now: number): void {
    for (const [partition, { isFresh }] of this.#partitions) {
      if (!isFresh) continue
      this.#heardAt ??= now
      this.#mayBeGone.delete(partition)
    }
    if (this.#heardAt === undefined || now - this.#heardAt < MOVED_MS) return
    for (const partition of this.#mayBeGone) this.#partitions.delete(partition)
    this.#mayBeGone.clear()
  }

  /** The partitions where event time has come further than that. */
  *ahead(time: number): Iterable<Partition> {
    for (const [partition, { timestamp }] of this.#partitions) if (timestamp - this.#lagMs > time) yield partition
  }

  #newestOf(partition: Partition): Newest {
    let newest = this.#partitions.get(partition)
    if (newest === undefined) {
      newest = { timestamp: Number.NEGATIVE_INFINITY, isFresh: false, heardAt: this.#startedAt }
      this.#partitions.set(partition, newest)
    }
    return newest
  }
}
