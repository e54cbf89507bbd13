/** One segment in one task: when a batch is whole, which attempt counts, and what waits for its commit. */
import test from 'ava'
import fc from 'fast-check'
import { testTuple } from '../../../lib/index.ts'
import { type Chunk, SegmentTask } from '../../../lib/trident/batch/segment/segment-task.ts'
import type { Batch, Processor } from '../../../lib/trident/operation/processor.ts'

const FIRST = [{ step: 0, input: 0 }]

/** Counts the rows of each batch; it is finished when all have come, or at the commit. */
class Counter implements Processor {
  readonly finished: string[] = []

  start(batch: Batch): void {
    batch.slots[0] = 0
  }

  execute(batch: Batch): void {
    batch.slots[0] = (batch.slots[0] as number) + 1
  }

  finish(batch: Batch): void {
    this.finished.push(`${batch.id}-${batch.attempt}: ${batch.slots[0]}`)
  }
}

function segmentOf({ senders = 1, commits = false } = {}): { task: SegmentTask; counter: Counter } {
  const counter = new Counter()
  const step: any = { node: { type: 'operation' }, next: [], edges: [], afterCommit: commits }
  const task = new SegmentTask({
    segment: { id: 0, steps: [step], component: { segments: [], states: new Set() }, group: 0 },
    processors: [counter],
    routes: new Map(),
    senders,
    fedByCommit: false,
    window: 16,
    lifetimeMs: 1000,
    frameBytes: 16_777_216,
    collector: { ack: () => {} } as any,
  })
  return { task, counter }
}

const chunk = (batch: number, attempt: number, rows: number, count = -1): Chunk => ({
  batch,
  attempt,
  startedAt: 0,
  rows: Array.from({ length: rows }, () => ['row']),
  count,
})
const receive = (task: SegmentTask, given: Chunk) => task.receive(testTuple([]), given, FIRST)
const commit = (task: SegmentTask, txid: number, attempt: number) => task.commit(testTuple([txid, attempt, 0]))
const codeOf = (call: () => unknown): unknown => {
  try {
    call()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

test('89: batches whose rows come mixed are counted each by itself (test-batch-bolt)', (t) => {
  const { task, counter } = segmentOf()
  receive(task, chunk(1, 1, 2))
  receive(task, chunk(2, 1, 1))
  receive(task, chunk(1, 1, 1))
  receive(task, chunk(1, 1, 0, 3))
  receive(task, chunk(2, 1, 0, 1))
  t.deepEqual(counter.finished, ['1-1: 3', '2-1: 1'])
})

test('89: of two attempts at a batch that cross the later one counts, from its own rows alone (test-batch-bolt)', (t) => {
  const { task, counter } = segmentOf()
  receive(task, chunk(1, 1, 3))
  receive(task, chunk(1, 2, 1))
  receive(task, chunk(1, 1, 5, 8))
  receive(task, chunk(1, 2, 1, 2))
  t.deepEqual(counter.finished, ['1-2: 2'])
})

test('a batch is whole when every sender has said how many rows it sent', (t) => {
  const { task, counter } = segmentOf({ senders: 3 })
  receive(task, chunk(1, 1, 2, 2))
  receive(task, chunk(1, 1, 0, 0))
  t.deepEqual(counter.finished, [])
  receive(task, chunk(1, 1, 1, 1))
  t.deepEqual(counter.finished, ['1-1: 3'])
})

test('a batch of which rows are missing fails and is not finished', (t) => {
  const { task, counter } = segmentOf()
  receive(task, chunk(1, 1, 2))
  t.is(
    codeOf(() => receive(task, chunk(1, 1, 0, 3))),
    'BATCH_INCOMPLETE',
  )
  t.deepEqual(counter.finished, [])
})

test('what waits for the commit is finished by it, once', (t) => {
  const { task, counter } = segmentOf({ commits: true })
  receive(task, chunk(1, 1, 2, 2))
  t.deepEqual(counter.finished, [])
  commit(task, 1, 1)
  t.deepEqual(counter.finished, ['1-1: 2'])
  t.is(
    codeOf(() => commit(task, 1, 1)),
    'BATCH_UNKNOWN',
  )
})

test('the commit of a batch that is not here, not whole here, of another attempt, or that has failed here is refused', (t) => {
  const { task, counter } = segmentOf({ commits: true })
  t.is(
    codeOf(() => commit(task, 1, 1)),
    'BATCH_UNKNOWN',
  )
  receive(task, chunk(1, 1, 1))
  t.is(
    codeOf(() => commit(task, 1, 1)),
    'BATCH_UNKNOWN',
  )
  receive(task, chunk(1, 2, 1, 1))
  t.is(
    codeOf(() => commit(task, 1, 1)),
    'BATCH_UNKNOWN',
  )
  task.failed(1, 2)
  t.is(
    codeOf(() => commit(task, 1, 2)),
    'BATCH_UNKNOWN',
  )
  t.deepEqual(counter.finished, [])
})

test('that an earlier attempt fails late does not touch the one that counts', (t) => {
  const { task, counter } = segmentOf({ commits: true })
  receive(task, chunk(1, 1, 4))
  receive(task, chunk(1, 2, 1, 1))
  task.failed(1, 1)
  commit(task, 1, 2)
  t.deepEqual(counter.finished, ['1-2: 1'])
})

/**
 * Rows of these lengths through a segment to one task: the lengths of the rows of each tuple that left, and the counts.
 */
function sentFor(lengths: readonly number[], frameBytes: number): { tuples: number[][]; counts: number[] } {
  const tuples: number[][] = []
  const counts: number[] = []
  const step: any = { node: { type: 'spout' }, next: [], edges: [0], afterCommit: false }
  const segment = { id: 0, steps: [step], component: { segments: [], states: new Set<never>() }, group: 0 }
  const edge: any = { id: 0, from: segment, afterCommit: false }
  const task = new SegmentTask({
    segment,
    processors: [{ execute: () => {} }],
    routes: new Map([[0, { edge, targets: [7 as never], partitioner: () => 0 }]]),
    senders: 0,
    fedByCommit: false,
    window: 16,
    lifetimeMs: 1000,
    frameBytes,
    collector: {
      emitDirect(_: unknown, __: unknown, [, , , rows, count]: [number, number, number, string[][], number]) {
        tuples.push(rows.map(([text]) => text!.length))
        counts.push(count)
      },
    } as any,
  })
  const anchor = testTuple([])
  const track = task.begin(1, 1, 0)!
  for (const length of lengths) task.feed(track, ['é'.repeat(length)], anchor)
  task.fed(track, anchor)
  return { tuples, counts }
}

test('rows leave in tuples that fit into a frame, whatever their sizes: none is missing, and the last tuple has their number', (t) => {
  const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(40_000)), { maxLength: 300 })
  fc.assert(
    fc.property(lengths, (given) => {
      const { tuples, counts } = sentFor(given, 65_536)
      t.deepEqual(tuples.flat(), given)
      t.is(counts.at(-1), given.length)
      for (const rows of tuples)
        if (rows.length > 1) t.true(3 * rows.reduce((sum, length) => sum + length + 18, 0) < 65_536)
    }),
  )
})

test('small rows leave by the thousand', (t) => {
  const { tuples } = sentFor(new Array(2500).fill(5), 16_777_216)
  t.deepEqual(
    tuples.map((rows) => rows.length),
    [1000, 1000, 500],
  )
})
