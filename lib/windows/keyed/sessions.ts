/** Sessions by key: each has its aggregate and its record, and those that a tuple joins become one. */
import type { KeyValueState, Timer, Tuple } from '../../index.ts'
import { type SessionWindows, windowsOf } from '../model/assigner.ts'
import { addToSessions } from '../model/sessions.ts'
import { together } from '../model/trigger.ts'
import type { Window } from '../model/window.ts'
import { fireIfDue, NEW_RECORD, nowOf, setDelays, type WindowRecord, withTuple } from './firing.ts'
import {
  CLEAN_TIMERS,
  DELAY_TIMERS,
  type Emit,
  type KeyedWindows,
  lastMomentOf,
  stateKey,
  type WindowParts,
} from './windows.ts'

/** A session of a key. */
interface Session extends Window, WindowRecord {
  /** Undefined where all was said and is not to be said again. */
  readonly accumulated: unknown
}

export class Sessions implements KeyedWindows {
  readonly #windows: SessionWindows
  readonly #parts: WindowParts
  readonly #sessions: KeyValueState<string, readonly Session[]>

  constructor(windows: SessionWindows, parts: WindowParts) {
    this.#windows = windows
    this.#parts = parts
    this.#sessions = parts.state('sessions')
  }

  add(key: unknown, time: number, tuple: Tuple, emit: Emit): boolean {
    const [element] = windowsOf(this.#windows, time)
    const { window, absorbed, others } = addToSessions(this.#of(key), element!)
    const { fire, latenessMs } = this.#parts
    if (lastMomentOf(window) + latenessMs <= fire.watermark) return false
    for (const session of absorbed) if (session.end !== window.end) this.#forgetTimers(key, session)
    if (!absorbed.some(({ end }) => end === window.end)) this.#setTimers(key, window)
    const session = this.#joined(window, absorbed, tuple)
    if (absorbed.length === 0 || absorbed.some(({ progress }) => progress.since === undefined))
      setDelays(key, session, this.#parts)
    this.#put(key, [...others, this.#settled(key, session, emit)])
    return true
  }

  onTimer({ name, key, time }: Timer, emit: Emit): void {
    const { latenessMs } = this.#parts
    const sessions = this.#of(key)
    if (name === CLEAN_TIMERS) {
      this.#put(
        key,
        sessions.filter((session) => lastMomentOf(session) + latenessMs !== time),
      )
      return
    }
    const after = sessions.map((session) =>
      name === DELAY_TIMERS || lastMomentOf(session) === time ? this.#settled(key, session, emit) : session,
    )
    const isOver = (session: Session) => name !== DELAY_TIMERS && latenessMs === 0 && lastMomentOf(session) === time
    this.#put(
      key,
      after.filter((session) => !isOver(session)),
    )
  }

  #joined(window: Window, absorbed: readonly Session[], tuple: Tuple): Session {
    const { aggregate } = this.#parts
    const inOrder = [...absorbed].sort((a, b) => a.start - b.start)
    const parts = inOrder.flatMap(({ accumulated }) => (accumulated === undefined ? [] : [accumulated]))
    const before = parts.length === 0 ? aggregate.init() : parts.reduce((a, b) => aggregate.merge(a, b))
    const now = nowOf(window, this.#parts)
    const [first, ...rest] = inOrder.map(({ progress }) => progress)
    const progress = first === undefined ? NEW_RECORD.progress : rest.reduce(together, first)
    const isOnTimeDone = now.isPast && inOrder.some((session) => session.progress.isOnTimeDone)
    return withTuple(
      {
        ...window,
        accumulated: aggregate.add(before, tuple),
        progress: { ...progress, isOnTimeDone },
        said: inOrder.flatMap(({ said }) => said),
      },
      now,
    )
  }

  /** The session after it has fired, if it does. */
  #settled(key: unknown, session: Session, emit: Emit): Session {
    const { start, end } = session
    const after = fireIfDue(key, { start, end }, session, this.#parts, () => session.accumulated, emit)
    if (after === undefined) return session
    return this.#parts.accumulation === 'discarding' ? { ...after, accumulated: undefined } : after
  }

  #setTimers(key: unknown, window: Window): void {
    const { fire, clean, latenessMs } = this.#parts
    const last = lastMomentOf(window)
    if (last > fire.watermark) fire.atEventTime(key, last)
    if (latenessMs > 0) clean.atEventTime(key, last + latenessMs)
  }

  #forgetTimers(key: unknown, window: Window): void {
    const { fire, clean, latenessMs } = this.#parts
    const last = lastMomentOf(window)
    fire.deleteEventTime(key, last)
    if (latenessMs > 0) clean.deleteEventTime(key, last + latenessMs)
  }

  #of(key: unknown): readonly Session[] {
    return this.#sessions.get(stateKey(0, key)) ?? []
  }

  #put(key: unknown, sessions: readonly Session[]): void {
    const id = stateKey(0, key)
    if (sessions.length === 0) this.#sessions.delete(id)
    else this.#sessions.put(id, sessions)
  }
}
