/**
 * The watermarks of one task of a spout: made of the timestamps of what it has emitted, and sent at intervals, behind
 * that. A spout that has nothing more to emit holds nobody back.
 *
 * Where the tasks of a spout wait for each other (`maxDriftMs`), each hears of the others', and one that is too far
 * ahead is held back as by a full inbox. Whoever is furthest behind is never held; one that is idle, or has said
 * nothing yet, is not waited for. Of a task that goes on, the spout is told which partitions are too far ahead, if it
 * can leave them out.
 */
import type { ChannelWatermarks, Watermark } from '../../marks/channel-watermarks.ts'
import type { Partition } from '../../marks/newest-timestamps.ts'
import type { TaskId } from '../../tuple/ids.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { TaskTimestamps } from './task-timestamps.ts'
import type { WatermarkSender } from './watermark-sender.ts'

/** What is to be known of a spout, and how it is held back. */
interface Asked {
  heldBy: number
  readonly exhausted: boolean
  /** Whether it may emit now. */
  readonly wantsTurns: boolean
  /** It emits nothing of these any more, and of all others again. */
  pausePartitions(partitions: ReadonlySet<Partition>): void
}

export class SpoutTime {
  readonly #timestamps: TaskTimestamps
  readonly #sender: WatermarkSender
  readonly #spout: Asked
  readonly #clock: Clock
  readonly #tasks: ChannelWatermarks
  #isAhead = false
  #paused: ReadonlySet<Partition> = new Set()

  /** @param tasks of the component, where they wait for each other; none else */
  constructor(
    timestamps: TaskTimestamps,
    sender: WatermarkSender,
    spout: Asked,
    clock: Clock,
    tasks: ChannelWatermarks,
  ) {
    this.#timestamps = timestamps
    this.#sender = sender
    this.#spout = spout
    this.#clock = clock
    this.#tasks = tasks
  }

  get intervalMs(): number {
    return this.#timestamps.intervalMs
  }

  /** What it has promised, for a snapshot. */
  get watermark(): number {
    return this.#sender.last.time
  }

  /** Where its partitions are, for a snapshot. What it has emitted is in the snapshot, too. */
  get partitions(): (readonly [Partition, number])[] {
    return this.#timestamps.partitions(Number.POSITIVE_INFINITY)
  }

  /** At each interval. */
  look(): void {
    const now = this.#clock.now()
    const { exhausted, wantsTurns } = this.#spout
    // One that is held back is not idle: it would emit.
    if (!wantsTurns && !exhausted) this.#timestamps.rested(now)
    if (this.#paused.size > 0) this.#timestamps.rested(now, this.#paused)
    const { time, isIdle } = this.#timestamps.watermark(now)
    this.#sender.send({ time, isIdle: isIdle || exhausted })
    this.#align()
  }

  /** A task of the component has come so far. */
  heard(task: TaskId, watermark: Watermark): void {
    this.#tasks.heard(task, watermark)
    this.#align()
  }

  /** Event time has come so far, whatever the tuples say. */
  advance(watermark: Watermark): void {
    this.#sender.send(watermark)
  }

  /** Somebody is there who has not heard the last one. */
  again(): void {
    this.#sender.again()
  }

  #align(): void {
    const { time, isIdle } = this.#tasks.least
    const own = this.#sender.last.time
    const isKnown = !isIdle && time !== Number.NEGATIVE_INFINITY
    const isAhead = isKnown && own - time > this.#timestamps.maxDriftMs
    if (isAhead !== this.#isAhead) {
      this.#isAhead = isAhead
      this.#spout.heldBy += isAhead ? 1 : -1
    }
    this.#pause(new Set(this.#timestamps.ahead(isKnown ? Math.min(time, own) : own)))
  }

  #pause(partitions: ReadonlySet<Partition>): void {
    const isNews = partitions.size !== this.#paused.size || [...partitions].some((one) => !this.#paused.has(one))
    if (!isNews) return
    this.#paused = partitions
    this.#spout.pausePartitions(partitions)
  }
}
