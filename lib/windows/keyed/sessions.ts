/**
 * Sessions by key: each has its aggregate and its record, and those that a tuple joins become one.
 *
 * The law: no session overlaps one that is closed. Beam's rule is that a tuple is late where the session that it would
 * be by itself has ended, or that which it would join; here it also is where it lies in a closed one, which is known
 * for so long as such a tuple may come.
 */
import type { KeyValueState, Timer, Tuple } from '../../index.ts'
import { type SessionWindows, windowsOf } from '../model/assigner.ts'
import { addToSessions } from '../model/sessions.ts'
import { together } from '../model/trigger.ts'
import type { Window } from '../model/window.ts'
import { fireIfDue, NEW_RECORD, nowOf, setDelays, type WindowRecord, withTuple } from './firing.ts'
import { DELAY_TIMERS, type Emit, type KeyedWindows, stateKey, type WindowParts } from './windows.ts'

/** A session of a key. */
interface Session extends Window, WindowRecord {
  /** Undefined where all was said and is not to be said again. */
  readonly accumulated: unknown
  /** Nothing joins it any more. */
  readonly isClosed?: true
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
    const known = this.#of(key)
    const closed = known.filter(({ isClosed }) => isClosed)
    const open = closed.length === 0 ? known : known.filter(({ isClosed }) => !isClosed)
    const { window, absorbed, others } = addToSessions(open, element!)
    const { fire, latenessMs } = this.#parts
    if (window.end + latenessMs <= fire.watermark || closed.some(({ end }) => time < end)) return false
    for (const session of absorbed) if (session.end !== window.end) this.#forgetTimers(key, session)
    if (!absorbed.some(({ end }) => end === window.end)) this.#setTimers(key, window)
    const session = this.#joined(window, absorbed, tuple)
    if (absorbed.length === 0 || absorbed.some(({ progress }) => progress.since === undefined))
      setDelays(key, session, this.#parts)
    this.#put(key, [...closed, ...others, this.#settled(key, session, emit)])
    return true
  }

  onTimer({ name, key, time }: Timer, emit: Emit): void {
    const mayFire = ({ end, isClosed }: Session) => !isClosed && (name === DELAY_TIMERS || end === time)
    const after = this.#of(key).map((session) => (mayFire(session) ? this.#settled(key, session, emit) : session))
    this.#put(key, name === DELAY_TIMERS ? after : after.flatMap((session) => this.#leftOf(key, session, time)))
  }

  onTimerGivenUp({ name, key, time }: Timer): void {
    if (name === DELAY_TIMERS) return
    this.#put(
      key,
      this.#of(key).flatMap((session) => this.#leftOf(key, session, time)),
    )
  }

  /** What there is of a session when event time has come so far. */
  #leftOf(key: unknown, session: Session, time: number): readonly Session[] {
    const { clean, latenessMs } = this.#parts
    const closesAt = session.end + latenessMs
    if (time < closesAt) return [session]
    // From then on a tuple that lies in it is late by itself.
    const forgottenAt = closesAt + this.#windows.gapMs
    if (time >= forgottenAt) return []
    if (session.isClosed) return [session]
    clean.atEventTime(key, forgottenAt)
    const { start, end } = session
    return [{ start, end, ...NEW_RECORD, accumulated: undefined, isClosed: true }]
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
    if (window.end > fire.watermark) fire.atEventTime(key, window.end)
    if (latenessMs > 0) clean.atEventTime(key, window.end + latenessMs)
  }

  #forgetTimers(key: unknown, window: Window): void {
    const { fire, clean, latenessMs } = this.#parts
    fire.deleteEventTime(key, window.end)
    if (latenessMs > 0) clean.deleteEventTime(key, window.end + latenessMs)
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
