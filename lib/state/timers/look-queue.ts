/**
 * When timers are looked at: those of an earlier time first, and of those of one time the one that came first. Timers
 * of windows are set to few times, each for many keys, so a queue goes by times and not by looks: coming and leaving
 * cost the same however many wait, as long as the times are few.
 */
import { Heap } from '../../util/collections/heap.ts'

/** All that is looked at at one time. */
interface Moment<T> {
  readonly time: number
  readonly looks: (T | undefined)[]
  /** How many have left. */
  left: number
}

export class LookQueue<T> {
  readonly #heap = new Heap<Moment<T>>((a, b) => a.time < b.time)
  readonly #byTime = new Map<number, Moment<T>>()

  /** When the first one is looked at; undefined where there is none. */
  get firstTime(): number | undefined {
    return this.#heap.first?.time
  }

  push(time: number, look: T): void {
    const moment = this.#byTime.get(time)
    if (moment === undefined) this.#begin(time, [look])
    else moment.looks.push(look)
  }

  /** The first one, which leaves; undefined where there is none. */
  shift(): T | undefined {
    const moment = this.#heap.first
    if (moment === undefined) return undefined
    const look = moment.looks[moment.left]
    moment.looks[moment.left++] = undefined
    if (moment.left === moment.looks.length) {
      this.#heap.shift()
      this.#byTime.delete(moment.time)
    }
    return look
  }

  /** All others leave. */
  keep(isWanted: (look: T, time: number) => boolean): void {
    const moments = [...this.#byTime.values()]
    this.#byTime.clear()
    this.#heap.keep(() => false)
    for (const { time, looks } of moments) {
      const wanted = looks.filter((look) => look !== undefined && isWanted(look, time))
      if (wanted.length > 0) this.#begin(time, wanted)
    }
  }

  #begin(time: number, looks: (T | undefined)[]): void {
    const moment = { time, looks, left: 0 }
    this.#byTime.set(time, moment)
    this.#heap.push(moment)
  }
}
