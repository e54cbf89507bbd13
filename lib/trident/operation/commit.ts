/**
 * What all operations with a state share: the rows of a batch are kept until it is whole, and what is written is
 * written in one transaction of the state.
 */
import { andThen } from '../model/awaitable.ts'
import type { Awaitable } from '../model/operation.ts'
import type { State } from '../model/state.ts'
import { NamedOperation } from './named-operation.ts'
import { RowCollector } from './operation-collectors.ts'
import type { Batch, Processor, ProcessorContext, Row } from './processor.ts'

/**
 * Also for a partition without rows: an earlier attempt may have had some here, which the state takes back now. What
 * throws leaves nothing behind that a query would see.
 */
export function inTransaction(state: State, { txid }: Batch, update: () => Awaitable<void>): Awaitable<void> {
  const whole = (): Awaitable<void> =>
    andThen(state.beginCommit(txid), () => andThen(update(), () => state.commit(txid)))
  let written: Awaitable<void>
  try {
    written = whole()
  } catch (error) {
    return andThen(dropUpdates(state), () => Promise.reject(error))
  }
  if (!(written instanceof Promise)) return
  return written.catch(async (error) => {
    await dropUpdates(state)
    throw error
  })
}

/** What an update has left in memory. Why that fails, if it does, matters less than why the update has failed. */
async function dropUpdates(state: State): Promise<void> {
  try {
    await state.beginCommit(null)
  } catch {}
}

/** Keeps the rows of a batch. */
export function keeping({
  slot,
}: ProcessorContext): Pick<Processor, 'start' | 'execute'> & { execute(batch: Batch, row: Row): void } {
  return {
    start(batch) {
      batch.slots[slot] = []
    },
    execute(batch, row) {
      ;(batch.slots[slot] as Row[]).push(row)
    },
  }
}

/** The rows that `keeping` has kept. */
export function kept(batch: Batch, { slot }: ProcessorContext): readonly Row[] {
  return batch.slots[slot] as readonly Row[]
}

/** What is emitted with at the end of a batch, by an operation of this name. */
export function collectorOf(
  batch: Batch,
  context: ProcessorContext,
  name: string,
  outputs: readonly string[],
): RowCollector {
  const collector = new RowCollector(context, new NamedOperation(name, context.declaredAt), outputs)
  collector.open(batch, [])
  return collector
}
