/**
 * What a task of a bolt that knows time takes its tuples from: its inbox, and what time has for it. It hands out the
 * tuples that have come, and between them, each as a tuple of the runtime's own and so an execution by itself, the
 * timers that are due and the watermark that has been reached. Neither the run loop nor an executor knows of it.
 *
 * A watermark's way through a task:
 *
 *     it comes ──▶ waits until all that was begun before it is over ──▶ timers up to it fire, in order of time
 *                  ──▶ onWatermark ──▶ it goes to the tasks behind, after all that was emitted
 *
 * The law: meanwhile no tuple that came behind it is handed out. So what a task emits leaves ahead of the watermark
 * that it came ahead of, and timers fire once and in order, whatever the interleaving of the channels.
 *
 * What a snapshot holds of it is one number: the watermark whose way is over. All else is derived: timers are state,
 * and those that are due fire when the task starts; of the channels it hears anew, for every task sends its last
 * watermark again when it starts.
 */
import type { ChannelWatermarks, Watermark } from '../../marks/channel-watermarks.ts'
import type { Partition } from '../../marks/newest-timestamps.ts'
import type { TaskTimers } from '../../state/timers/task-timers.ts'
import type { TimeDomain } from '../../topology/component/timers.ts'
import { WATERMARK_STREAM } from '../../tuple/system-ids.ts'
import { TIMER_SOURCE, WATERMARK_SOURCE } from '../../tuple/system-sources.ts'
import { type Tuple, untrackedTuple } from '../../tuple/tuple.ts'
import type { Inbox, TaskInput } from '../task/inbox.ts'
import type { TaskTimestamps } from './task-timestamps.ts'
import type { WatermarkSender } from './watermark-sender.ts'

/** What a timed task needs of its worker. */
export interface TimedPorts {
  /** Milliseconds since 1970. */
  date(): number
  /** Milliseconds, monotonic. */
  now(): number
  after(ms: number, call: () => void): () => void
  /** There is work for the task. */
  wake(): void
}

/** Where the last watermark is on its way. */
type Stage = 'over' | 'firing' | 'announced'

/** Longest time for which a clock is asked to wake somebody, milliseconds. */
const LONGEST_SLEEP_MS = 86_400_000

export class TimedInbox implements TaskInput {
  /** Executions that are begun and not over; the executor sets it. */
  executor: { readonly unsettled: number } = { unsettled: 0 }
  readonly #inbox: Inbox
  readonly #timers: TaskTimers
  readonly #channels: ChannelWatermarks
  readonly #timestamps: TaskTimestamps | undefined
  readonly #sender: WatermarkSender
  readonly #announces: boolean
  readonly #ports: TimedPorts
  #stage: Stage = 'over'
  /** The watermark that was reached last and whose way is over. */
  #reached: number
  /** Something of time is to be done before the next tuple. */
  #isBusy: boolean
  /** What is to be reached: it waits until all that was begun before it came is over. */
  #next: Watermark
  /** When the clock wakes this task, and how it is called off. */
  #alarmAt = Number.POSITIVE_INFINITY
  #cancelAlarm: () => void = () => {}
  #onEnd: (() => void) | undefined

  /**
   * @param timestamps of a bolt that has some: it makes its watermarks, and hears of no other's
   * @param announces whether the bolt wants to know of watermarks
   */
  constructor(
    inbox: Inbox,
    timers: TaskTimers,
    channels: ChannelWatermarks,
    timestamps: TaskTimestamps | undefined,
    sender: WatermarkSender,
    announces: boolean,
    ports: TimedPorts,
  ) {
    this.#inbox = inbox
    this.#timers = timers
    this.#channels = channels
    this.#timestamps = timestamps
    this.#sender = sender
    this.#announces = announces
    this.#ports = ports
    this.#reached = timers.watermark
    this.#next = { time: timers.watermark, isIdle: false }
    // What is due of a snapshot fires at once.
    this.#isBusy = true
    timers.onSet = (domain, time) => this.#set(domain, time)
  }

  /** What is on its way counts as one. */
  get size(): number {
    return this.#inbox.size + (this.#isBusy ? 1 : 0)
  }

  get load(): number {
    return this.#inbox.load
  }

  /** How far event time has come, for a snapshot. */
  get watermark(): number {
    const { watermark } = this.#timers
    const isOver =
      this.#stage === 'announced' && this.executor.unsettled === 0 && this.#timers.next('event') > watermark
    return isOver ? this.#finite : this.#reached
  }

  /** Where its partitions are, for a snapshot. */
  get partitions(): (readonly [Partition, number])[] {
    return this.#timestamps?.partitions(this.watermark) ?? []
  }

  /** How often `look` is called, milliseconds; undefined: never. */
  get intervalMs(): number | undefined {
    return this.#timestamps?.intervalMs
  }

  [Symbol.iterator](): Iterator<Tuple> {
    return this.#inbox[Symbol.iterator]()
  }

  /** Hot. */
  shift(): Tuple | undefined {
    for (;;) {
      if (this.#isBusy) {
        if (this.executor.unsettled > 0) return undefined
        const due = this.#due()
        if (due !== undefined) return due
      }
      const tuple = this.#inbox.shift()
      if (tuple === undefined || tuple.source.stream !== WATERMARK_STREAM) return tuple
      const [time, isIdle] = tuple.values as unknown as [number, boolean]
      this.#channels.heard(tuple.source.task, { time, isIdle })
      this.advance(this.#channels.least)
    }
  }

  /** Makes a watermark of the timestamps of what has come, at each interval. */
  look(): void {
    const now = this.#ports.now()
    // What waits here for its turn makes nothing idle.
    if (this.#inbox.size > 0) this.#timestamps!.rested(now)
    this.advance(this.#timestamps!.watermark(now))
  }

  /** Event time is to move on to there, if that is further. */
  advance({ time, isIdle }: Watermark): void {
    if (time > this.#next.time || isIdle !== this.#next.isIdle) this.#isBusy = true
    this.#next = { time: Math.max(time, this.#next.time), isIdle }
    if (this.#isBusy) this.#ports.wake()
  }

  /** Somebody behind this task has not heard the last watermark. */
  again(): void {
    this.#sender.again()
  }

  /** The input has ended: all timers fire in event time. Settles when they have. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve
      this.advance({ time: Number.POSITIVE_INFINITY, isIdle: this.#next.isIdle })
      this.#isBusy = true
      this.#ports.wake()
    })
  }

  /** What time has for the task now, where all that was begun is over; undefined: nothing more. */
  #due(): Tuple | undefined {
    const timers = this.#timers
    for (;;) {
      const due = timers.due('event', timers.watermark) ?? timers.due('processing', this.#ports.date())
      if (due !== undefined) return untrackedTuple([due], TIMER_SOURCE)
      if (this.#stage === 'firing') {
        this.#stage = 'announced'
        if (this.#announces) return untrackedTuple([timers.watermark], WATERMARK_SOURCE)
      }
      this.#stage = 'over'
      this.#reached = this.#finite
      // The end is told to each component by itself, when nothing is under way to it.
      const isThere = this.#next.time === timers.watermark
      this.#sender.send({ time: this.#reached, isIdle: this.#next.isIdle && isThere })
      if (isThere) break
      timers.watermark = this.#next.time
      this.#stage = 'firing'
    }
    this.#isBusy = false
    this.#setAlarm()
    this.#onEnd?.()
    this.#onEnd = undefined
    return undefined
  }

  get #finite(): number {
    const { watermark } = this.#timers
    return watermark === Number.POSITIVE_INFINITY ? this.#reached : watermark
  }

  #set(domain: TimeDomain, time: number): void {
    if (domain === 'processing') this.#setAlarm()
    else if (time <= this.#timers.watermark) this.#isBusy = true
  }

  #setAlarm(): void {
    const at = this.#timers.next('processing')
    if (at >= this.#alarmAt) return
    this.#cancelAlarm()
    this.#alarmAt = at
    const ms = Math.min(Math.max(0, at - this.#ports.date()), LONGEST_SLEEP_MS)
    this.#cancelAlarm = this.#ports.after(ms, () => {
      this.#alarmAt = Number.POSITIVE_INFINITY
      this.#isBusy = true
      this.#ports.wake()
    })
  }
}
