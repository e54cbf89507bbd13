/**
 * The watermarks of one task of a spout: made of the timestamps of what it has emitted, and sent at intervals, behind
 * that. A spout that has nothing more to emit holds nobody back.
 */
import type { Watermark } from '../../marks/channel-watermarks.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { TaskTimestamps } from './task-timestamps.ts'
import type { WatermarkSender } from './watermark-sender.ts'

/** What is to be known of a spout. */
interface Asked {
  readonly exhausted: boolean
  /** Whether it may emit now. */
  readonly wantsTurns: boolean
}

export class SpoutTime {
  readonly #timestamps: TaskTimestamps
  readonly #sender: WatermarkSender
  readonly #spout: Asked
  readonly #clock: Clock

  constructor(timestamps: TaskTimestamps, sender: WatermarkSender, spout: Asked, clock: Clock) {
    this.#timestamps = timestamps
    this.#sender = sender
    this.#spout = spout
    this.#clock = clock
  }

  get intervalMs(): number {
    return this.#timestamps.intervalMs
  }

  /** What it has promised, for a snapshot. */
  get watermark(): number {
    return this.#sender.last.time
  }

  /** At each interval. */
  look(): void {
    const now = this.#clock.now()
    const { exhausted, wantsTurns } = this.#spout
    // One that is held back is not idle: it would emit.
    if (!wantsTurns && !exhausted) this.#timestamps.rested(now)
    const { time, isIdle } = this.#timestamps.watermark(now)
    this.#sender.send({ time, isIdle: isIdle || exhausted })
  }

  /** Event time has come so far, whatever the tuples say. */
  advance(watermark: Watermark): void {
    this.#sender.send(watermark)
  }

  /** Somebody is there who has not heard the last one. */
  again(): void {
    this.#sender.again()
  }
}
