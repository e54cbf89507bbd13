/**
 * The aggregates of windows that lie at fixed places. Where windows slide and what has fired stays, they share panes:
 * one aggregate for each pane of gcd(length, slide), so that a tuple costs the same however many windows it lies in. A
 * firing puts those panes of the window together that there are.
 *
 * The aggregates are a state, by key and time; so a tuple looks its key up once, and a firing once for all panes of it.
 */
import type { KeyValueState, Series, Tuple } from '../../index.ts'
import { type AlignedWindows, paneMs, paneOf } from '../model/assigner.ts'
import type { Window } from '../model/window.ts'
import type { Aggregate } from './aggregate.ts'
import { BlockSums, type WindowPanes } from './block-sums.ts'
import { seriesOf } from './cell-series.ts'

/** Panes side by side, by where the first and the last one begin. */
export interface PaneRange {
  readonly first: number
  readonly last: number
}

export class Panes {
  readonly #byKey: ReturnType<typeof seriesOf>
  readonly #aggregate: Aggregate<any, unknown[]>

  /** @param state may hold what a snapshot held */
  constructor(state: KeyValueState<string, unknown>, aggregate: Aggregate<any, unknown[]>) {
    this.#byKey = seriesOf(state)
    this.#aggregate = aggregate
  }

  /** An execution begins. Hot. */
  begin(): void {
    this.#byKey.begin?.()
  }

  /**
   * Hot.
   * @param isAhead no window that has the pane was asked for
   * @returns whether the pane is new
   */
  add(key: unknown, start: number, tuple: Tuple, isAhead = false): boolean {
    const panes = this.#byKey.series(key)
    if (!isAhead && panes !== undefined) sumsOf(panes)?.changed(start)
    const before = panes?.get(start)
    const after = this.#aggregate.add(before === undefined ? this.#aggregate.init() : before, tuple)
    ;(panes ?? this.#byKey.open(key)).put(start, after)
    return before === undefined
  }

  /** The aggregate of some panes; undefined where none has one. */
  of(key: unknown, { first, last }: PaneRange): unknown {
    const panes = this.#byKey.series(key)
    if (panes === undefined) return undefined
    const { starts } = panes
    let all: unknown
    for (let at = panes.indexFrom(first); at < starts.length && starts[at]! <= last; at++) {
      const one = panes.at(at)
      if (one !== undefined) all = all === undefined ? one : this.#aggregate.merge(all, one)
    }
    return all
  }

  /**
   * The aggregate of one of the windows that slide over the panes of a key; undefined where it has none. Hot.
   * @param isOrderly no execution is open that has added to them
   */
  sliding(key: unknown, window: WindowPanes, isOrderly: boolean): unknown {
    const panes = this.#byKey.series(key)
    if (panes === undefined) return undefined
    // What may be undone is not remembered.
    if (!isOrderly) return new BlockSums(this.#aggregate).of(panes, window)
    let sums = sumsOf(panes)
    if (sums === undefined) {
      sums = new BlockSums(this.#aggregate)
      panes.memo = sums
    }
    return sums.of(panes, window)
  }

  /** Where the last of some panes begins that has an aggregate; undefined where none has. Hot. */
  lastOf(key: unknown, { first, last }: PaneRange): number | undefined {
    const panes = this.#byKey.series(key)
    if (panes === undefined) return undefined
    const { starts } = panes
    for (let at = starts.length - 1; at >= 0 && starts[at]! >= first; at--)
      if (starts[at]! <= last && panes.at(at) !== undefined) return starts[at]
    return undefined
  }

  delete(key: unknown, { first, last }: PaneRange): void {
    this.#byKey.series(key)?.deleteFrom(first, last)
  }
}

/** What is kept beside the panes of a key. */
function sumsOf(panes: Series): BlockSums | undefined {
  return panes.memo as BlockSums | undefined
}

/** Where the aggregates of windows are: by pane, or by window. */
export interface Layout {
  /** Where the panes begin that a tuple is added to. */
  panesAt(time: number, windows: readonly Window[]): readonly number[]
  /** The panes that make up a window. */
  panesOf(window: Window): PaneRange
  /** The panes that no window after this one needs. */
  lastPanesOf(window: Window): PaneRange
}

/** Windows share the panes that they have in common. */
export function sharedPanes(windows: AlignedWindows): Layout {
  const step = paneMs(windows)
  return {
    panesAt: (time) => [paneOf(windows, time)],
    panesOf: ({ start, end }) => ({ first: start, last: end - step }),
    lastPanesOf: ({ start }) => ({ first: start, last: start + windows.slideMs - step }),
  }
}

/** Each window has an aggregate of its own. */
export const ONE_PER_WINDOW: Layout = {
  panesAt: (_time, windows) => windows.map(({ start }) => start),
  panesOf: ({ start }) => ({ first: start, last: start }),
  lastPanesOf: ({ start }) => ({ first: start, last: start }),
}
