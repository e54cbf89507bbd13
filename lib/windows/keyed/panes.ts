/**
 * The aggregates of windows that lie at fixed places. Where windows slide and what has fired stays, they share panes:
 * one aggregate for each pane of gcd(length, slide), so that a tuple costs the same however many windows it lies in. A
 * firing puts those panes of the window together that there are.
 *
 * The aggregates are a state, by time and key. Which panes a key has is derived, and kept beside it: so a tuple looks
 * its key up once, and a firing once for all panes of it. What an execution has begun and deleted is looked at again
 * when the next one begins, for it may have been undone.
 */
import type { KeyValueState, StateCell, Tuple } from '../../index.ts'
import { mapKeyOf } from '../../values/key.ts'
import { type MapKey, ownKey } from '../../values/own-key.ts'
import { type AlignedWindows, paneMs, paneOf } from '../model/assigner.ts'
import type { Window } from '../model/window.ts'
import type { Aggregate } from './aggregate.ts'
import { BlockSums, type PaneList, type WindowPanes } from './block-sums.ts'
import { ofStateKey, stateKey } from './windows.ts'

/** Panes side by side, by where the first and the last one begin. */
export interface PaneRange {
  readonly first: number
  readonly last: number
}

/** The panes of one key, in the order of time. */
class KeyPanes implements PaneList {
  readonly starts: number[] = []
  readonly cells: StateCell<unknown>[] = []
  /** Of windows that slide over them. */
  sums: BlockSums | undefined

  at(index: number): unknown {
    return this.cells[index]!.get()
  }

  /** Where the first pane is that does not begin earlier. Hot: most of what comes is in the newest pane. */
  indexFrom(start: number): number {
    const { starts } = this
    let low = 0
    let high = starts.length
    if (high > 0 && starts[high - 1]! <= start) low = starts[high - 1]! === start ? high - 1 : high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (starts[middle]! < start) low = middle + 1
      else high = middle
    }
    return low
  }

  insert(start: number, cell: StateCell<unknown>): void {
    const at = this.indexFrom(start)
    if (this.starts[at] === start) return
    this.starts.splice(at, 0, start)
    this.cells.splice(at, 0, cell)
  }

  remove(start: number): void {
    const at = this.indexFrom(start)
    if (this.starts[at] !== start) return
    this.starts.splice(at, 1)
    this.cells.splice(at, 1)
  }
}

export class Panes {
  readonly #state: KeyValueState<string, unknown>
  readonly #aggregate: Aggregate<any, unknown[]>
  readonly #byKey = new Map<MapKey, KeyPanes>()
  /** What this execution has begun or deleted. */
  #touched: { readonly key: MapKey; readonly start: number; readonly cell: StateCell<unknown> }[] = []

  /** @param state may hold what a snapshot held */
  constructor(state: KeyValueState<string, unknown>, aggregate: Aggregate<any, unknown[]>) {
    this.#state = state
    this.#aggregate = aggregate
    for (const [id] of state.entries()) {
      const { time, key } = ofStateKey(id)
      this.#of(key).insert(time, state.cell(id))
    }
  }

  /** An execution begins. Hot. */
  begin(): void {
    if (this.#touched.length > 0) this.#settle()
  }

  /** Hot. @returns whether the pane is new */
  add(key: unknown, start: number, tuple: Tuple): boolean {
    const panes = this.#of(mapKeyOf(key))
    panes.sums?.changed(start)
    const cell = this.#cell(panes, key, start)
    const before = cell.get()
    cell.put(this.#aggregate.add(before === undefined ? this.#aggregate.init() : before, tuple))
    return before === undefined
  }

  /** The aggregate of some panes; undefined where none has one. */
  of(key: unknown, { first, last }: PaneRange): unknown {
    const panes = this.#byKey.get(mapKeyOf(key))
    if (panes === undefined) return undefined
    const { starts, cells } = panes
    let all: unknown
    for (let at = panes.indexFrom(first); at < starts.length && starts[at]! <= last; at++) {
      const one = cells[at]!.get()
      if (one !== undefined) all = all === undefined ? one : this.#aggregate.merge(all, one)
    }
    return all
  }

  /**
   * The aggregate of one of the windows that slide over the panes of a key; undefined where it has none. Hot.
   * @param isOrderly no execution is open that has added to them
   */
  sliding(key: unknown, window: WindowPanes, isOrderly: boolean): unknown {
    const panes = this.#byKey.get(mapKeyOf(key))
    if (panes === undefined) return undefined
    // What may be undone is not remembered.
    if (!isOrderly) return new BlockSums(this.#aggregate).of(panes, window)
    panes.sums ??= new BlockSums(this.#aggregate)
    return panes.sums.of(panes, window)
  }

  /** Where the last of some panes begins that has an aggregate; undefined where none has. Hot. */
  lastOf(key: unknown, { first, last }: PaneRange): number | undefined {
    const panes = this.#byKey.get(mapKeyOf(key))
    if (panes === undefined) return undefined
    const { starts, cells } = panes
    for (let at = starts.length - 1; at >= 0 && starts[at]! >= first; at--)
      if (starts[at]! <= last && cells[at]!.get() !== undefined) return starts[at]
    return undefined
  }

  delete(key: unknown, { first, last }: PaneRange): void {
    const known = mapKeyOf(key)
    const panes = this.#byKey.get(known)
    if (panes === undefined) return
    const { starts, cells } = panes
    for (let at = panes.indexFrom(first); at < starts.length && starts[at]! <= last; at++) {
      cells[at]!.delete()
      this.#touched.push({ key: known, start: starts[at]!, cell: cells[at]! })
    }
  }

  #settle(): void {
    for (const { key, start, cell } of this.#touched) {
      const isThere = cell.get() !== undefined
      const panes = isThere ? this.#of(key) : this.#byKey.get(key)
      if (isThere) panes!.insert(start, cell)
      else panes?.remove(start)
      if (panes?.starts.length === 0) this.#byKey.delete(key)
    }
    this.#touched = []
  }

  #cell(panes: KeyPanes, key: unknown, start: number): StateCell<unknown> {
    const at = panes.indexFrom(start)
    if (panes.starts[at] === start) return panes.cells[at]!
    const cell = this.#state.cell(stateKey(start, key))
    panes.insert(start, cell)
    this.#touched.push({ key: mapKeyOf(key), start, cell })
    return cell
  }

  #of(key: MapKey): KeyPanes {
    let panes = this.#byKey.get(key)
    if (panes === undefined) {
      panes = new KeyPanes()
      this.#byKey.set(ownKey(key), panes)
    }
    return panes
  }
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
