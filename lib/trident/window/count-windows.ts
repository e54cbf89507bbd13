/**
 * Windows by count, one for each group. A window fires with each `slide`th row of its group, over the last `length`
 * rows; also several times within a batch, in the order of the rows. Rows that fill no window yet stay.
 *
 * A group that has no rows is forgotten. That loses nothing: it has just fired, and counting begins anew.
 */

import type { StateKey } from '../../values/key.ts'
import type { TridentTuple } from '../model/tuple.ts'
import type { Row } from '../operation/processor.ts'
import type { WindowConfig } from './window-config.ts'
import {
  type Change,
  type Chunk,
  type Fire,
  type Position,
  RowShape,
  type WindowShape,
  type Windows,
} from './windows.ts'

interface KeptChunk {
  readonly number: number
  /** Place after its last row. */
  readonly end: number
}

interface Group {
  readonly values: Row
  /** Place of the first row that lives, and those from there on; `from` rows at the front of `tuples` are dead. */
  tuples: TridentTuple[]
  from: number
  /** Place of the next row. */
  next: number
  /** Oldest first. */
  chunks: KeptChunk[]
}

export class CountWindows implements Windows {
  readonly #length: number
  readonly #slide: number
  readonly #shape: RowShape
  readonly #groups = new Map<StateKey, Group>()
  #position: Position
  #size = 0
  #expired: number[] = []

  constructor(config: WindowConfig, shape: WindowShape, position: Position) {
    this.#length = config.length
    this.#slide = config.slide
    this.#shape = new RowShape(shape)
    this.#position = position
  }

  get size(): number {
    return this.#size
  }

  get position(): Position {
    return this.#position
  }

  restore(number: number, chunk: Chunk): void {
    for (const { group: values, rows } of chunk.slices) {
      const group = this.#groupOf(values)
      for (const row of rows) group.tuples.push(this.#shape.restored(row))
      group.next = chunk.place + rows.length
      group.chunks.push({ number, end: group.next })
      this.#size += rows.length
      // The rows that the last window of the group has left behind; those of later chunks were not known when it was
      // written.
      this.#drop(group, live(group) - this.#needed(group))
    }
  }

  apply(_startedAt: number, rows: readonly Row[], fire: Fire): Change | undefined {
    if (rows.length === 0) return undefined
    this.#expired = []
    /** Groups that got rows, with the place of the first of them. */
    const touched = new Map<Group, number>()
    for (const row of rows) {
      const group = this.#groupOf(this.#shape.groupOf(row))
      if (!touched.has(group)) touched.set(group, group.next)
      group.tuples.push(this.#shape.tupleOf(row))
      group.next++
      this.#shape.checkSize(++this.#size)
      if (group.next % this.#slide === 0) this.#fire(group, fire)
    }
    const added = [...this.#chunksOf(touched)]
    this.#position = { time: 0, nextChunk: this.#position.nextChunk + added.length }
    return { position: this.#position, added, expired: this.#expired }
  }

  #groupOf(values: Row): Group {
    const key = this.#shape.keyOf(values)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { values, tuples: [], from: 0, next: 0, chunks: [] }
      this.#groups.set(key, group)
    }
    return group
  }

  #fire(group: Group, fire: Fire): void {
    const begin = Math.max(group.from, group.tuples.length - this.#length)
    fire(group.values, group.tuples.slice(begin))
    this.#drop(group, live(group) - this.#needed(group))
  }

  /** How many of the last rows a window to come can hold. */
  #needed(group: Group): number {
    return this.#length - this.#slide + (group.next % this.#slide)
  }

  /** Lets go of the oldest `count` rows, and of the chunks that have no others. */
  #drop(group: Group, count: number): void {
    if (count <= 0) return
    group.from += count
    this.#size -= count
    const firstPlace = group.next - live(group)
    while (group.chunks.length > 0 && group.chunks[0]!.end <= firstPlace)
      this.#expired.push(group.chunks.shift()!.number)
    if (group.from * 2 < group.tuples.length) return
    group.tuples = group.tuples.slice(group.from)
    group.from = 0
  }

  /** The new rows that live, by group: what came and went within the batch needs no keeping. */
  *#chunksOf(touched: ReadonlyMap<Group, number>): Iterable<[number, Chunk]> {
    let number = this.#position.nextChunk
    for (const [group, firstNew] of touched) {
      if (live(group) === 0) {
        this.#groups.delete(this.#shape.keyOf(group.values))
        continue
      }
      const place = Math.max(firstNew, group.next - live(group))
      const rows = group.tuples.slice(place - group.next).map(({ values }) => values)
      group.chunks.push({ number, end: group.next })
      yield [number++, { place, slices: [{ group: group.values, rows }] }]
    }
  }
}

function live(group: Group): number {
  return group.tuples.length - group.from
}
