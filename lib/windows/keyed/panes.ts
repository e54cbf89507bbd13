/**
 * The aggregates of windows that lie at fixed places. Where windows slide and what has fired stays, they share panes:
 * one aggregate for each pane of gcd(length, slide), so that a tuple costs the same however many windows it lies in. A
 * firing puts length / gcd panes together.
 */
import type { KeyValueState, Tuple } from '../../index.ts'
import { type AlignedWindows, paneMs, paneOf } from '../model/assigner.ts'
import type { Window } from '../model/window.ts'
import type { Aggregate } from './aggregate.ts'
import { stateKey } from './windows.ts'

export class Panes {
  readonly #state: KeyValueState<string, unknown>
  readonly #aggregate: Aggregate<any, unknown[]>

  constructor(state: KeyValueState<string, unknown>, aggregate: Aggregate<any, unknown[]>) {
    this.#state = state
    this.#aggregate = aggregate
  }

  /** Hot. @returns whether the pane is new */
  add(key: unknown, start: number, tuple: Tuple): boolean {
    const pane = stateKey(start, key)
    const before = this.#state.get(pane)
    this.#state.put(pane, this.#aggregate.add(before === undefined ? this.#aggregate.init() : before, tuple))
    return before === undefined
  }

  /** The aggregate of some panes, and where the last one begins that has one; undefined where none has. */
  of(key: unknown, starts: Iterable<number>): { readonly all: unknown; readonly last: number } | undefined {
    let all: unknown
    let last = Number.NaN
    for (const start of starts) {
      const one = this.#state.get(stateKey(start, key))
      if (one === undefined) continue
      all = all === undefined ? one : this.#aggregate.merge(all, one)
      last = start
    }
    return all === undefined ? undefined : { all, last }
  }

  delete(key: unknown, starts: Iterable<number>): void {
    for (const start of starts) this.#state.delete(stateKey(start, key))
  }
}

/** Where the aggregates of windows are: by pane, or by window. */
export interface Layout {
  /** Where the panes begin that a tuple is added to. */
  panesAt(time: number, windows: readonly Window[]): readonly number[]
  /** Where the panes begin that make up a window, the earliest first. */
  panesOf(window: Window): Iterable<number>
  /** Where the panes begin that no window after this one needs. */
  lastPanesOf(window: Window): Iterable<number>
}

/** Windows share the panes that they have in common. */
export function sharedPanes(windows: AlignedWindows): Layout {
  const step = paneMs(windows)
  return {
    panesAt: (time) => [paneOf(windows, time)],
    panesOf: ({ start, end }) => range(start, end, step),
    lastPanesOf: ({ start }) => range(start, start + windows.slideMs, step),
  }
}

/** Each window has an aggregate of its own. */
export const ONE_PER_WINDOW: Layout = {
  panesAt: (_time, windows) => windows.map(({ start }) => start),
  panesOf: ({ start }) => [start],
  lastPanesOf: ({ start }) => [start],
}

function* range(from: number, to: number, step: number): Generator<number, void> {
  for (let at = from; at < to; at += step) yield at
}
