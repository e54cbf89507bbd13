/**
 * The figures of one thing (a component, a task, a worker) over time, in the buckets of each window.
 *
 * The law: what the buckets of a window have of a count adds up to how much it grew meanwhile. A count that falls
 * belongs to somebody who began anew, and all that it has now is growth.
 */
import { BUCKETS, type Places } from './windows.ts'

/**
 * What a figure is: a count, which grows, and of which a bucket keeps how much it grew; or a level, of which it keeps
 * the greatest value; or a floor, of which it keeps the least one. A floor of 0 is not known.
 */
export type Kind = 'count' | 'level' | 'floor'

/** The names of figures, and what each is. */
export type FigureTable = Readonly<Record<string, Kind>>

/** The value of each figure of a table. */
export type Values<Table extends FigureTable> = Readonly<Record<keyof Table & string, number>>

/** One for each thing of which figures are kept. */
export class Track<Table extends FigureTable> {
  readonly #names: readonly (keyof Table & string)[]
  readonly #kinds: readonly Kind[]
  readonly #last: Float64Array
  readonly #rings: readonly FigureRing[]
  /** When it was there last. */
  seenMs = 0

  /** @param rings how many windows there are */
  constructor(table: Table, rings: number) {
    this.#names = Object.keys(table)
    this.#kinds = Object.values(table)
    this.#last = new Float64Array(this.#names.length)
    this.#rings = Array.from({ length: rings }, () => new FigureRing(this.#kinds))
  }

  /** By window, as they were made. */
  get rings(): readonly Places[] {
    return this.#rings
  }

  /** @param places the one in each ring */
  add(values: Values<Table>, places: readonly number[]): void {
    for (const [index, name] of this.#names.entries()) {
      const now = values[name]
      const before = this.#last[index]!
      this.#last[index] = now
      const added = this.#kinds[index] !== 'count' || now < before ? now : now - before
      for (const [ring, place] of places.entries()) this.#rings[ring]!.add(place, index, added)
    }
  }

  /** Whoever is counted from now on counts from 0. */
  beginAnew(): void {
    this.#last.fill(0)
  }

  /** As they were last. */
  get last(): Values<Table> {
    return this.#named((index) => this.#last[index]!)
  }

  /** Over these places: sums of counts, greatest values of levels. */
  over(ring: number, places: readonly number[]): Values<Table> {
    return this.#named((index) => this.#rings[ring]!.over(places, index))
  }

  /** The figure of one place. */
  at(ring: number, place: number, name: keyof Table & string): number {
    return this.#rings[ring]!.over([place], this.#names.indexOf(name))
  }

  #named(value: (index: number) => number): Values<Table> {
    return Object.fromEntries(this.#names.map((name, index) => [name, value(index)])) as Values<Table>
  }
}

class FigureRing implements Places {
  readonly #kinds: readonly Kind[]
  #buckets: Float64Array

  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds
    this.#buckets = new Float64Array(BUCKETS * kinds.length)
  }

  add(place: number, index: number, value: number): void {
    const at = place * this.#kinds.length + index
    this.#buckets[at] = together(this.#kinds[index]!, this.#buckets[at]!, value)
  }

  over(places: readonly number[], index: number): number {
    const width = this.#kinds.length
    return places.reduce((sum, place) => together(this.#kinds[index]!, sum, this.#buckets[place * width + index]!), 0)
  }

  clear(place: number): void {
    this.#buckets.fill(0, place * this.#kinds.length, (place + 1) * this.#kinds.length)
  }

  join(from: number, into: number): void {
    const width = this.#kinds.length
    for (let index = 0; index < width; index++) this.add(into, index, this.#buckets[from * width + index]!)
  }

  arrange(from: readonly (number | undefined)[]): void {
    const width = this.#kinds.length
    const arranged = new Float64Array(this.#buckets.length)
    for (const [place, old] of from.entries())
      if (old !== undefined) arranged.set(this.#buckets.subarray(old * width, (old + 1) * width), place * width)
    this.#buckets = arranged
  }
}

function together(kind: Kind, one: number, other: number): number {
  if (kind === 'count') return one + other
  if (kind === 'floor' && one > 0 && other > 0) return Math.min(one, other)
  return Math.max(one, other)
}
