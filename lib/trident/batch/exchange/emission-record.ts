/**
 * What a task of a spout has emitted into a batch, as its coordinator knows it: reported by notes (`spout-notes.ts`),
 * kept until the batch is over (`coordinator/emissions.ts`), and written down before a commit of it begins
 * (`metadata`).
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
  /** Number of the task among those of its spout. */
  readonly task: number
}

/** A row of a batch, as far as it must be identified. */
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
