/**
 * What every kind of keyed windows needs, and what it is asked for. Windows live in states and timers alone, so they
 * survive whatever these survive.
 */
import type { KeyValueState, Timer, Timers, Tuple } from '../../index.ts'
import { mapKeyOf } from '../../values/key.ts'
import { timeKey } from '../../values/time-key.ts'
import type { Trigger } from '../model/trigger.ts'
import type { Window } from '../model/window.ts'
import type { Aggregate } from './aggregate.ts'

/** What a further firing of a window says: what is new; everything; or everything, after taking back what was said. */
export type Accumulation = 'discarding' | 'accumulating' | 'retracting'

/** The names of the timers: a window may fire for good, is forgotten, may fire by the clock. */
export const FIRE_TIMERS = 'windows.fire'
export const CLEAN_TIMERS = 'windows.clean'
export const DELAY_TIMERS = 'windows.delay'

/** What windows of a key are made with. */
export interface WindowParts {
  readonly aggregate: Aggregate<any, unknown[]>
  readonly trigger: Trigger
  readonly accumulation: Accumulation
  readonly latenessMs: number
  readonly fire: Timers
  readonly clean: Timers
  readonly delay: Timers
  /** By the clock, milliseconds since 1970. */
  now(): number
  /** @param byTime see `StateOptions` */
  state<V>(name: string, byTime?: boolean): KeyValueState<string, V>
}

/** Takes what a window comes to. `retracts`: it was said before, and does not hold any more. */
export type Emit = (key: unknown, results: readonly unknown[], window: Window, retracts: boolean) => void

/** The windows of a task, of one kind. */
export interface KeyedWindows {
  /** Takes in a tuple; false where it is too late for all its windows. Hot. */
  add(key: unknown, time: number, tuple: Tuple, emit: Emit): boolean
  /** A timer of theirs fires. */
  onTimer(timer: Timer, emit: Emit): void
  /** Its window has come to no result, and does not any more: all else of the key goes on. */
  onTimerGivenUp(timer: Timer): void
}

/** The key in a state of what belongs to a key and a time. Hot. */
export function stateKey(time: number, key: unknown): string {
  return timeKey(time, mapKeyOf(key))
}
