/**
 * The tuples that windows of Storm's kind hold, in the order of their times, and which window fires when. It knows
 * neither a clock nor a state: time is told to it, and what has to be kept it says to a keeper.
 *
 * The laws: events of the same time keep the order in which they came. A window that ends at E holds the times from E -
 * length, without it, up to E. Windows that hold nothing do not fire; they are not even counted through. An event is
 * new in the first window that holds it, and expires once, when no later window can hold it. Rules: apache/storm
 * `storm-client/.../windowing/WindowManager.java` and its policies.
 *
 * Positions are absolute: they count all events that have ever been here, and never shift, for an event that is not
 * late comes behind all that have been in a window.
 */
import { alignedAfter, alignedBefore } from '../model/window.ts'
import { Count, type Duration, type TupleWindowShape } from './extent.ts'

/** An event that is kept. */
export interface Kept<T> {
  /** Number of the event, in the order in which they came. */
  readonly number: number
  readonly time: number
  readonly value: T
}

/** Where windows stand; with the events that are kept it says all. Plain data. */
export interface Head {
  /** Windows that end here or earlier have fired. */
  readonly watermark: number
  /** What it was before the end of the input, while the windows of the end fire. */
  readonly beforeEnd?: number
  readonly nextNumber: number
  /** Position of the first event that is kept. */
  readonly base: number
  /** Position of the first event that has not expired. */
  readonly from: number
  /** Position behind the last event that was in a window. */
  readonly seenTo: number
  /** Position behind the last event that a slide has passed. */
  readonly slidTo: number
}

/** Windows that have seen nothing. */
export const BEGINNING: Head = {
  watermark: Number.NEGATIVE_INFINITY,
  nextNumber: 0,
  base: 0,
  from: 0,
  seenTo: 0,
  slidTo: 0,
}

/** A window that fires. */
export interface FiredWindow<T> {
  /** What it holds, the oldest first. */
  readonly events: readonly T[]
  /** Those that no window held before. */
  readonly added: readonly T[]
  /** Those that have expired since the last window fired. */
  readonly expired: readonly T[]
  /** Its last moment. */
  readonly end: number
}

/** A window that is complete. */
interface Place {
  /** Position behind its last event. */
  readonly upTo: number
  readonly end: number
}

/** Learns what has to be kept. */
export interface Keeper<T> {
  /** No window will hold it any more. */
  expired(event: Kept<T>): void
  /** It has been among the expired ones of a window: it is not needed any more. */
  forgotten(event: Kept<T>): void
}

/** So many events may come before those are looked for that no window will hold. */
const COMPACT_EVENTS = 100
/** So many places at the front of the array may be empty. */
const MOST_EMPTY = 1000

export class EventLog<T> {
  readonly #shape: TupleWindowShape
  readonly #keeper: Keeper<T>
  /** Events by position, less `#base`; `#empty` places at the front are free. */
  #events: Kept<T>[]
  #empty = 0
  #watermark: number
  #beforeEnd: number | undefined
  #nextNumber: number
  #base: number
  #from: number
  #seenTo: number
  #slidTo: number
  #sinceCompact = 0

  /** @param events those that were kept at this head, in any order */
  constructor(shape: TupleWindowShape, keeper: Keeper<T>, head: Head = BEGINNING, events: readonly Kept<T>[] = []) {
    this.#shape = shape
    this.#keeper = keeper
    this.#events = [...events].sort((a, b) => a.time - b.time || a.number - b.number)
    this.#watermark = head.watermark
    this.#beforeEnd = head.beforeEnd
    this.#nextNumber = head.nextNumber
    this.#base = head.base
    this.#from = head.from
    this.#seenTo = head.seenTo
    this.#slidTo = head.slidTo
  }

  /** How many events are kept. */
  get size(): number {
    return this.#events.length - this.#empty
  }

  get head(): Head {
    return {
      watermark: this.#watermark,
      ...(this.#beforeEnd !== undefined && { beforeEnd: this.#beforeEnd }),
      nextNumber: this.#nextNumber,
      base: this.#base,
      from: this.#from,
      seenTo: this.#seenTo,
      slidTo: this.#slidTo,
    }
  }

  /** The time of the newest event that is kept. */
  get newest(): number | undefined {
    return this.#events.at(-1)?.time
  }

  /** Whether a further window would fire as time goes on, though nothing comes. For slides by time. */
  get wantsSlide(): boolean {
    const { length } = this.#shape
    return (length instanceof Count ? this.#slidTo : this.#from) < this.#base + this.size
  }

  /** Whether no window to come would hold an event of this time, or one before it may have fired without it. */
  isLate(time: number): boolean {
    if (time < this.#watermark) return true
    const { length, slide } = this.#shape
    if (length instanceof Count || slide instanceof Count || !Number.isFinite(this.#watermark)) return false
    return time <= this.nextEnd(this.#watermark) - length.ms
  }

  /** Where the next window ends that ends after a time. For slides by time. */
  nextEnd(after: number): number {
    const { ms } = this.#shape.slide as Duration
    return alignedBefore(after, ms) + ms
  }

  /** Hot. @returns the event as it is kept */
  add(time: number, value: T): Kept<T> {
    const event = { number: this.#nextNumber++, time, value }
    const newest = this.newest
    if (newest === undefined || newest <= time) this.#events.push(event)
    else this.#events.splice(this.#behind(time) - this.#base + this.#empty, 0, event)
    return event
  }

  /**
   * Events come in the order of their times, and no window waits for a watermark: lets those expire, now and then, that
   * no window to come will hold.
   */
  compact(): void {
    if (++this.#sinceCompact < COMPACT_EVENTS) return
    this.#sinceCompact = 0
    const { length } = this.#shape
    const end = this.#base + this.size
    this.#expire(length instanceof Count ? end - length.count : this.#behind(this.newest! - length.ms))
  }

  /**
   * The windows that fire when time has come to `to`, one after the other. What is added meanwhile is not in them.
   * @param to +Infinity: the input has ended. What a later run finds in it begins where time was before
   */
  *advance(to: number): Generator<FiredWindow<T>, void> {
    for (const { upTo, end } of this.#complete(to)) yield this.#fire(upTo, end)
  }

  /**
   * The next window that would fire does not. What is new, or expired, in it is so in the one behind.
   * @returns whether there is one
   */
  skip(to: number): boolean {
    return this.#complete(to).next().done !== true
  }

  /** The events of the last window that has fired are gone: they come again, or not. */
  dropWindow(): void {
    for (let position = this.#from; position < this.#seenTo; position++) this.#keeper.forgotten(this.#at(position)!)
    this.#free(this.#seenTo)
    this.#from = this.#seenTo
  }

  /** All events expire. */
  finish(): void {
    this.#expire(this.#base + this.size)
    this.#forget(this.#from)
  }

  /** Where the windows are that are complete when time has come to `to`. */
  *#complete(to: number): Generator<Place, void> {
    if (to < this.#watermark) return
    if (to === Number.POSITIVE_INFINITY) this.#beforeEnd ??= this.#watermark
    yield* this.#shape.slide instanceof Count
      ? this.#slideByCount(this.#shape.slide.count, to)
      : this.#slideByTime(this.#shape.slide.ms, to)
    this.#watermark = this.#beforeEnd ?? to
    this.#beforeEnd = undefined
  }

  /**
   * The windows that events of one time complete fire in the order of the events.
   * @param to the last time that counts
   */
  *#slideByCount(count: number, to: number): Generator<Place, void> {
    const { length } = this.#shape
    for (;;) {
      const upTo = this.#slidTo + count
      const last = this.#at(upTo - 1)
      if (last === undefined || last.time > to) return
      this.#slidTo = upTo
      const from = length instanceof Count ? upTo - length.count : this.#behind(last.time - length.ms)
      this.#expire(Math.min(from, upTo))
      yield { upTo, end: last.time }
    }
  }

  *#slideByTime(slideMs: number, to: number): Generator<Place, void> {
    const { length } = this.#shape
    const first = this.#at(this.#from)
    if (first === undefined) return
    let end = Number.isFinite(this.#watermark) ? this.nextEnd(this.#watermark) : alignedAfter(first.time, slideMs)
    while (end <= to) {
      const upTo = this.#behind(end)
      this.#expire(length instanceof Count ? upTo - length.count : this.#behind(end - length.ms))
      const isWorthIt = length instanceof Count ? upTo > this.#slidTo : upTo > this.#from
      if (isWorthIt) {
        this.#watermark = end
        this.#slidTo = upTo
        yield { upTo, end }
        end += slideMs
        continue
      }
      const next = this.#at(upTo)
      if (next === undefined) return
      end = alignedAfter(next.time, slideMs)
    }
  }

  #fire(upTo: number, end: number): FiredWindow<T> {
    const window = {
      events: this.#values(this.#from, upTo),
      added: this.#values(Math.max(this.#from, this.#seenTo), upTo),
      expired: this.#values(this.#base, this.#from),
      end,
    }
    this.#seenTo = upTo
    this.#forget(this.#from)
    return window
  }

  /** @param to position behind the last one that expires */
  #expire(to: number): void {
    for (; this.#from < to; this.#from++) this.#keeper.expired(this.#at(this.#from)!)
  }

  #forget(to: number): void {
    for (let position = this.#base; position < to; position++) this.#keeper.forgotten(this.#at(position)!)
    this.#free(to)
  }

  #free(to: number): void {
    const freed = to - this.#base
    this.#events.fill(undefined as never, this.#empty, this.#empty + freed)
    this.#base = to
    this.#empty += freed
    if (this.#empty < MOST_EMPTY && this.size > 0) return
    this.#events = this.#events.slice(this.#empty)
    this.#empty = 0
  }

  #at(position: number): Kept<T> | undefined {
    return this.#events[position - this.#base + this.#empty]
  }

  #values(from: number, to: number): T[] {
    const offset = this.#empty - this.#base
    return this.#events.slice(from + offset, to + offset).map(({ value }) => value)
  }

  /** Position of the first event after a time. */
  #behind(time: number): number {
    let low = this.#empty
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#events[middle]!.time <= time) low = middle + 1
      else high = middle
    }
    return low - this.#empty + this.#base
  }
}
