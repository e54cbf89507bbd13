/**
 * What becomes of a tuple that is too late: it is counted, and goes to a stream where one is named. Names and rules:
 * apache/storm `storm-client/.../topology/WindowedBoltExecutor.java`.
 */
import {
  type BasicOutputCollector,
  DEFAULT_STREAM,
  Fields,
  type TaskContext,
  type Tuple,
  TyphoonError,
} from '../../index.ts'
import { LATE_COUNTER } from '../../tuple/system-ids.ts'

/** Storm's name: the tuple by field name. */
const LATE_FIELD = 'late_tuple'

/** The stream of what is late, beside those that a bolt declares. */
export function lateOutputs(lateStream: string): Record<string, Fields> {
  return { [lateStream]: new Fields([LATE_FIELD]) }
}

/** What a bolt declares that emits to the default stream, and to one for what is late where that is named. */
export function withLateStream(own: Fields, lateStream: string | undefined): Fields | Record<string, Fields> {
  return lateStream === undefined ? own : { [DEFAULT_STREAM]: own, ...lateOutputs(lateStream) }
}

/** @throws the code, where late tuples would go where all others go */
export function checkLateStream(
  component: string,
  lateStream: string | undefined,
  code: 'BAD_WINDOW' | 'BAD_JOIN',
): string | undefined {
  if (lateStream !== DEFAULT_STREAM) return lateStream
  throw new TyphoonError(code, `late tuples of ${component} would go to the default stream`, {
    hint: 'give them a stream of their own',
  })
}

/** Takes note of a tuple that is late. */
export function emitLate(
  tuple: Tuple,
  context: TaskContext,
  collector: BasicOutputCollector<any>,
  lateStream: string | undefined,
): void {
  context.count(LATE_COUNTER)
  if (lateStream !== undefined) collector.emit([tuple.toObject()] as never, lateStream as never)
}
