import test from 'ava'
import { ACKED, EMITTED, makeCounters } from '../../lib/stats/counters.ts'
import { Histogram } from '../../lib/stats/histogram.ts'
import { addTask, emptyTotals, type TaskSnapshot } from '../../lib/stats/snapshot.ts'

function task(emitted: number, named: Record<string, number>, micros: number): TaskSnapshot {
  const counters = makeCounters()
  counters[EMITTED] = emitted
  const latency = new Histogram()
  latency.record(micros)
  return {
    task: 1,
    component: 'a',
    counters: [...counters],
    named,
    queued: 2,
    load: 0.5,
    pending: 3,
    latency: latency.data(),
  }
}

test('what components measure by themselves adds up over tasks; gauges are of those that are there', (t) => {
  const totals = emptyTotals()
  const values = new Histogram()
  values.record(5)
  const histograms = { constructor: values.data() } as Record<string, readonly number[]>
  addTask(totals, { ...task(1, { constructor: 1 } as never, 10), gauges: { open: -2 }, histograms })
  addTask(totals, { ...task(1, { constructor: 2 } as never, 10), gauges: { open: 3 }, histograms })
  t.deepEqual(totals.gauges, { open: { sum: 1, least: -2, most: 3 } })
  t.is(totals.histograms['constructor']!.total, 2)
  t.is(totals.named['constructor'], 3)
})

test('the tasks of a component add up: counters, named counters, queues, latencies', (t) => {
  const totals = emptyTotals()
  addTask(totals, task(5, { replayed: 1 }, 10))
  addTask(totals, task(7, { replayed: 2, mine: 4 }, 20))
  t.is(totals.counters[EMITTED], 12)
  t.is(totals.counters[ACKED], 0)
  t.deepEqual(totals.named, { replayed: 3, mine: 4 })
  t.deepEqual([totals.queued, totals.pending], [4, 6])
  t.is(totals.latency.total, 2)
  t.is(totals.latency.percentile(1), 20)
})
