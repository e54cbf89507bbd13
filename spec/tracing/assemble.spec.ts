/** What workers have recorded of a root → its tree. */
import test from 'ava'
import fc from 'fast-check'
import type { Span } from '../../lib/messaging/spans.ts'
import { shiftsOf } from '../../lib/tracing/align.ts'
import { assemble, type Places } from '../../lib/tracing/assemble.ts'
import type { Trace, TracedTuple } from '../../lib/tracing/trace.ts'
import { rootHighOf, rootText } from '../../lib/tuple/ids.ts'
import { Prng } from '../../lib/util/prng.ts'

/** The spout is task 1; tasks 1 and 2 are of worker 1, 3 and 4 of worker 2, and so on. */
const PLACES: Places = { componentOf: (task) => `c${task}`, workerOf: (task) => Math.ceil(task / 2) }
const TASKS = 6
const ROOT = rootText(rootHighOf(1, 1), 64)
const NOW = 1_700_000_000_000

/** A tree as it was: when each tuple was sent, arrived, began, ended and settled, if it was. */
interface Grown {
  readonly edge: string
  readonly task: number
  readonly times: readonly number[]
  readonly fails: boolean
  readonly children: readonly Grown[]
}

function grow(random: Prng, at: number, depth: number): Grown[] {
  const count = depth === 0 ? 1 + random.below(3) : random.below(4 - depth)
  return Array.from({ length: count }, () => {
    const task = 2 + random.below(TASKS - 1)
    const reached = random.next() < 0.8 ? 5 : 1 + random.below(5)
    const times = [at + 1 + random.below(3)]
    while (times.length < 5) times.push(times.at(-1)! + 1 + random.below(9))
    const children = reached >= 4 && depth < 3 ? grow(random, times[2]!, depth + 1) : []
    const edge = rootText(random.int32(), random.int32())
    return { edge, task, times: times.slice(0, reached), fails: random.next() < 0.2, children }
  })
}

/** What the workers record of it, each by its own clock. */
function record(tree: readonly Grown[], from: { readonly task: number; readonly edge?: string }): [number, Span][] {
  return tree.flatMap((tuple): [number, Span][] => {
    const { edge, task, times, fails } = tuple
    const [at, arrived, began, ended, settled] = times as [number, ...number[]]
    const sent: Span = {
      ...{ is: 'sent', edge, parents: from.edge === undefined ? [] : [from.edge] },
      ...{ task: from.task, stream: 'default', target: task, at },
    }
    const isLocal = PLACES.workerOf(task) === PLACES.workerOf(from.task)
    const visit = {
      ...{ is: 'visit', edge, task },
      ...(isLocal || arrived === undefined ? {} : { arrived }),
      ...(began === undefined ? {} : { began }),
      ...(ended === undefined ? {} : { ended }),
      ...(settled === undefined ? {} : { settled, ...(fails ? { reason: 'no' } : {}) }),
    } as Span
    const isThere = isLocal ? began !== undefined : arrived !== undefined
    return [
      [PLACES.workerOf(from.task), sent],
      ...(isThere ? [[PLACES.workerOf(task), visit] as [number, Span]] : []),
      ...record(tuple.children, { task, edge }),
    ]
  })
}

function shift(span: Span, ms: number): Span {
  const times = ['at', 'arrived', 'began', 'ended', 'settled']
  return Object.fromEntries(
    Object.entries(span).map(([name, value]) => [name, times.includes(name) ? (value as number) + ms : value]),
  ) as unknown as Span
}

function traced(spans: readonly (readonly [number, Span])[], missing: readonly number[] = []): Trace {
  const workers = [...new Set(spans.map(([worker]) => worker))]
  const parts = workers.map((worker) => ({
    worker,
    spans: spans.flatMap(([of, span]) => (of === worker ? [span] : [])),
  }))
  return assemble({ root: ROOT, parts, isCut: false, missing }, PLACES)!
}

const EMITTED: [number, Span] = [1, { is: 'emitted', task: 1, stream: 'default', at: NOW, messageId: '7' }]

function shapeOf(tuples: readonly TracedTuple[]): unknown[] {
  return tuples
    .map(({ edge, task, state, children }) => ({ edge, task, state, below: shapeOf(children) }))
    .sort((a, b) => (a.edge < b.edge ? -1 : 1))
}

function wanted(tree: readonly Grown[], from: number): unknown[] {
  return tree
    .map(({ edge, task, times, fails, children }) => {
      const isLocal = PLACES.workerOf(task) === PLACES.workerOf(from)
      const states = [isLocal ? 'queued' : 'on the wire', 'queued', 'executing', 'waiting', fails ? 'failed' : 'acked']
      return { edge, task, state: states[times.length - 1], below: wanted(children, task) }
    })
    .sort((a, b) => (a.edge < b.edge ? -1 : 1))
}

test('any tree comes out as it was, in whatever order it is told, and however far clocks are apart', (t) => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 4, maxLength: 4 }),
      (seed, clocks) => {
        const random = new Prng(seed)
        const tree = grow(random, NOW, 0)
        const spans = [EMITTED, ...record(tree, { task: 1 })]
        const apart = spans.map(([worker, span]) => [worker, shift(span, clocks[worker]!)] as const)
        const trace = traced(random.shuffle(apart))
        t.deepEqual(shapeOf(trace.tuples), wanted(tree, 1))
        t.false(trace.isPartial)
        for (const tuple of flat(trace.tuples))
          for (const ms of [tuple.wireMs, tuple.queueMs, tuple.executeMs]) t.true(ms === undefined || ms >= 0)
        return true
      },
    ),
    { numRuns: 200 },
  )
})

function flat(tuples: readonly TracedTuple[]): TracedTuple[] {
  return tuples.flatMap((tuple) => [tuple, ...flat(tuple.children)])
}

test('where the clocks agree, the times are those that they were, and no clock is moved', (t) => {
  const tuple = {
    edge: 'a'.repeat(16),
    task: 3,
    times: [1, 3, 7, 15, 31].map((ms) => NOW + ms),
    fails: false,
    children: [],
  }
  const trace = traced([EMITTED, ...record([tuple], { task: 1 }), [1, { is: 'verdict', at: NOW + 40 }]])
  t.like(trace.tuples[0], { sentMs: 1, wireMs: 2, queueMs: 4, executeMs: 8, settledMs: 31, state: 'acked' })
  t.like(trace, { state: 'acked', afterMs: 40, messageId: '7', component: 'c1', worker: 1, isPartial: false })
  t.deepEqual(trace.shifts, [])
})

test('a clock is moved by the least that lets no tuple come before it was sent', (t) => {
  const there = { from: 1, to: 2, sent: 100, arrived: 40 }
  const back = { from: 2, to: 1, sent: 45, arrived: 130 }
  t.deepEqual(
    [...shiftsOf([there, back], 1)],
    [
      [1, 0],
      [2, 60],
    ],
  )
  const late = { from: 2, to: 1, sent: 500, arrived: 130 }
  t.deepEqual(
    [...shiftsOf([late], 1)],
    [
      [1, 0],
      [2, -370],
    ],
  )
  const contradicts = shiftsOf([there, late], 1)
  t.is(contradicts.get(1), 0)
})

test('what is not known is said: a worker that does not answer, a beginning or a parent that is gone', (t) => {
  const tuple = { edge: 'a'.repeat(16), task: 3, times: [NOW], fails: false, children: [] }
  const spans = record([tuple], { task: 1 })
  t.is(traced(spans).isPartial, true)
  const trace = traced([EMITTED, ...spans], [2])
  t.deepEqual([trace.tuples[0]!.state, trace.missing], ['unknown', [2]])
  const orphan = {
    is: 'sent',
    edge: 'b'.repeat(16),
    parents: ['c'.repeat(16)],
    task: 3,
    stream: 's',
    target: 5,
    at: NOW,
  } as const
  t.like(traced([EMITTED, [2, orphan]]), { isPartial: true, tuples: [{ edge: 'b'.repeat(16) }] })
  t.is(assemble({ root: ROOT, parts: [{ worker: 1, spans: [] }], isCut: false, missing: [] }, PLACES), undefined)
})
