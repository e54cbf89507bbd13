/** Sends the watermarks of one task to all tasks behind it, each in the order of what it is sent. */
import type { Watermark } from '../../marks/channel-watermarks.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { Tuple, type TupleSource } from '../../tuple/tuple.ts'
import type { Emitter } from '../task/emitter.ts'

export class WatermarkSender {
  readonly #emitter: Emitter
  readonly #source: TupleSource | undefined
  readonly #targets: readonly TaskId[]
  readonly #delayMs: number
  #last: Watermark = { time: Number.NEGATIVE_INFINITY, isIdle: false }

  /**
   * @param source the stream of the task's watermarks; undefined where nobody hears them
   * @param restored what it had been given at the snapshot that the run goes on from
   * @param delayMs what it is given is sent less this
   */
  constructor(
    emitter: Emitter,
    source: TupleSource | undefined,
    targets: readonly TaskId[],
    restored = Number.NEGATIVE_INFINITY,
    delayMs = 0,
  ) {
    this.#emitter = emitter
    this.#source = source
    this.#targets = targets
    this.#delayMs = delayMs
    this.#last = { time: restored - delayMs, isIdle: false }
  }

  /** What was sent last. It is kept, and sent again by a run that goes on: a promise is not taken back. */
  get last(): Watermark {
    return this.#last
  }

  /** Sends it where it says something new. What is sent never goes back. */
  send({ time, isIdle }: Watermark): void {
    const next = { time: Math.max(time - this.#delayMs, this.#last.time), isIdle }
    if (next.time === this.#last.time && isIdle === this.#last.isIdle) return
    this.#last = next
    this.#deliver()
  }

  /** Sends the last one again: somebody is there who has not heard it. */
  again(): void {
    if (this.#last.time !== Number.NEGATIVE_INFINITY || this.#last.isIdle) this.#deliver()
  }

  #deliver(): void {
    if (this.#source === undefined) return
    const { time, isIdle } = this.#last
    for (const target of this.#targets)
      this.#emitter.deliver(target, new Tuple([time, isIdle], this.#source, 0, 0, 0, 0, 0, undefined))
  }
}
