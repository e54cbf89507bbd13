/**
 * The tree of a root as spans of OTLP: the root is a trace and its first span, each tuple a span below that of its
 * first anchor. Its other anchors, and the root that a root is a replay of, are links.
 *
 * The law: an id is a half of the root, the whole of it, or the edge of a tuple, so the same trace has the same ids in
 * each telling, and whoever has a trace finds the root in its last 16 digits.
 */
import type { Trace, TracedTuple } from '../tracing/trace.ts'
import { attributes, nanos } from './attributes.ts'

const PRODUCER = 4
const CONSUMER = 5
const OK = 1
const ERROR = 2

interface Context {
  readonly traceId: string
  readonly topology: string
  /** Of the emit, milliseconds since 1970. */
  readonly zero: number
}

/**
 * None of a root whose beginning is not known.
 * @param run 16 hexadecimal digits that no other run has: the first half of the ids of its traces
 */
export function spansOf(trace: Trace, topology: string, run: string): object[] {
  const { root, emitted, afterMs = 0, tuples, replayOf } = trace
  if (emitted === undefined) return []
  const context = { traceId: run + root, topology, zero: Date.parse(emitted) }
  const links = replayOf === undefined ? {} : { links: [{ traceId: run + replayOf, spanId: replayOf }] }
  const first = {
    ...{ traceId: context.traceId, spanId: root, name: trace.component, kind: PRODUCER },
    ...{ startTimeUnixNano: nanos(context.zero), endTimeUnixNano: nanos(context.zero, afterMs) },
    attributes: attributes({
      ...placeOf(trace, topology),
      'typhoon.root': root,
      'typhoon.message_id': trace.messageId,
      'typhoon.state': trace.state,
      'typhoon.partial': trace.isPartial || undefined,
    }),
    ...links,
    ...statusOf(trace),
  }
  return [first, ...tuples.flatMap((tuple) => tupleSpans(tuple, root, context))]
}

function tupleSpans(tuple: TracedTuple, parentSpanId: string, context: Context): object[] {
  const { edge: spanId, sentMs, wireMs = 0, queueMs = 0, executeMs = 0, settledMs = 0, otherParents, children } = tuple
  const { traceId, topology, zero } = context
  const began = sentMs + wireMs + queueMs
  const span = {
    ...{ traceId, spanId, parentSpanId, name: tuple.component, kind: CONSUMER },
    startTimeUnixNano: nanos(zero, began),
    endTimeUnixNano: nanos(zero, Math.max(began + executeMs, settledMs)),
    attributes: attributes({
      ...placeOf(tuple, topology),
      'typhoon.from': tuple.from,
      'typhoon.from_task': tuple.fromTask,
      'typhoon.wire_ms': tuple.wireMs,
      'typhoon.queue_ms': tuple.queueMs,
      'typhoon.execute_ms': tuple.executeMs,
      'typhoon.state': tuple.state,
    }),
    ...(otherParents && { links: otherParents.map((parent) => ({ traceId, spanId: parent })) }),
    ...statusOf(tuple),
  }
  return [span, ...children.flatMap((child) => tupleSpans(child, spanId, context))]
}

function placeOf({ component, task, worker, stream }: Trace | TracedTuple, topology: string) {
  return {
    'typhoon.topology': topology,
    'typhoon.component': component,
    'typhoon.task': task,
    'typhoon.worker': worker,
    'typhoon.stream': stream,
  }
}

/** Of what is neither acked nor failed nothing is said. */
function statusOf({ state, reason }: Pick<Trace | TracedTuple, 'state' | 'reason'>): { status?: object } {
  if (state === 'acked') return { status: { code: OK } }
  return state === 'failed' ? { status: { code: ERROR, message: reason ?? 'failed' } } : {}
}
