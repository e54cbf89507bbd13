/**
 * Windows at fixed places that fire when the watermark passes them: nothing is kept of a window but its panes, and a
 * key has one timer, for the next window that has something of it. Where a tuple is allowed to be late, it lets the
 * windows fire again that it is late for.
 */
import type { Timer, Tuple } from '../../index.ts'
import { type AlignedWindows, firstEndAfter, lastEndOf, paneMs, windowsOf } from '../model/assigner.ts'
import { alignedBefore, type Window } from '../model/window.ts'
import { type Layout, Panes, sharedPanes } from './panes.ts'
import { CLEAN_TIMERS, type Emit, type KeyedWindows, type WindowParts } from './windows.ts'

export class SlidingWindows implements KeyedWindows {
  readonly #windows: AlignedWindows
  readonly #parts: WindowParts
  readonly #panes: Panes
  readonly #layout: Layout
  readonly #paneMs: number

  constructor(windows: AlignedWindows, parts: WindowParts) {
    this.#windows = windows
    this.#parts = parts
    this.#panes = new Panes(parts.state('panes', true), parts.aggregate)
    this.#layout = sharedPanes(windows)
    this.#paneMs = paneMs(windows)
  }

  /** Hot. */
  add(key: unknown, time: number, tuple: Tuple, emit: Emit): boolean {
    this.#panes.begin()
    const { fire, latenessMs } = this.#parts
    const { watermark } = fire
    // What is not behind the watermark lies in a window that has not fired.
    if (time < watermark && lastEndOf(this.#windows, time) + latenessMs <= watermark) return false
    const pane = alignedBefore(time, this.#paneMs, this.#windows.offsetMs)
    if (this.#panes.add(key, pane, tuple, pane + this.#paneMs > watermark)) this.#expect(key, pane)
    if (latenessMs > 0 && time < watermark) this.#fireLate(key, time, emit)
    return true
  }

  onTimer({ name, key, time }: Timer, emit: Emit): void {
    this.#panes.begin()
    if (name === CLEAN_TIMERS) {
      this.#clean(key, this.#endingAt(time - this.#parts.latenessMs))
      return
    }
    const window = this.#endingAt(time)
    this.#fire(key, window, emit, true)
    this.#goOn(key, window)
  }

  onTimerGivenUp({ name, key, time }: Timer): void {
    if (name === CLEAN_TIMERS) return
    this.#panes.begin()
    this.#goOn(key, this.#endingAt(time))
  }

  /** A window is over: the next one of the key is waited for. */
  #goOn(key: unknown, window: Window): void {
    const last = this.#panes.lastOf(key, this.#layout.panesOf(window))
    if (this.#parts.latenessMs === 0) this.#clean(key, window)
    const next = this.#endingAt(window.end + this.#windows.slideMs)
    if (last !== undefined && last >= next.start) this.#parts.fire.atEventTime(key, next.end)
  }

  /** A pane has come into being: the first window fires that has it and has not fired. */
  #expect(key: unknown, pane: number): void {
    const { fire, clean, latenessMs } = this.#parts
    const window = this.#endingAt(firstEndAfter(this.#windows, pane, fire.watermark))
    if (window.start <= pane) fire.atEventTime(key, window.end)
    if (latenessMs > 0) clean.atEventTime(key, lastEndOf(this.#windows, pane) + latenessMs)
  }

  #fireLate(key: unknown, time: number, emit: Emit): void {
    const { fire, latenessMs } = this.#parts
    for (const window of windowsOf(this.#windows, time)) {
      const { end } = window
      if (end <= fire.watermark && end + latenessMs > fire.watermark) this.#fire(key, window, emit, false)
    }
  }

  #fire(key: unknown, window: Window, emit: Emit, isOrderly: boolean): void {
    const { lengthMs, offsetMs } = this.#windows
    const { first, last } = this.#layout.panesOf(window)
    const border = alignedBefore(window.end, lengthMs, offsetMs)
    const all = this.#panes.sliding(key, { first, last, border }, isOrderly)
    if (all !== undefined) emit(key, this.#parts.aggregate.result!(all), window, false)
  }

  #clean(key: unknown, window: Window): void {
    this.#panes.delete(key, this.#layout.lastPanesOf(window))
  }

  #endingAt(end: number): Window {
    return { start: end - this.#windows.lengthMs, end }
  }
}
