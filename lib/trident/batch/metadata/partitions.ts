/** Which partitions a spout has, and which of its tasks each belongs to. */

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
