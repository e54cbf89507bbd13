/** Puts the rows of a batch into windows, which fire at the commit; a batch without rows may let time pass. */
import { type AnyAggregator, type PerTask, preparedFor } from '../model/operation.ts'
import { collectorOf, inTransaction, keeping, kept } from '../operation/commit.ts'
import type { ProcessorFactory } from '../operation/processor.ts'
import type { WindowState } from './window-state.ts'

/** @param outputs the fields of the group, and those of the aggregator behind them */
export function windowed(aggregator: PerTask<AnyAggregator>, outputs: readonly string[]): ProcessorFactory {
  return async (context) => {
    const prepared = await preparedFor(aggregator, context.operation)
    const state = context.state as WindowState
    return {
      ...keeping(context),
      finish(batch) {
        const collector = collectorOf(batch, context, 'the aggregator of the window', outputs)
        return inTransaction(state, batch, () =>
          state.apply(batch.startedAt, kept(batch, context), prepared, collector, outputs),
        )
      },
    }
  }
}
