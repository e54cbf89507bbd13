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

  /** A partition was there before, with this as its newest timestamp: it is waited for. */
  expect(partition: Partition, timestamp: number): void {
    const newest = this.#newestOf(partition)
    newest.timestamp = Math.max(newest.timestamp, timestamp)
  }

  /** The newest timestamp of each partition, but none that would make more than this watermark. */
  *newest(watermark: number): Iterable<readonly [Partition, number]> {
    for (const [partition, { timestamp }] of this.#partitions)
      yield [partition, Math.min(timestamp, watermark + this.#lagMs)]
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
