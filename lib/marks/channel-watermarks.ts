/**
 * How far event time has come at a task, by what the tasks ahead of it say. Rule: Akidau et al., "The Dataflow Model",
 * 2015, and Apache Flink's watermark valve.
 *
 * The law: it is the least of the watermarks of the channels that are not idle, each of which only moves forward; the
 * greatest of all where all are idle, for then none holds another back. It does not know what it was before: whoever
 * asks keeps what has been reached.
 */
import type { TaskId } from '../tuple/ids.ts'

/** How far event time has come, and whether nothing is to be expected for now. */
export interface Watermark {
  readonly time: number
  readonly isIdle: boolean
}

const NOTHING: Watermark = { time: Number.NEGATIVE_INFINITY, isIdle: false }

export class ChannelWatermarks {
  readonly #channels: Map<TaskId, Watermark>

  /** @param senders the tasks that send watermarks to this one */
  constructor(senders: Iterable<TaskId>) {
    this.#channels = new Map([...senders].map((task) => [task, NOTHING]))
  }

  /** A task ahead has said how far it is. */
  heard(sender: TaskId, { time, isIdle }: Watermark): void {
    const before = this.#channels.get(sender)
    if (before !== undefined) this.#channels.set(sender, { time: Math.max(before.time, time), isIdle })
  }

  /** How far they are together; nothing is known where there are no channels. */
  get least(): Watermark {
    return this.#channels.size === 0 ? NOTHING : together(this.#channels.values())
  }
}

/** What several watermarks make. */
export function together(watermarks: Iterable<Watermark>): Watermark {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  let isIdle = true
  for (const watermark of watermarks) {
    greatest = Math.max(greatest, watermark.time)
    if (watermark.isIdle) continue
    isIdle = false
    least = Math.min(least, watermark.time)
  }
  return { time: isIdle ? greatest : least, isIdle }
}
