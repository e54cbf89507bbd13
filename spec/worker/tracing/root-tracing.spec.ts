/** What a worker records of the roots that it follows, with executors that are real. */
import test from 'ava'
import type { Span, SpansOf } from '../../../lib/messaging/spans.ts'
import type { OutputCollector } from '../../../lib/topology/component/collectors.ts'
import { Fields } from '../../../lib/tuple/fields.ts'
import { rootText } from '../../../lib/tuple/ids.ts'
import type { Tuple, TupleSource } from '../../../lib/tuple/tuple.ts'
import { FailedIds } from '../../../lib/worker/tracing/failed-ids.ts'
import { RootTracing } from '../../../lib/worker/tracing/root-tracing.ts'
import { SpanRing } from '../../../lib/worker/tracing/span-ring.ts'
import { emitWords, runEmitting } from '../../executor/runs.ts'

type Emitting = Awaited<ReturnType<typeof runEmitting>>

/** @param mask of the roots that are followed */
function traced({ all, clock }: Emitting, mask: number) {
  let answer: readonly SpansOf[] = []
  const told: unknown[] = []
  const tracing = new RootTracing(all, mask, {
    clock,
    send: (message) => {
      if (message.type === 'spans') answer = message.roots
      else told.push([message.state, message.isNext])
    },
  })
  const of = (root: string): readonly Span[] => {
    tracing.obey({ type: 'spans', round: 1, roots: [root] })
    return answer[0]?.spans ?? []
  }
  return { tracing, told, of }
}

function kinds(spans: readonly Span[]): string[] {
  return spans.map(({ is }) => is)
}

function textOf({ rootHigh, rootLow }: Tuple): string {
  return rootText(rootHigh, rootLow)
}

test('a tuple of several trees is recorded in each that is followed, below its anchor there, and in no other', async (t) => {
  const inputs: Tuple[] = []
  const outputs: Tuple[] = []
  const it = await runEmitting(
    (tuple, out) => {
      inputs.push(tuple)
      if (inputs.length < 4) return
      out.emit(inputs, ['all'])
      for (const input of inputs) out.ack(input)
    },
    (tuple) => void outputs.push(tuple),
  )
  const { of } = traced(it, 1)
  emitWords(it.source, 'a', 'b', 'c', 'd')
  it.settle()
  const [output] = outputs
  t.is(output!.rootLow & 1, 1)
  for (const input of inputs) {
    const spans = of(textOf(input))
    if ((input.rootLow & 1) === 0) t.deepEqual(spans, [])
    else {
      const [first, ...below] = spans.flatMap((span) => (span.is === 'sent' ? [span] : []))
      t.deepEqual(first!.parents, [])
      t.deepEqual(
        below.map(({ parents }) => parents),
        [[first!.edge], [first!.edge]],
      )
      t.is(
        spans.find((span) => span.is === 'visit' && span.edge === first!.edge && span.settled === undefined),
        undefined,
      )
    }
  }
})

test('what is emitted and settled long after its execution, among others, is recorded at its place', async (t) => {
  const held: Tuple[] = []
  let late: OutputCollector | undefined
  const it = await runEmitting(
    (tuple, out) => {
      late = out
      held.push(tuple)
    },
    (tuple, out) => out.ack(tuple),
  )
  const { of } = traced(it, 0)
  emitWords(it.source, 'a', 'b')
  it.settle()
  t.deepEqual(kinds(of(textOf(held[0]!))), ['sent', 'emitted', 'visit'])
  for (const tuple of held) {
    late?.emit(tuple, ['late'])
    late?.ack(tuple)
  }
  it.settle()
  for (const tuple of held) {
    const spans = of(textOf(tuple))
    const [first, ...below] = spans.flatMap((span) => (span.is === 'sent' ? [span] : []))
    t.true(below.length > 0 && below.every(({ parents }) => parents.length === 1 && parents[0] === first!.edge))
    t.true(spans.every((span) => span.is !== 'visit' || span.settled !== undefined))
    t.true(kinds(spans).includes('verdict'))
  }
})

test('of a root that is followed no more nothing is recorded, and of one from before that was begun what its spout hears', async (t) => {
  const held: Tuple[] = []
  let late: OutputCollector | undefined
  const it = await runEmitting(
    (tuple, out) => {
      late = out
      held.push(tuple)
    },
    () => {},
  )
  const { tracing, of } = traced(it, 0)
  tracing.obey({ type: 'follow-roots', mask: null })
  emitWords(it.source, 'a')
  it.settle()
  t.deepEqual(of(textOf(held[0]!)), [])
  tracing.obey({ type: 'follow-roots', mask: 0 })
  late?.ack(held[0]!)
  it.settle()
  t.deepEqual(kinds(of(textOf(held[0]!))), ['verdict'])
})

test('the next root is one that the mask lets be followed, and only it is told of', async (t) => {
  const held: Tuple[] = []
  const it = await runEmitting(
    (tuple, out) => {
      held.push(tuple)
      out.ack(tuple)
    },
    () => {},
  )
  const { tracing, told } = traced(it, 0xffff)
  emitWords(it.source, 'a')
  it.settle()
  t.deepEqual(told, [])
  tracing.obey({ type: 'follow-next', on: true })
  emitWords(it.source, 'b', 'c')
  it.settle()
  t.deepEqual(
    held.map(({ rootLow }) => (rootLow & 0xffff) === 0xffff),
    [false, true, false],
  )
  t.deepEqual(told, [
    ['emitted', true],
    ['acked', true],
  ])
})

test('the ring keeps the last rows, whosever they are', (t) => {
  const ring = new SpanRing(3)
  const source = { component: 'a', stream: 'default', task: 1, fields: new Fields([]) } as unknown as TupleSource
  for (let n = 0; n < 4; n++) ring.sent({ rootHigh: 1, rootLow: n % 2, high: 0, low: n }, source, 2, [], n)
  const edges = (low: number): string[] =>
    ring.of(1, low, (time) => time).spans.map((span) => ('edge' in span ? span.edge : ''))
  t.deepEqual([edges(0), edges(1)], [[rootText(0, 2)], [rootText(0, 1), rootText(0, 3)]])
})

test('a root of more spans than are answered says so', (t) => {
  const ring = new SpanRing(5000)
  const source = { component: 'a', stream: 'default', task: 1, fields: new Fields([]) } as unknown as TupleSource
  for (let n = 0; n < 2500; n++) ring.sent({ rootHigh: 1, rootLow: 0, high: 0, low: n }, source, 2, [], n)
  const { spans, isCut } = ring.of(1, 0, (time) => time)
  t.deepEqual([spans.length, isCut], [2000, true])
})

test('the replay of a message id that is an object is known: by its content, or where that has no name by the object', (t) => {
  class Kept {
    readonly messageId = 5
    failures = 0
  }
  const kept = new Kept()
  const ids = new FailedIds()
  ids.failed({ offset: 3 }, 'a')
  ids.failed(kept, 'b')
  kept.failures++
  t.deepEqual([ids.rootOf({ offset: 3 }), ids.rootOf(kept), ids.rootOf(new Kept())], ['a', 'b', undefined])
  const ring = new SpanRing(3)
  const source = { component: 'a', stream: 'default', task: 1, fields: new Fields([]) } as unknown as TupleSource
  ring.emitted(1, 0, { source, messageId: kept, values: ['a', 1n], replayOf: undefined }, 0)
  t.like(ring.of(1, 0, (time) => time).spans[0], { is: 'emitted', messageId: '5', values: '["a",{"$bigint":"1"}]' })
})

test('while somebody watches, roots are told of when they are acked, as many in a second as there is room for', async (t) => {
  const it = await runEmitting(
    (tuple, out) => out.ack(tuple),
    () => {},
  )
  const { tracing, told } = traced(it, 0)
  tracing.obey({ type: 'tell-acked', on: true })
  emitWords(it.source, 'a', 'b')
  it.settle()
  t.deepEqual(told, [
    ['acked', false],
    ['acked', false],
  ])
  emitWords(it.source, ...Array.from({ length: 100 }, String))
  it.settle()
  t.is(told.length, 50)
  tracing.obey({ type: 'tell-acked', on: false })
  emitWords(it.source, 'c')
  it.settle()
  t.is(told.length, 50)
})
