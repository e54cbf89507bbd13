/**
 * Sees what comes to a sink, in simulated time: a tuple is acked when it stands outside of all workers, and what came
 * after the snapshot that a run goes back to is taken back.
 */
import { rowOf } from '../../chaos/witnessed.ts'
import { type ComponentId, DataBolt, type OutputCollector, type TaskContext, type Tuple } from '../../index.ts'

/** What was seen of one sink; it outlives the workers. */
export class Seen {
  /** In the order in which they came. */
  readonly rows: string[] = []
}

export class MemoryWitness extends DataBolt {
  readonly #sink: ComponentId
  readonly #seen: Seen
  readonly #onRow: () => void
  #collector!: OutputCollector

  constructor(sink: ComponentId, seen: Seen, onRow: () => void) {
    super()
    this.#sink = sink
    this.#seen = seen
    this.#onRow = onRow
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
    const length = context.prepared as number | undefined
    if (length !== undefined) this.#seen.rows.length = length
  }

  override execute(tuple: Tuple): void {
    this.#seen.rows.push(rowOf(this.#sink, tuple))
    this.#collector.ack(tuple)
    this.#onRow()
  }

  override prepareCommit(): number {
    return this.#seen.rows.length
  }
}
