/** A partition to test operations in: a chain of processors, batches that come interleaved, and the rows that leave. */
import type { TaskContext } from '../../../lib/index.ts'
import { Fields } from '../../../lib/index.ts'
import type { BatchId } from '../../../lib/trident/model/operation.ts'
import type { Batch, Processor, ProcessorFactory, Row } from '../../../lib/trident/operation/processor.ts'
import { FakeContext } from '../../components/fakes.ts'

/** An operation, and the fields of each of its inputs. */
export type Step = readonly [factory: ProcessorFactory, ...inputs: (readonly string[])[]]

/** A batch, and what has left the partition of it. */
export interface TestBatch extends Batch {
  readonly emitted: Row[]
}

export class Partition {
  readonly #processors: Processor[] = []
  readonly task = new FakeContext()
  readonly errors: unknown[] = []
  readonly cleanups: (() => unknown)[] = []

  /** @param isChosen whether it speaks for a batch that has no rows */
  static async of(steps: readonly Step[], isChosen = true, partitionIndex = 0): Promise<Partition> {
    const partition = new Partition()
    for (const [slot, [factory, ...inputs]] of steps.entries()) {
      const processor = await factory({
        operation: {
          task: partition.task as TaskContext,
          partitionIndex,
          numPartitions: 1,
          onCleanup: (call) => partition.cleanups.push(call),
        },
        inputs: inputs.map((names) => new Fields(names)),
        slot,
        declaredAt: { place: undefined },
        isHeard: true,
        emit: (batch, row) => partition.#pass(slot + 1, batch, row),
        reportError: (error) => partition.errors.push(error),
        isChosenFor: () => isChosen,
      })
      partition.#processors.push(processor)
    }
    return partition
  }

  begin(id: BatchId = 1, attempt = 0): TestBatch {
    const batch = { id, txid: typeof id === 'number' ? id : null, attempt, startedAt: 0, slots: [], emitted: [] }
    for (const processor of this.#processors) processor.start?.(batch)
    return batch
  }

  feed(batch: TestBatch, rows: readonly Row[], input = 0): void {
    for (const row of rows) this.#processors[0]!.execute(batch, Object.freeze(row), input)
  }

  /** @returns all that has left of the batch */
  async finish(batch: TestBatch): Promise<Row[]> {
    for (const processor of this.#processors) await processor.finish?.(batch)
    return batch.emitted
  }

  #pass(to: number, batch: Batch, row: Row): void {
    if (to === this.#processors.length) (batch as TestBatch).emitted.push(row)
    else this.#processors[to]!.execute(batch, row, 0)
  }
}

/** One batch through one operation. */
export async function through(
  factory: ProcessorFactory,
  names: readonly string[],
  rows: readonly Row[],
): Promise<Row[]> {
  return throughAll([[factory, names]], rows)
}

/** One batch through several operations. */
export async function throughAll(steps: readonly Step[], rows: readonly Row[]): Promise<Row[]> {
  const partition = await Partition.of(steps)
  const batch = partition.begin()
  partition.feed(batch, rows)
  return partition.finish(batch)
}

/** One batch whose rows come by several inputs: `[input, row]`, in this order. */
export async function throughInputs(
  factory: ProcessorFactory,
  inputs: readonly (readonly string[])[],
  rows: readonly (readonly [input: number, row: Row])[],
): Promise<Row[]> {
  const partition = await Partition.of([[factory, ...inputs]])
  const batch = partition.begin()
  for (const [input, row] of rows) partition.feed(batch, [row], input)
  return partition.finish(batch)
}

/** Rows in an order of their own, so that those of two runs can be compared. */
export function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
