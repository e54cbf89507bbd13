import test from 'ava'
import { ACK_ROW, AckerBolt } from '../../lib/acker/acker-bolt.ts'
import { TraceLanes, traceOf } from '../../lib/acker/trace.ts'
import type { OutputCollector } from '../../lib/topology/component/collectors.ts'
import type { FailReason } from '../../lib/topology/component/failure/fail-reason.ts'
import type { TaskContext } from '../../lib/topology/component/task-context.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { rootHighOf } from '../../lib/tuple/ids.ts'
import {
  ACK_ACK_STREAM,
  ACK_FAIL_STREAM,
  ACK_INIT_STREAM,
  ACK_RESET_STREAM,
  ACK_TIMEOUT_STREAM,
  TICK_STREAM,
} from '../../lib/tuple/system-ids.ts'
import { SYSTEM_SOURCES } from '../../lib/tuple/system-sources.ts'
import { type Tuple, untrackedTuple } from '../../lib/tuple/tuple.ts'

const BOLTS = ['split', 'count']
const LANES = new TraceLanes(BOLTS)
/** Roots of the spout tasks 3 and 4. */
const A = rootHighOf(3, 1)
const B = rootHighOf(4, 1)
/** A timeout of 20 s, four ticks in each: what was silent for five ticks was so for a whole timeout. */
const CONFIG = resolveConfig({ 'topology.message.timeout.secs': 20, 'topology.tick.tuple.freq.secs': 5 })
const REASON: FailReason = { kind: 'explicit', component: 'count', task: 9, error: 'no such word' }

type Row = readonly [high: number, low: number, xorHigh: number, xorLow: number, trace?: number | undefined]

/** Tells an acker what stands in the script; what it has sent since the last call, by spout task. */
function acker() {
  let sent: unknown[] = []
  let acked = 0
  const bolt = new AckerBolt(BOLTS)
  const collector = {
    emitDirect(task: number, anchors: unknown, values: readonly unknown[], stream: string) {
      if (anchors !== undefined) throw new Error('a verdict is in no tree')
      sent.push([task, stream, ...values.map((value) => (value instanceof Int32Array ? [...value] : value))])
    },
    ack: () => acked++,
  }
  bolt.prepare({ config: CONFIG } as TaskContext, collector as unknown as OutputCollector)
  const hear = (stream: string, ...values: unknown[]): unknown[] => {
    const before = acked
    bolt.execute(untrackedTuple(values, SYSTEM_SOURCES.find((source) => source.stream === stream)!) as Tuple)
    if (acked !== before + 1) throw new Error('the acker did not ack its own tuple')
    const now = sent
    sent = []
    return now
  }
  const rows = (list: readonly Row[]): Int32Array => {
    const cells = new Int32Array(list.length * ACK_ROW)
    for (const [index, row] of list.entries()) cells.set(row as unknown as number[], index * ACK_ROW)
    return cells
  }
  return {
    init: (...list: Row[]) => hear(ACK_INIT_STREAM, rows(list)),
    ack: (...list: Row[]) => hear(ACK_ACK_STREAM, rows(list)),
    fail: (high: number, low: number) => hear(ACK_FAIL_STREAM, high, low, REASON),
    renew: (...roots: number[]) => hear(ACK_RESET_STREAM, Int32Array.from(roots)),
    ask: (...roots: number[]) => hear(ACK_TIMEOUT_STREAM, Int32Array.from(roots), 20_000),
    forget: (...roots: number[]) => hear(ACK_TIMEOUT_STREAM, Int32Array.from(roots), null),
    ticks: (count: number) => Array.from({ length: count }, () => hear(TICK_STREAM, 5)).flat(),
  }
}

test('the roots that a batch completes are told to their spout tasks, one tuple each', (t) => {
  const it = acker()
  t.deepEqual(it.init([A, 1, 5, 6], [A, 2, 7, 8], [B, 1, 9, 9], [B, 2, 1, 1]), [])
  t.deepEqual(it.ack([A, 2, 7, 8], [B, 1, 9, 9], [A, 1, 5, 6]), [
    [3, ACK_ACK_STREAM, [A, 2, A, 1]],
    [4, ACK_ACK_STREAM, [B, 1]],
  ])
})

test('a fail goes to the spout task at once, with its reason, and further ones of the root are not told', (t) => {
  const it = acker()
  it.init([A, 1, 5, 6])
  t.deepEqual(it.fail(A, 1), [[3, ACK_FAIL_STREAM, A, 1, REASON]])
  t.deepEqual(it.fail(A, 1), [])
  t.deepEqual(it.ack([A, 1, 5, 6]), [])
})

test('a fail that comes before its init waits for it and keeps its reason', (t) => {
  const it = acker()
  t.deepEqual(it.ack([A, 1, 1, 1]), [])
  t.deepEqual(it.fail(A, 1), [])
  t.deepEqual(it.init([A, 1, 5, 6]), [[3, ACK_FAIL_STREAM, A, 1, REASON]])
})

test('a fail whose init never comes is forgotten after three timeouts', (t) => {
  const it = acker()
  it.fail(A, 1)
  t.deepEqual(it.ticks(15), [])
  t.deepEqual(it.init([A, 1, 5, 6]), [])
  t.deepEqual(it.ack([A, 1, 5, 6]), [[3, ACK_ACK_STREAM, [A, 1]]])
})

test('what is silent for three timeouts is dropped without a word: it is the spout that fails it', (t) => {
  const it = acker()
  it.init([A, 1, 5, 6])
  t.deepEqual(it.ticks(15), [])
  t.deepEqual(it.ack([A, 1, 5, 6]), [])
})

test('asked about roots that are over their time, the acker fails those that were silent for a whole timeout', (t) => {
  const it = acker()
  it.init([A, 1, 5, 6], [A, 2, 5, 6], [A, 3, 5, 6])
  it.ticks(4)
  t.deepEqual(it.ask(A, 1, A, 2, A, 3), [], 'four ticks may be less than a timeout')
  it.renew(A, 2)
  it.ack([A, 3, 1, 1])
  it.ticks(1)
  t.deepEqual(it.ask(A, 1, A, 2, A, 3), [[3, ACK_FAIL_STREAM, A, 1, { kind: 'timeout', waitingFor: [] }]])
  it.ticks(3)
  t.deepEqual(it.ask(A, 2, A, 3), [])
  it.ticks(1)
  t.is(it.ask(A, 2, A, 3).length, 2)
})

test('a renewed root is neither acked nor failed by that', (t) => {
  const it = acker()
  it.init([A, 1, 5, 6])
  it.ticks(14)
  t.deepEqual(it.renew(A, 1), [])
  it.ticks(14)
  t.deepEqual(it.ack([A, 1, 5, 6]), [[3, ACK_ACK_STREAM, [A, 1]]])
})

test('of roots that timed out the acker says who has not acked, and forgets them', (t) => {
  const it = acker()
  const [split, count] = BOLTS.map((bolt) => traceOf(0x5a5a5a5a, LANES.mask, LANES.shiftOf(bolt)))
  it.init([A, 1, 5, 6, split], [A, 2, 5, 6, split])
  // Root 1: split has acked and sent to count; root 2: split holds its tuple.
  it.ack([A, 1, 5 ^ 3, 6 ^ 3, split! ^ count!])
  it.ticks(5)
  t.deepEqual(it.ask(A, 1, A, 2, A, 3), [
    [3, ACK_FAIL_STREAM, A, 1, { kind: 'timeout', waitingFor: ['count'] }],
    [3, ACK_FAIL_STREAM, A, 2, { kind: 'timeout', waitingFor: ['split'] }],
    [3, ACK_FAIL_STREAM, A, 3, { kind: 'timeout', waitingFor: [] }],
  ])
  t.deepEqual(it.ack([A, 1, 3, 3, count]), [])
})

test('told that roots are given up, the acker forgets them without a word', (t) => {
  const it = acker()
  it.init([A, 1, 5, 6, 0])
  t.deepEqual(it.forget(A, 1), [])
  t.deepEqual(it.ack([A, 1, 5, 6, 0]), [], 'of a root that it does not know any more')
})
