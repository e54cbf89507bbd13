/** A window of tuples, as a windowed bolt gets it. Storm: `storm-client/.../windowing/TupleWindow.java`. */
import type { Tuple } from '../../index.ts'

/** The tuples of a window. The lists are the bolt's own. */
export class TupleWindow<Row = any> {
  readonly #tuples: readonly Tuple<Row>[]
  readonly #added: readonly Tuple<Row>[]
  readonly #expired: readonly Tuple<Row>[]
  readonly #end: number
  readonly #lengthMs: number | undefined

  /** @internal */
  constructor(
    tuples: readonly Tuple<Row>[],
    added: readonly Tuple<Row>[],
    expired: readonly Tuple<Row>[],
    end: number,
    lengthMs: number | undefined,
  ) {
    this.#tuples = tuples
    this.#added = added
    this.#expired = expired
    this.#end = end
    this.#lengthMs = lengthMs
  }

  /** All tuples in the window, the oldest first. */
  get(): readonly Tuple<Row>[] {
    return this.#tuples
  }

  /** Those that no window held before. */
  getNew(): readonly Tuple<Row>[] {
    return this.#added
  }

  /** Those that have left since the last window. */
  getExpired(): readonly Tuple<Row>[] {
    return this.#expired
  }

  /** Where it begins: later times are in it. Undefined where its length is a number of tuples. */
  getStartTimestamp(): number | undefined {
    return this.#lengthMs === undefined ? undefined : this.#end - this.#lengthMs
  }

  /** Its last moment: the multiple of the slide, or the time of its newest tuple where it slides by count. */
  getEndTimestamp(): number {
    return this.#end
  }
}
