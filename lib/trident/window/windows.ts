/**
 * What windows are made of: which rows stay, which window fires when. No store and no clock, so that the same batches
 * give the same windows; what has to be kept comes out as a Change.
 *
 * The unit of keeping is the chunk: rows of one batch that lie side by side in their windows. Chunks are numbered in
 * the order in which they were made, over all groups, and live as long as one of their rows may lie in a window to
 * come.
 */
import { type Fields, TyphoonError } from '../../index.ts'
import { copyOfEach } from '../../values/copy.ts'
import { keyOf, type StateKey } from '../../values/key.ts'
import { TridentTuple } from '../model/tuple.ts'
import type { Row } from '../operation/processor.ts'

/** Which values of an incoming row matter, by index. */
export interface WindowShape {
  /** Where the values of the grouping fields stand; none for one window over the whole partition. */
  readonly group: readonly number[]
  /** Where the values that the aggregator sees stand. */
  readonly input: readonly number[]
  /** Their names. */
  readonly inputFields: Fields
  /** Rows that a partition keeps at most, over all groups. */
  readonly maxRows: number
}

/** Rows of one group, in their order; only the values that the aggregator sees. */
export interface Slice {
  readonly group: Row
  readonly rows: readonly Row[]
}

/** What a batch adds to windows. */
export interface Chunk {
  /** Time of its rows, or number of its first row among those of its group. */
  readonly place: number
  readonly slices: readonly Slice[]
}

/** Where windows stand; with the chunks that live it says all. */
export interface Position {
  /** The latest time of a batch that brought rows or fired a window; 0 where windows go by count. */
  readonly time: number
  /** Number of the next chunk. */
  readonly nextChunk: number
}

/** Windows that have seen nothing. */
export const START: Position = { time: 0, nextChunk: 1 }

/** What a batch did to windows. */
export interface Change {
  readonly position: Position
  readonly added: readonly (readonly [number: number, chunk: Chunk])[]
  /** Numbers of older chunks of which no row is wanted any more. */
  readonly expired: readonly number[]
}

/** A window fires, with the rows in it, oldest first. */
export type Fire = (group: Row, tuples: readonly TridentTuple[]) => void

/** The windows of one partition. */
export interface Windows {
  /** Rows that are kept now. */
  readonly size: number
  readonly position: Position
  /** Gives back what was kept: all chunks that live, in ascending order of their numbers, before the first `apply`. */
  restore(number: number, chunk: Chunk): void
  /**
   * Takes in a batch.
   * @returns what has changed, undefined where nothing has
   * @throws OPERATION_FAILED where more rows than `maxRows` would be kept, and what `fire` throws; the windows cannot
   * be used any more then
   */
  apply(startedAt: number, rows: readonly Row[], fire: Fire): Change | undefined
}

const NO_VALUES: Row = []
const WHOLE_PARTITION = keyOf([])

/**
 * The rows that windows keep, and how many they are. What is kept is a copy: a row comes from the user's code, which
 * may go on changing it.
 */
export class RowShape {
  readonly #shape: WindowShape

  constructor(shape: WindowShape) {
    this.#shape = shape
  }

  groupOf(row: Row): Row {
    const { group } = this.#shape
    return group.length === 0 ? NO_VALUES : copyOfEach(group.map((index) => row[index]))
  }

  keyOf(group: Row): StateKey {
    return group.length === 0 ? WHOLE_PARTITION : keyOf(group)
  }

  tupleOf(row: Row): TridentTuple {
    return this.restored(copyOfEach(this.#shape.input.map((index) => row[index])))
  }

  restored(values: Row): TridentTuple {
    return new TridentTuple(values, this.#shape.inputFields)
  }

  /** @throws OPERATION_FAILED */
  checkSize(size: number): void {
    const { maxRows } = this.#shape
    if (size <= maxRows) return
    throw new TyphoonError('OPERATION_FAILED', `a partition of windows would keep more than ${maxRows} rows`, {
      hint: 'use shorter windows, more partitions, or raise maxRows; nothing was dropped, the batch comes again',
    })
  }
}
