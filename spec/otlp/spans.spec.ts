/** A tree as spans: its ids, its times, and who stands below whom. */
import test from 'ava'
import { spansOf } from '../../lib/otlp/spans.ts'
import type { Trace, TracedTuple } from '../../lib/tracing/trace.ts'

const RUN = 'aaaaaaaaaaaaaaaa'
const ROOT = '0000000100000007'
const AT = Date.parse('2030-01-01T00:00:00.000Z')

function tuple(edge: string, rest: Partial<TracedTuple> = {}): TracedTuple {
  const place = { component: 'split', task: 2, worker: 1, stream: 'default', from: 'lines', fromTask: 1 }
  return { edge, ...place, sentMs: 0, state: 'acked', children: [], ...rest }
}

function trace(tuples: readonly TracedTuple[], rest: Partial<Trace> = {}): Trace {
  return {
    ...{ root: ROOT, component: 'lines', task: 1, worker: 1, state: 'acked', afterMs: 5.25, tuples },
    ...{ emitted: new Date(AT).toISOString(), isPartial: false, missing: [], shifts: [], ...rest },
  }
}

test('the root is a trace, and each tuple stands below that of its first anchor; the other ones are links', (t) => {
  const child = tuple('00000000000000c3', { otherParents: ['00000000000000b2'] })
  const spans: any[] = spansOf(
    trace([tuple('00000000000000a1', { children: [child] }), tuple('00000000000000b2')]),
    'w',
    RUN,
  )
  t.deepEqual(
    spans.map(({ traceId, spanId, parentSpanId }) => [traceId, spanId, parentSpanId]),
    [
      [RUN + ROOT, ROOT, undefined],
      [RUN + ROOT, '00000000000000a1', ROOT],
      [RUN + ROOT, '00000000000000c3', '00000000000000a1'],
      [RUN + ROOT, '00000000000000b2', ROOT],
    ],
  )
  t.deepEqual(spans[2].links, [{ traceId: RUN + ROOT, spanId: '00000000000000b2' }])
})

test('a span lasts from the beginning of the execution until that and the tuple are over', (t) => {
  const times = { sentMs: 1, wireMs: 0.5, queueMs: 0.25, executeMs: 1, settledMs: 4 }
  const [root, first] = spansOf(trace([tuple('00000000000000a1', times)]), 'w', RUN) as any[]
  const after = (nanos: string): number => Number(BigInt(nanos) - BigInt(AT) * 1_000_000n)
  t.is(after(root.startTimeUnixNano), 0)
  t.is(after(root.endTimeUnixNano), 5_250_000)
  t.is(after(first.startTimeUnixNano), 1_750_000)
  t.is(after(first.endTimeUnixNano), 4_000_000)
})

test('what has failed is an error with its reason, and a replay is linked to what it is one of', (t) => {
  const failed = tuple('00000000000000a1', { state: 'failed', reason: 'broken' })
  const replayOf = '0000000100000003'
  const spans = spansOf(trace([failed], { state: 'failed', reason: 'split failed', replayOf }), 'w', RUN) as any[]
  t.deepEqual(
    spans.map(({ status }) => status),
    [
      { code: 2, message: 'split failed' },
      { code: 2, message: 'broken' },
    ],
  )
  t.deepEqual(spans[0].links, [{ traceId: RUN + replayOf, spanId: replayOf }])
})

test('of a root whose beginning is not known nothing is sent', (t) => {
  const { emitted, ...rest } = trace([tuple('00000000000000a1')])
  t.truthy(emitted)
  t.deepEqual(spansOf({ ...rest, isPartial: true }, 'w', RUN), [])
})
