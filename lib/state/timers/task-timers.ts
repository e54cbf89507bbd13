/**
 * The timers of one task: by name, in event time and by the clock. Which are due is asked for; what they do is an
 * execution of the task's bolt (`executor/time`).
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { StateOptions } from '../../topology/component/state.ts'
import type { TimeDomain, Timer, Timers } from '../../topology/component/timers.ts'
import { EVENT_TIMERS_STATE, PROCESSING_TIMERS_STATE } from '../../tuple/system-ids.ts'
import type { GroupWatermark } from '../group.ts'
import type { TaskStates } from '../task-states.ts'
import { KeyTimers, type TimedKey } from './key-timers.ts'
import { LookQueue } from './look-queue.ts'

const STATES: Readonly<Record<TimeDomain, string>> = {
  event: EVENT_TIMERS_STATE,
  processing: PROCESSING_TIMERS_STATE,
}

/** What waits for one of the two times. */
class Domain {
  readonly queue = new LookQueue<TimedKey>()
  readonly byName = new Map<string, KeyTimers>()
}

export class TaskTimers {
  /** The watermark of the task. */
  watermark: number
  /** A timer is set; or what it was set to was there before. */
  onSet: (domain: TimeDomain, time: number) => void = () => {}
  readonly #states: TaskStates
  readonly #domains: Readonly<Record<TimeDomain, Domain>> = { event: new Domain(), processing: new Domain() }
  readonly #faces = new Map<string, Timers>()
  readonly #floors: readonly GroupWatermark[]
  readonly #highestFloor: number

  /**
   * @param watermark that of the snapshot that the task begins with
   * @param floors how far event time had come for groups that other tasks had had: for those it does not go back
   */
  constructor(states: TaskStates, watermark = Number.NEGATIVE_INFINITY, floors: readonly GroupWatermark[] = []) {
    this.#states = states
    this.watermark = watermark
    this.#floors = floors
    this.#highestFloor = Math.max(...floors.map((floor) => floor.watermark))
  }

  /** The floors that are above a watermark of the task. */
  floorsAbove(watermark: number): GroupWatermark[] {
    return this.#floors.filter((floor) => floor.watermark > watermark)
  }

  /** The timers of this name: those of a snapshot are there when they are asked for first. */
  named(name: string, options?: Pick<StateOptions, 'settings'>): Timers {
    let face = this.#faces.get(name)
    if (face === undefined) {
      face = this.#make(name, options)
      this.#faces.set(name, face)
    }
    return face
  }

  /** The earliest timer of up to this time; its look is gone, but it is not: `fire` it. */
  due(domain: TimeDomain, time: number): Timer | undefined {
    const { queue } = this.#domains[domain]
    for (let first = queue.firstTime; first !== undefined && first <= time; first = queue.firstTime) {
      const look = queue.shift()!
      const timer = look.timers.found(look, first)
      if (timer !== undefined) return timer
    }
    return undefined
  }

  /** When the next one may be due; +Infinity: there is none. */
  next(domain: TimeDomain): number {
    return this.#domains[domain].queue.firstTime ?? Number.POSITIVE_INFINITY
  }

  /** It fires, within its execution: what is undone of that brings it back. */
  fire(timer: Timer): void {
    const { domain, name, key } = timer
    const timers = this.#domains[domain].byName.get(name)!
    this.#states.executeFor(timers.stateName, key)
    timers.fire(timer)
  }

  /** It was due, and its execution was undone: it waits for its time again. */
  putBack({ domain, name, key }: Timer): void {
    this.#domains[domain].byName.get(name)!.putBack(key)
  }

  /** How far event time has come for what is executed. Hot. */
  get #watermarkInHand(): number {
    const { watermark } = this
    if (watermark >= this.#highestFloor) return watermark
    const { group } = this.#states
    const floors = this.#floors.filter(({ from, to }) => from <= group && group < to)
    return Math.max(watermark, ...floors.map((floor) => floor.watermark))
  }

  #make(name: string, options?: Pick<StateOptions, 'settings'>): Timers {
    const timers = this
    const event = this.#keyTimers('event', name, options)
    const processing = this.#keyTimers('processing', name, options)
    return {
      get watermark() {
        return timers.#watermarkInHand
      },
      atEventTime: (key, time) => this.#set(event, key, time),
      atProcessingTime: (key, time) => this.#set(processing, key, time),
      deleteEventTime: (key, time) => event.delete(key, time),
      deleteProcessingTime: (key, time) => processing.delete(key, time),
    }
  }

  #keyTimers(domain: TimeDomain, name: string, options?: Pick<StateOptions, 'settings'>): KeyTimers {
    const { queue, byName } = this.#domains[domain]
    const stateName = nameOf(domain, name)
    const made = new KeyTimers(name, domain, stateName, this.#states.state(stateName, options), queue)
    byName.set(name, made)
    return made
  }

  /** Hot. */
  #set(timers: KeyTimers, key: unknown, time: number): void {
    if (typeof time !== 'number' || Number.isNaN(time)) throw badTime(timers, time)
    timers.set(key, time)
    this.onSet(timers.domain, time)
  }
}

/** Of the state. */
function nameOf(domain: TimeDomain, name: string): string {
  return `${STATES[domain]} ${name}`
}

function badTime({ name, domain }: KeyTimers, time: unknown): TyphoonError {
  const shown = typeof time === 'number' ? String(time) : `a ${typeof time}`
  return new TyphoonError('BAD_TIMER', `a timer of "${name}" is set to ${shown}, and not to a time`, {
    hint:
      domain === 'event'
        ? 'a number in the unit of the timestamps, or Infinity for the end of the input'
        : 'milliseconds since 1970, as context.date() has them',
  })
}
