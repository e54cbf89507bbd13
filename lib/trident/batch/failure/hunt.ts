/**
 * Finds the rows that a batch fails for, by trying parts of it: pure, no clock and no tuples.
 *
 *     nothing of it ──fails──▶ it is not a matter of rows
 *       └─passes──▶ all ──fails──▶ halves: the shortest beginning that fails ends with the row; it is left out
 *                    ▲  └─passes: over                                                             │
 *                    └─────────────────────────────── all is tried again ──────────────────────────┘
 *
 * Where a step has thrown at a row in the task of its spout, that row is known without any halving. A row is left out
 * only when it has failed a second time. Beginnings of the batch are tried and not any parts, so that what is left in
 * the end is what was tried last, together.
 */

/** A row of a batch, among those that its partition has emitted into it, from 0 up. */
export interface RowPlace {
  readonly spout: string
  readonly partition: string
  readonly index: number
}

/** How many rows a partition has emitted into the batch. */
export interface Extent {
  readonly spout: string
  readonly partition: string
  readonly rows: number
}

/** Which rows of a spout an attempt takes. Plain data: it goes to the tasks of the spout. */
export interface Part {
  /** By partition: how many of its first rows; none of one that is not named. Left out: all rows. */
  readonly first?: Readonly<Record<string, number>>
  /** By partition: the rows that are set aside. */
  readonly without: Readonly<Record<string, readonly number[]>>
}

/** The part of each spout. */
export type Parts = Readonly<Record<string, Part>>

const CONFIRMED = 2
/** The batch is another one each time, or fails for something else. */
const MOST_RESTARTS = 5

export class Hunt {
  /** The rows that the batch fails for. */
  readonly found: RowPlace[] = []
  #extents: readonly Extent[] = []
  /** A beginning of this many rows passes without those that were found; undefined: nothing was tried yet. */
  #passes: number | undefined
  /** A beginning of this many rows fails. */
  #fails: number | undefined
  /** The row that a step has thrown at, and how often in a row. */
  #suspect: RowPlace | undefined
  #sightings = 0
  #restarts = 0

  /** @param suspect the row that a step has thrown at the last time, if it is known */
  constructor(suspect: RowPlace | undefined) {
    this.#suspect = suspect
    this.#sightings = suspect === undefined ? 0 : 1
  }

  /** What the next attempt takes: this many rows from the beginning; undefined: all. */
  get #next(): number | undefined {
    if (this.#passes === undefined) return this.#sightings > 0 ? undefined : 0
    if (this.#fails === undefined) return undefined
    return this.#fails - this.#passes === 1 ? this.#fails : this.#passes + ((this.#fails - this.#passes) >> 1)
  }

  /** Whether the next attempt takes all rows but those that were found: if it passes, the batch is over. */
  get takesAll(): boolean {
    return this.#next === undefined
  }

  /** @param spouts of the batch group */
  parts(spouts: readonly string[]): Parts {
    const first = this.#next === undefined ? undefined : this.#beginning(this.#next)
    const partOf = (spout: string): Part => ({
      ...(first === undefined ? {} : { first: first[spout] ?? {} }),
      without: byPartition(this.found.filter((row) => row.spout === spout)),
    })
    return Object.fromEntries(spouts.map((spout) => [spout, partOf(spout)]))
  }

  /** The attempt has passed, and does not take all. @param extents what the spouts had for it */
  passed(extents: readonly Extent[]): void {
    this.#forgetSuspect()
    const tried = this.#next!
    if (tried === 0) {
      this.#passes = 0
      this.#extents = extents
      this.#fails = total(extents) || undefined
    } else {
      this.#passes = tried
      // What had failed before has passed now: all is tried again.
      if (tried === this.#fails) this.#fails = undefined
    }
  }

  /**
   * The attempt has failed.
   * @param suspect the row that a step has thrown at, if it is known
   * @returns false where no row is the cause
   */
  failed(extents: readonly Extent[], suspect: RowPlace | undefined): boolean {
    const tried = this.#next
    if (suspect !== undefined) {
      this.#seen(suspect)
      return true
    }
    this.#forgetSuspect()
    if (tried === 0) return false
    if (tried === undefined) return this.#passes === undefined || this.#allFailed(extents)
    if (tried === this.#fails) {
      this.found.push(this.#rowAt(tried - 1))
      this.#passes = tried
      this.#fails = undefined
    } else this.#fails = tried
    return true
  }

  #seen(suspect: RowPlace): void {
    this.#sightings = isSame(suspect, this.#suspect) ? this.#sightings + 1 : 1
    this.#suspect = suspect
    if (this.#sightings < CONFIRMED) return
    this.found.push(suspect)
    this.#suspect = undefined
    // All is tried again; the first time nothing is known of its parts yet, and need not be.
    this.#sightings = this.#passes === undefined ? 1 : 0
    this.#fails = undefined
  }

  #forgetSuspect(): void {
    this.#suspect = undefined
    this.#sightings = 0
  }

  #allFailed(extents: readonly Extent[]): boolean {
    const rows = total(extents)
    if (rows <= this.#passes! || !isSameExtents(extents, this.#extents)) {
      this.#passes = 0
      if (++this.#restarts > MOST_RESTARTS) return false
    }
    this.#extents = extents
    this.#fails = rows
    return rows > 0
  }

  #rowAt(place: number): RowPlace {
    let left = place
    for (const { spout, partition, rows } of this.#extents) {
      if (left < rows) return { spout, partition, index: left }
      left -= rows
    }
    throw new RangeError(`row ${place} of ${total(this.#extents)}`)
  }

  #beginning(count: number): Record<string, Record<string, number>> {
    const first: Record<string, Record<string, number>> = {}
    let left = count
    for (const { spout, partition, rows } of this.#extents) {
      const taken = Math.min(rows, left)
      left -= taken
      if (taken > 0) first[spout] = { ...first[spout], [partition]: taken }
    }
    return first
  }
}

function byPartition(rows: readonly RowPlace[]): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  for (const { partition, index } of rows) found[partition] = [...(found[partition] ?? []), index]
  return found
}

function total(extents: readonly Extent[]): number {
  return extents.reduce((sum, { rows }) => sum + rows, 0)
}

function isSame(one: RowPlace, other: RowPlace | undefined): boolean {
  return one.spout === other?.spout && one.partition === other.partition && one.index === other.index
}

function isSameExtents(one: readonly Extent[], other: readonly Extent[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
