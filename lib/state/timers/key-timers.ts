/**
 * The timers of one name and one domain, by key: a state, whose values are the times of a key. So they take part in
 * executions and snapshots as every state does, and move with their keys.
 *
 * What is derived: which key is looked at when. Of each key that has timers the queue has a look at its earliest time,
 * or before; a key that is looked at too early is put back. So what is set and deleted again, or undone, leaves nothing
 * behind but a look that finds nothing.
 */
import type { KeyValueState, StateCell } from '../../topology/component/state.ts'
import type { TimeDomain, Timer } from '../../topology/component/timers.ts'
import { mapKeyOf, valueOfMapKey } from '../../values/key.ts'
import { type MapKey, ownKey } from '../../values/own-key.ts'
import { KeyMap } from '../key-map.ts'
import type { LookQueue } from './look-queue.ts'

/** A key that has timers, or had some a moment ago: it is looked at when its time has come. */
export interface TimedKey {
  readonly timers: KeyTimers
  readonly key: MapKey
  readonly value: unknown
  readonly times: StateCell<Times>
  /** When it is looked at; undefined: never. */
  at: number | undefined
}

/** The times of a key, ascending; one alone stands for itself. */
type Times = number | readonly number[]

/** Of so many looks that are out of date, and more than there are others, the queue is rid. */
const STALE_LOOKS = 64

export class KeyTimers {
  readonly name: string
  readonly domain: TimeDomain
  /** The name of the state. */
  readonly stateName: string
  readonly #state: KeyValueState<unknown, Times>
  readonly #queue: LookQueue<TimedKey>
  readonly #keys = new KeyMap<TimedKey>()
  /** The one that was found last: as a rule it goes on with another timer. */
  #found: TimedKey | undefined
  #stale = 0

  /** @param state of that name; it may hold what a snapshot held */
  constructor(
    name: string,
    domain: TimeDomain,
    stateName: string,
    state: KeyValueState<unknown, Times>,
    queue: LookQueue<TimedKey>,
  ) {
    this.name = name
    this.domain = domain
    this.stateName = stateName
    this.#state = state
    this.#queue = queue
    for (const [key, times] of state.entries()) this.#look(this.#timedKey(key), firstOf(times))
  }

  /** Hot. */
  set(key: unknown, time: number): void {
    const timed = this.#timedKey(key)
    const times = timed.times.get()
    if (times === time) return
    if (times === undefined) timed.times.put(time)
    else {
      const all = typeof times === 'number' ? [times] : times
      if (all.includes(time)) return
      timed.times.put([...all, time].sort((a, b) => a - b))
    }
    this.#look(timed, time)
  }

  delete(key: unknown, time: number): void {
    this.#delete(this.#keys.get(mapKeyOf(key))?.times ?? this.#state.cell(key), time)
  }

  /** The timer that a look at a key of its finds; undefined where it is out of date, or too early. */
  found(timed: TimedKey, time: number): Timer | undefined {
    if (timed.at !== time) {
      this.#stale--
      return undefined
    }
    timed.at = undefined
    this.#letGo()
    this.#found = timed
    const times = timed.times.get()
    if (times === undefined) return undefined
    const first = firstOf(times)
    if (first > time) {
      this.#look(timed, first)
      return undefined
    }
    return { name: this.name, key: timed.value, time: first, domain: this.domain }
  }

  /** The timer fires, within the execution that it is: it is there no more. Where that is undone, it is again. */
  fire({ key, time }: Timer): void {
    const timed = this.#timedKey(key)
    const rest = this.#delete(timed.times, time)
    if (rest !== undefined) this.#look(timed, firstOf(rest))
  }

  /** A timer of the key was found and has not fired. */
  putBack(key: unknown): void {
    const timed = this.#timedKey(key)
    const times = timed.times.get()
    if (times !== undefined) this.#look(timed, firstOf(times))
  }

  /** @returns what is left */
  #delete(cell: StateCell<Times>, time: number): Times | undefined {
    const times = cell.get()
    if (times === undefined) return undefined
    const left = typeof times === 'number' ? [times] : times
    const rest = left.filter((other) => other !== time)
    if (rest.length === left.length) return times
    if (rest.length === 0) {
      cell.delete()
      return undefined
    }
    const kept = rest.length === 1 ? rest[0]! : rest
    cell.put(kept)
    return kept
  }

  #timedKey(key: unknown): TimedKey {
    const known = mapKeyOf(key)
    if (this.#found?.key === known) return this.#found
    return this.#keys.get(known) ?? this.#newTimedKey(ownKey(known))
  }

  /** Known from its first look on. */
  #newTimedKey(key: MapKey): TimedKey {
    const value = valueOfMapKey(key)
    return { timers: this, key, value, times: this.#state.cell(value), at: undefined }
  }

  /** The key that was found before: nothing is remembered of one that nobody is going to look at. */
  #letGo(): void {
    if (this.#found !== undefined && this.#found.at === undefined) this.#keys.remove(this.#found)
    this.#found = undefined
  }

  #look(timed: TimedKey, time: number): void {
    const { at } = timed
    if (at !== undefined && at <= time) return
    if (at === undefined && timed !== this.#found) this.#keys.add(timed)
    timed.at = time
    this.#queue.push(time, timed)
    if (at !== undefined && ++this.#stale > STALE_LOOKS && this.#stale > this.#keys.size) {
      this.#queue.keep((look, moment) => look.timers !== this || look.at === moment)
      this.#stale = 0
    }
  }
}

function firstOf(times: Times): number {
  return typeof times === 'number' ? times : times[0]!
}
