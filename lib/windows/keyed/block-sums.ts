/**
 * The aggregates of windows that slide over the panes of one key, each in a few merges, however many panes a window
 * has. Time is cut into blocks as long as a window. A window is the end of one block and the beginning of the next one:
 * the ends are made all at once, when the first window begins in the block; the beginning grows with each window.
 *
 *     panes    . . . a b c d│e f g h│
 *     ends           d, cd, bcd, abcd; begins e, ef, efg: so the window bcde is bcd and e
 *
 * The law: what comes of a window depends on its panes alone, and not on which windows were asked for before; also
 * where merging is not quite associative, as that of fractions. Method: van Herk, and Gil and Werman, of sliding
 * minima.
 *
 * What it remembers holds as long as the panes are what they were: who changes one that was asked for forgets it.
 * Aggregates that are large are not remembered, for each pane would be kept many times over.
 */
import { copyOf } from '../../values/copy.ts'
import { roughBytes } from '../../values/rough-bytes.ts'
import type { Aggregate } from './aggregate.ts'

/** Up to here an aggregate is small. */
const SMALL_BYTES = 256

/** The panes of a key, in the order of time. */
export interface PaneList {
  /** Where each begins. */
  readonly starts: readonly number[]
  /** A copy of the aggregate at an index; undefined: there is none. */
  at(index: number): unknown
  /** Where the first pane is that does not begin earlier. */
  indexFrom(start: number): number
}

/** The panes of a window: those that begin from `first` up to `last`, and where the block begins that it ends in. */
export interface WindowPanes {
  readonly first: number
  readonly last: number
  readonly border: number
}

export class BlockSums {
  readonly #aggregate: Aggregate<any, unknown[]>
  /** Where the block ends that `#ends` is of. */
  #border = Number.NaN
  /** From each pane of a block up to its end, the earliest one last; and where those begin. */
  #ends: unknown[] = []
  #endStarts: number[] = []
  /** Of the panes from the border up to, and with, the one that begins there. */
  #begun: unknown
  #begunTo = Number.NaN
  #areLarge = false

  constructor(aggregate: Aggregate<any, unknown[]>) {
    this.#aggregate = aggregate
  }

  /** A pane that begins there has changed. Hot. */
  changed(start: number): void {
    if (start <= this.#begunTo) this.#forget()
  }

  /** Of all panes of a window; undefined: it has none. */
  of(panes: PaneList, { first, last, border }: WindowPanes): unknown {
    if (border !== this.#border || last < this.#begunTo) this.#begin(panes, first, border)
    const starts = this.#endStarts
    while (starts.length > 0 && starts.at(-1)! < first) {
      starts.pop()
      this.#ends.pop()
    }
    this.#goOn(panes, border, last)
    const all = this.#joined(this.#lent(this.#ends.at(-1)), this.#lent(this.#begun))
    if (this.#areLarge) this.#forget()
    return all
  }

  #forget(): void {
    this.#border = Number.NaN
    this.#ends = []
    this.#endStarts = []
    this.#begun = undefined
    this.#begunTo = Number.NaN
  }

  #begin(panes: PaneList, first: number, border: number): void {
    this.#forget()
    this.#border = border
    let end: unknown
    for (let index = panes.indexFrom(border) - 1; index >= 0 && panes.starts[index]! >= first; index--) {
      const one = panes.at(index)
      if (one === undefined) continue
      end = this.#joined(one, this.#lent(end))
      this.#look(end)
      if (this.#areLarge) this.#ends.length = this.#endStarts.length = 0
      this.#ends.push(end)
      this.#endStarts.push(panes.starts[index]!)
    }
  }

  #goOn(panes: PaneList, border: number, last: number): void {
    const from = Number.isNaN(this.#begunTo) ? border : this.#begunTo
    for (let index = panes.indexFrom(from); index < panes.starts.length && panes.starts[index]! <= last; index++)
      if (panes.starts[index] !== this.#begunTo) this.#begun = this.#joined(this.#begun, panes.at(index))
    this.#begunTo = last
    this.#look(this.#begun)
  }

  #look(value: unknown): void {
    if (!this.#areLarge && !isSmall(value)) this.#areLarge = true
  }

  /** Of what is remembered a merge gets a copy, for it may change what it gets. */
  #lent(value: unknown): unknown {
    return this.#areLarge ? value : copyOf(value)
  }

  #joined(a: unknown, b: unknown): unknown {
    if (a === undefined) return b
    return b === undefined ? a : this.#aggregate.merge(a, b)
  }
}

/** Hot. */
function isSmall(value: unknown): boolean {
  return typeof value === 'number' || roughBytes(value) <= SMALL_BYTES
}
