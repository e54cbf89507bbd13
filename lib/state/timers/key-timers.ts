/**
 * The timers of one name and one domain, by key: a state, whose values are the times of a key. So they take part in
 * executions and snapshots as every state does, and move with their keys.
 *
 * What is derived: which key is looked at when. Of each key that has timers the heap has an entry at its earliest time,
 * or before; a key that is looked at too early is put back. So what is set and deleted again, or undone, leaves nothing
 * behind but a look that finds nothing.
 */
import type { KeyValueState } from '../../topology/component/state.ts'
import type { TimeDomain, Timer } from '../../topology/component/timers.ts'
import type { Heap } from '../../util/collections/heap.ts'
import { mapKeyOf, valueOfMapKey } from '../../values/key.ts'
import { type MapKey, ownKey } from '../../values/own-key.ts'

/** A key that is looked at when its time has come. */
export interface Look {
  readonly time: number
  /** Of those of one time the first one comes first. */
  readonly order: number
  readonly timers: KeyTimers
  readonly key: MapKey
}

/** The times of a key, ascending; one alone stands for itself. */
type Times = number | readonly number[]

/** Of so many looks that are out of date, and more than there are others, the heap is rid. */
const STALE_LOOKS = 64

export class KeyTimers {
  readonly name: string
  readonly domain: TimeDomain
  readonly #state: KeyValueState<unknown, Times>
  readonly #heap: Heap<Look>
  /** When each key is looked at. */
  readonly #looks = new Map<MapKey, number>()
  #stale = 0
  #order = 0

  /** @param state may hold what a snapshot held */
  constructor(name: string, domain: TimeDomain, state: KeyValueState<unknown, Times>, heap: Heap<Look>) {
    this.name = name
    this.domain = domain
    this.#state = state
    this.#heap = heap
    for (const [key, times] of state.entries()) this.#look(mapKeyOf(key), firstOf(times))
  }

  /** Hot. */
  set(key: unknown, time: number): void {
    const times = this.#state.get(key)
    if (times === time) return
    if (times === undefined) this.#state.put(key, time)
    else {
      const all = typeof times === 'number' ? [times] : times
      if (all.includes(time)) return
      this.#state.put(
        key,
        [...all, time].sort((a, b) => a - b),
      )
    }
    this.#look(mapKeyOf(key), time)
  }

  delete(key: unknown, time: number): void {
    const times = this.#state.get(key)
    if (times === undefined) return
    const left = typeof times === 'number' ? [times] : times
    const rest = left.filter((other) => other !== time)
    if (rest.length === left.length) return
    if (rest.length === 0) this.#state.delete(key)
    else this.#state.put(key, rest.length === 1 ? rest[0]! : rest)
  }

  /** The timer that a look finds; undefined where it is out of date, or too early. */
  found(look: Look): Timer | undefined {
    const { time, key } = look
    if (!this.#isCurrent(look)) {
      this.#stale--
      return undefined
    }
    this.#looks.delete(key)
    const value = valueOfMapKey(key)
    const times = this.#state.get(value)
    if (times === undefined) return undefined
    const first = firstOf(times)
    if (first > time) {
      this.#look(key, first)
      return undefined
    }
    return { name: this.name, key: value, time: first, domain: this.domain }
  }

  /** The timer fires, within the execution that it is: it is there no more. Where that is undone, it is again. */
  fire({ key, time }: Timer): void {
    this.delete(key, time)
    const times = this.#state.get(key)
    if (times !== undefined) this.#look(mapKeyOf(key), firstOf(times))
  }

  #isCurrent({ key, time }: Look): boolean {
    return this.#looks.get(key) === time
  }

  #look(key: MapKey, time: number): void {
    const before = this.#looks.get(key)
    if (before !== undefined && before <= time) return
    const own = ownKey(key)
    this.#looks.set(own, time)
    this.#heap.push({ time, order: this.#order++, timers: this, key: own })
    if (before !== undefined && ++this.#stale > STALE_LOOKS && this.#stale > this.#looks.size) {
      this.#heap.keep((look) => look.timers !== this || this.#isCurrent(look))
      this.#stale = 0
    }
  }
}

function firstOf(times: Times): number {
  return typeof times === 'number' ? times : times[0]!
}
