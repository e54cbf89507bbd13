/**
 * Windows by processing time. A row has the time of its batch; where the clock was set back, the latest time seen
 * before. The windows end at the multiples of `slide` since 1970, and the one that ends at E holds the rows of [E -
 * length, E). It fires once, in the first batch that began at E or later, rows or not; and not at all where it holds
 * nothing.
 *
 * All groups fire together, in the order in which they came into the window.
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

interface Group {
  readonly values: Row
  readonly tuples: TridentTuple[]
}

/** The rows of one batch, by group. */
interface KeptChunk {
  readonly number: number
  readonly time: number
  readonly size: number
  readonly groups: ReadonlyMap<StateKey, Group>
}

export class DurationWindows implements Windows {
  readonly #length: number
  readonly #slide: number
  readonly #shape: RowShape
  #position: Position
  /** Oldest first, of ascending times. */
  #chunks: KeptChunk[] = []
  #size = 0

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

  restore(number: number, { place, slices }: Chunk): void {
    const groups = new Map<StateKey, Group>()
    for (const { group, rows } of slices) {
      const tuples = rows.map((row) => this.#shape.restored(row))
      groups.set(this.#shape.keyOf(group), { values: group, tuples })
    }
    this.#keep(number, place, groups)
  }

  apply(startedAt: number, rows: readonly Row[], fire: Fire): Change | undefined {
    const time = Math.max(startedAt, this.#position.time)
    const expired: number[] = []
    const fired = this.#fireUpTo(time, fire, expired)
    if (rows.length === 0) {
      // A batch that changes nothing leaves no trace, not even its time: nothing needs to be written.
      if (!fired) return undefined
      this.#position = { time, nextChunk: this.#position.nextChunk }
      return { position: this.#position, added: [], expired }
    }
    const number = this.#position.nextChunk
    const chunk = this.#keep(number, time, this.#grouped(rows))
    this.#shape.checkSize(this.#size)
    this.#position = { time, nextChunk: number + 1 }
    return { position: this.#position, added: [[number, chunk]], expired }
  }

  /** Fires the windows that end after the position's time and not after `time`. */
  #fireUpTo(time: number, fire: Fire, expired: number[]): boolean {
    let end = this.#endAfter(this.#position.time)
    let fired = false
    for (;;) {
      const oldest = this.#chunks[0]
      if (oldest === undefined) return fired
      // Over a gap in the stream lie windows without rows: on to the first that has some.
      end = Math.max(end, this.#endAfter(oldest.time))
      if (end > time) return fired
      // No chunk is too new for this window, for the position's time lies before its end.
      for (const { values, tuples } of merged(this.#chunks)) fire(values, tuples)
      fired = true
      end += this.#slide
      this.#expire(end - this.#length, expired)
    }
  }

  /** The end of the first window that ends after `time`. */
  #endAfter(time: number): number {
    return (Math.floor(time / this.#slide) + 1) * this.#slide
  }

  #expire(before: number, expired: number[]): void {
    let count = 0
    for (const { number, time, size } of this.#chunks) {
      if (time >= before) break
      expired.push(number)
      this.#size -= size
      count++
    }
    if (count > 0) this.#chunks.splice(0, count)
  }

  #grouped(rows: readonly Row[]): Map<StateKey, Group> {
    const groups = new Map<StateKey, Group>()
    for (const row of rows) {
      const values = this.#shape.groupOf(row)
      const key = this.#shape.keyOf(values)
      const tuple = this.#shape.tupleOf(row)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { values, tuples: [tuple] })
      else group.tuples.push(tuple)
    }
    return groups
  }

  #keep(number: number, time: number, groups: ReadonlyMap<StateKey, Group>): Chunk {
    let size = 0
    const slices = []
    for (const { values: group, tuples } of groups.values()) {
      size += tuples.length
      slices.push({ group, rows: tuples.map(({ values }) => values) })
    }
    this.#chunks.push({ number, time, size, groups })
    this.#size += size
    return { place: time, slices }
  }
}

/** The rows of all chunks by group, oldest first. */
function merged(chunks: readonly KeptChunk[]): Iterable<Group> {
  const all = new Map<StateKey, Group>()
  for (const { groups } of chunks) {
    for (const [key, { values, tuples }] of groups) {
      const group = all.get(key)
      if (group === undefined) all.set(key, { values, tuples: [...tuples] })
      else for (const tuple of tuples) group.tuples.push(tuple)
    }
  }
  return all.values()
}
