/** Single calls of a partitioned spout, as tests need them. */
import type { TransactionalEmitter } from '../../../lib/trident/model/spout.ts'
import { FakeContext } from '../../components/fakes.ts'
import { type PartitionedSpout, Rows } from './runtime.ts'

/** One task of a spout, with the coordinator beside it. */
export class Calls {
  readonly context: FakeContext
  readonly #coordinator: any
  readonly emitter: TransactionalEmitter
  readonly errors: any[] = []
  /** Of each call. */
  readonly givenUp: Rows['givenUp'][] = []
  #txid = 0

  constructor(spout: PartitionedSpout, context = new FakeContext()) {
    this.context = context
    this.#coordinator = spout.getCoordinator(context)
    this.emitter = spout.getEmitter(context) as TransactionalEmitter
  }

  partitions(): string[] {
    return this.#coordinator.getPartitionsForBatch()
  }

  /** One call for a new batch; the meta went through JSON. */
  next(partition: string, last?: unknown, limit?: number): { rows: (readonly any[])[]; meta: any } {
    return this.again({ txid: ++this.#txid, attempt: 0 }, partition, last, limit)
  }

  /** A call for a batch of one's own. */
  again(
    attempt: { txid: number; attempt: number },
    partition: string,
    last?: unknown,
    limit?: number,
  ): { rows: (readonly any[])[]; meta: any } {
    const collector = new Rows(limit)
    const meta: any = this.emitter.emitPartitionBatchNew(attempt, collector, partition, last)
    this.errors.push(...collector.errors)
    this.givenUp.push(collector.givenUp)
    return { rows: collector.rows, meta: meta === undefined ? undefined : JSON.parse(JSON.stringify(meta)) }
  }

  replay(partition: string, meta: unknown): (readonly any[])[] {
    const collector = new Rows(0)
    this.emitter.emitPartitionBatch({ txid: 1, attempt: 1 }, collector, partition, meta)
    this.givenUp.push(collector.givenUp)
    return collector.rows
  }

  /** All rows of a partition, and the last meta. */
  drain(partition: string, last?: unknown): { rows: (readonly any[])[]; meta: any } {
    const all: (readonly any[])[] = []
    for (;;) {
      const { rows, meta } = this.next(partition, last)
      if (meta === undefined) return { rows: all, meta: last }
      for (const row of rows) all.push(row)
      last = meta
    }
  }

  /** All rows of all partitions, in their order. */
  drainAll(): (readonly any[])[] {
    return this.partitions().flatMap((partition) => this.drain(partition).rows)
  }
}
