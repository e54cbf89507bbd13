/**
 * What a task of a spout is told of the batches before, and what it tells of the one that it emits: the port between
 * the spouts' tasks and whoever keeps the metadata of a batch group. The task knows nothing of where that is kept, nor
 * of other tasks.
 */

/** What one task of a spout emitted into one transaction. */
export interface Emission {
  readonly rows: number
  /** Nothing will ever follow, unless something fails. */
  readonly exhausted: boolean
  /** By partition: the metas of what was emitted, in order. Empty for a spout without partitions. */
  readonly partitions: Readonly<Record<string, readonly unknown[]>>
  /**
   * By partition: how many rows there were, with those that were not taken. Left out where it is not known: put
   * together anew.
   */
  readonly counts?: Readonly<Record<string, number>>
  /** Rows that were set aside, since the batch fails for them. */
  readonly without?: readonly RowWithout[]
  /** Dead letters of what the spout could not emit. */
  readonly letters?: readonly string[]
  /** The row that a step has thrown at. */
  readonly suspect?: Suspect
}

/** An emission, and whose it is. */
export interface EmissionOf extends Emission {
  readonly spout: string
}

/** A row of a batch, as far as it must be told which it was. */
export interface KnownRow {
  readonly partition: string
  readonly index: number
  readonly values: readonly unknown[]
  /** Where it stands, if its spout can tell. */
  readonly place?: Readonly<Record<string, unknown>>
}

/** A row that a step has thrown at, in an attempt. */
export interface Suspect extends KnownRow {
  readonly attempt: number
}

/** A row that the batch is without. */
export type RowWithout = KnownRow

/** The partitions of a spout, as plain data. */
export interface Listing {
  /** All that were ever listed, in the order in which they came. */
  readonly known: readonly string[]
  /** Those that are there now. */
  readonly listed: readonly string[]
}

/**
 * The partitions of a spout. Each belongs to the task that its place among all that were ever listed gives it, so it
 * stays there whatever comes and goes.
 */
export class Partitions {
  readonly listed: readonly string[]
  readonly known: readonly string[]
  readonly #places: ReadonlyMap<string, number>

  constructor({ known, listed }: Listing) {
    this.known = known
    this.listed = listed
    this.#places = new Map(known.map((name, place) => [name, place]))
  }

  /** Number of the task of a partition. */
  taskOf(partition: string, tasks: number): number {
    return (this.#places.get(partition) ?? 0) % tasks
  }
}

/** The port, for one task of one spout. */
export interface SpoutMemory {
  /** As last listed. */
  partitions(): Partitions
  /** Where the partitions of the spout are before a transaction: the last meta of each. */
  positionsBefore(txid: number): Map<string, unknown>
  /** What this task has emitted into a transaction at an earlier attempt. */
  emission(txid: number): Emission | undefined
  /**
   * What this task has emitted into a transaction is kept, whatever dies, before a commit of it may begin.
   * @throws INTERNAL where there is none of the transaction before: positions would be counted from nowhere
   */
  record(txid: number, emission: Emission): void
  /** Notes at which row a step has thrown; what was emitted stays as it is. */
  suspect(txid: number, suspect: Suspect): void
}
