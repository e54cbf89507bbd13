/** Windows at fixed places, or the one for all of time, with any trigger: each has a record of what it has got. */
import type { KeyValueState, Timer, Tuple } from '../../index.ts'
import { type AlignedWindows, type GlobalWindow, windowsOf } from '../model/assigner.ts'
import { ALL_OF_TIME, type Window } from '../model/window.ts'
import { fireIfDue, NEW_RECORD, nowOf, setDelays, type WindowRecord, withTuple } from './firing.ts'
import { type Layout, ONE_PER_WINDOW, Panes, sharedPanes } from './panes.ts'
import { CLEAN_TIMERS, DELAY_TIMERS, type Emit, type KeyedWindows, stateKey, type WindowParts } from './windows.ts'

export class TriggeredWindows implements KeyedWindows {
  readonly #windows: AlignedWindows | GlobalWindow
  readonly #parts: WindowParts
  readonly #panes: Panes
  readonly #layout: Layout
  readonly #records: KeyValueState<string, WindowRecord>

  constructor(windows: AlignedWindows | GlobalWindow, parts: WindowParts) {
    this.#windows = windows
    this.#parts = parts
    this.#panes = new Panes(parts.state('panes', true), parts.aggregate)
    this.#records = parts.state('windows')
    // What one window has said and forgotten, another one has not.
    const isShared = windows.kind === 'aligned' && parts.accumulation !== 'discarding'
    this.#layout = isShared ? sharedPanes(windows) : ONE_PER_WINDOW
  }

  add(key: unknown, time: number, tuple: Tuple, emit: Emit): boolean {
    this.#panes.begin()
    const windows = windowsOf(this.#windows, time).filter((window) => !this.#isOver(window))
    if (windows.length === 0) return false
    for (const pane of this.#layout.panesAt(time, windows)) this.#panes.add(key, pane, tuple)
    for (const window of windows) {
      const id = stateKey(window.end, key)
      const before = this.#records.get(id)
      if (before === undefined) this.#expect(key, window)
      const record = withTuple(before ?? NEW_RECORD, nowOf(window, this.#parts))
      if (before?.progress.since === undefined) setDelays([key, window.end], record, this.#parts)
      this.#records.put(id, record)
      this.#settle(key, window, record, emit)
    }
    return true
  }

  onTimer({ name, key, time }: Timer, emit: Emit): void {
    this.#panes.begin()
    if (name === DELAY_TIMERS) {
      const [of, end] = key as readonly [unknown, number]
      this.#ask(of, this.#endingAt(end), emit)
      return
    }
    if (name !== CLEAN_TIMERS) this.#ask(key, this.#endingAt(time), emit)
    this.#forget(name, key, time)
  }

  onTimerGivenUp({ name, key, time }: Timer): void {
    this.#panes.begin()
    if (name !== DELAY_TIMERS) this.#forget(name, key, time)
  }

  /** A timer in event time has fired: where its window takes in nothing more, nothing is kept of it. */
  #forget(timers: string, key: unknown, time: number): void {
    const { latenessMs } = this.#parts
    if (timers !== CLEAN_TIMERS && latenessMs > 0) return
    const window = this.#endingAt(time - latenessMs)
    this.#records.delete(stateKey(window.end, key))
    this.#panes.delete(key, this.#layout.lastPanesOf(window))
  }

  #isOver(window: Window): boolean {
    return window.end + this.#parts.latenessMs <= this.#parts.fire.watermark
  }

  #expect(key: unknown, window: Window): void {
    const { fire, clean, latenessMs } = this.#parts
    if (window.end > fire.watermark) fire.atEventTime(key, window.end)
    if (latenessMs > 0) clean.atEventTime(key, window.end + latenessMs)
  }

  #ask(key: unknown, window: Window, emit: Emit): void {
    const record = this.#records.get(stateKey(window.end, key))
    if (record !== undefined) this.#settle(key, window, record, emit)
  }

  #settle(key: unknown, window: Window, record: WindowRecord, emit: Emit): void {
    const panes = this.#layout.panesOf(window)
    const after = fireIfDue(key, window, record, this.#parts, () => this.#panes.of(key, panes), emit)
    if (after === undefined) return
    this.#records.put(stateKey(window.end, key), after)
    if (this.#parts.accumulation === 'discarding') this.#panes.delete(key, panes)
  }

  #endingAt(end: number): Window {
    return this.#windows.kind === 'global' ? ALL_OF_TIME : { start: end - this.#windows.lengthMs, end }
  }
}
