/**
 * Which rows of a task an attempt takes: all, or the part of a hunt; and how many there were, partition by partition. A
 * row is known by its number among those that its partition has emitted into the batch: a replay brings the same ones,
 * or, of an opaque spout, goes on from the same place.
 */

import type { Emitted } from '../../../index.ts'
import { copyOf } from '../../../values/copy.ts'
import { show } from '../../../values/show.ts'
import type { KnownRow, RowWithout } from '../exchange/emission-record.ts'
import type { Part } from '../failure/hunt.ts'

interface Seen {
  readonly partition: string
  readonly index: number
  readonly emitted: Emitted
  readonly at: number | undefined
}

/** Tells where a row stands. */
type PlaceOf = (partition: string, at: number) => KnownRow['place'] | undefined

const NONE: readonly number[] = []

function listOf(emitted: Emitted, names: readonly string[]): readonly unknown[] {
  return Array.isArray(emitted) ? emitted : names.map((name) => (emitted as Record<string, unknown>)[name])
}

/** What cannot be kept as it is is shown in its dead letter. */
function storable(value: unknown): unknown {
  try {
    return copyOf(value)
  } catch {
    return show(value)
  }
}

function known({ partition, index, emitted, at }: Seen, names: readonly string[], placeOf: PlaceOf): KnownRow {
  const place = at === undefined ? undefined : placeOf(partition, at)
  return { partition, index, values: listOf(emitted, names).map(storable), ...(place === undefined ? {} : { place }) }
}

/** A partition may be called anything, `constructor` too. */
function of<T>(byPartition: Readonly<Record<string, T>>, partition: string): T | undefined {
  return Object.hasOwn(byPartition, partition) ? byPartition[partition] : undefined
}

export class RowSelection {
  readonly #part: Part | undefined
  readonly #counts = new Map<string, number>()
  readonly #aside: Seen[] = []
  #partition = ''
  /** Number of the next row of the partition. */
  #index = 0

  /** @param part undefined: all rows */
  constructor(part: Part | undefined) {
    this.#part = part
  }

  /** What is emitted from here on is of this partition. */
  from(partition: string): void {
    this.#counts.set(this.#partition, this.#index)
    this.#partition = partition
    this.#index = this.#counts.get(partition) ?? 0
  }

  /** Whether the next row is taken. Hot. */
  takes(emitted: Emitted, at: number | undefined): boolean {
    const index = this.#index++
    return this.#part === undefined || this.#isIn(this.#part, index, emitted, at)
  }

  /** The row that was looked at last. @param names of the fields */
  last(emitted: Emitted, at: number | undefined, names: readonly string[], placeOf: PlaceOf): KnownRow {
    return known({ partition: this.#partition, index: this.#index - 1, emitted, at }, names, placeOf)
  }

  /** The part has rows that have not come yet. */
  get wantsMore(): boolean {
    const first = this.#part?.first
    if (first === undefined) return false
    const { counts } = this
    return Object.entries(first).some(([partition, rows]) => (of(counts, partition) ?? rows) < rows)
  }

  /** How many rows each partition had, taken or not. */
  get counts(): Record<string, number> {
    this.#counts.set(this.#partition, this.#index)
    return Object.fromEntries([...this.#counts].filter(([, rows]) => rows > 0))
  }

  /** The rows that were set aside. @param names of the fields: a row may have come by name */
  without(names: readonly string[], placeOf: PlaceOf): RowWithout[] {
    return this.#aside.map((row) => known(row, names, placeOf))
  }

  #isIn({ first, without }: Part, index: number, emitted: Emitted, at: number | undefined): boolean {
    if (first !== undefined && index >= (of(first, this.#partition) ?? 0)) return false
    if (!(of(without, this.#partition) ?? NONE).includes(index)) return true
    this.#aside.push({ partition: this.#partition, index, emitted, at })
    return false
  }
}
