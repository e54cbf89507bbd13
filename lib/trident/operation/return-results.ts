/** The end of a DRPC stream: the tuples of a request go back to who has asked, as a JSON list. */
import { type Invocations, requestIdOf } from '../../drpc/protocol/invocations.ts'
import { invocationsOf } from '../../drpc/worker/invocations-of.ts'
import { encode } from '../../values/text.ts'
import type { Batch, ProcessorFactory, Row } from './processor.ts'

export function returnResults(local: Invocations | undefined): ProcessorFactory {
  return ({ operation, slot, isChosenFor, reportError }) => {
    const invocations = local ?? invocationsOf(operation.task)
    if (local === undefined) operation.onCleanup(() => invocations.release())
    return {
      start(batch: Batch) {
        batch.slots[slot] = []
      },
      execute(batch: Batch, row: Row) {
        ;(batch.slots[slot] as Row[]).push(row)
      },
      finish(batch: Batch) {
        if (!isChosenFor(batch)) return
        invocations.result(requestIdOf(batch.id), encode(batch.slots[slot], 'the result')).catch(reportError)
      },
    }
  }
}
