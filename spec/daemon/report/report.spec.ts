import test from 'ava'
import { RunTotals } from '../../../lib/daemon/report/report.ts'
import { planTopology } from '../../../lib/scheduler/plan.ts'
import {
  ACKED,
  EMITTED,
  EXECUTED,
  FAILED,
  FAILED_EXPLICIT,
  FAILED_TIMEOUT,
  makeCounters,
  ROOTS,
} from '../../../lib/stats/counters.ts'
import { Histogram } from '../../../lib/stats/histogram.ts'
import type { TaskSnapshot, WorkerSnapshot } from '../../../lib/stats/snapshot.ts'
import { bolt, spout, topologyOf } from '../../topology/parts.ts'

// words: task 1 on worker 1, task 2 on worker 2; count: task 3 on worker 1; ackers 4 and 5.
const PLAN = planTopology(
  topologyOf({ words: spout({ parallelism: 2 }), count: bolt('words') }, { config: { 'topology.workers': 2 } }),
)

function task(
  number: number,
  component: string,
  values: Readonly<Record<number, number>>,
  more: Partial<TaskSnapshot> = {},
): TaskSnapshot {
  const counters = makeCounters()
  for (const [index, value] of Object.entries(values)) counters[Number(index)] = value
  return {
    task: number,
    component,
    counters: [...counters],
    named: {},
    queued: 0,
    load: 0,
    pending: 0,
    latency: [],
    ...more,
  }
}

function snapshot(...tasks: TaskSnapshot[]): WorkerSnapshot {
  return { tasks, memoryBytes: 0, cpuMs: 0, stallMs: 0, badFrames: 0 }
}

test("the report sums the latest snapshot of every worker, by component, without the runtime's own", (t) => {
  const totals = new RunTotals(PLAN)
  const latency = new Histogram()
  for (let i = 0; i < 10; i++) latency.record(2_000)
  totals.update(1, snapshot(task(1, 'words', { [EMITTED]: 1 })))
  totals.update(
    1,
    snapshot(
      task(
        1,
        'words',
        { [EMITTED]: 5, [ROOTS]: 5, [ACKED]: 3, [FAILED]: 2, [FAILED_TIMEOUT]: 1, [FAILED_EXPLICIT]: 1 },
        { named: { replayed: 2, mine: 9 }, latency: latency.data() },
      ),
      task(3, 'count', { [EXECUTED]: 9, [ACKED]: 8, [FAILED]: 1, [EMITTED]: 4 }, { named: { replayed: 99 } }),
      task(4, '__acker', { [EXECUTED]: 1_000 }),
    ),
  )
  totals.update(2, snapshot(task(2, 'words', { [EMITTED]: 7, [ROOTS]: 7, [ACKED]: 7 }, { named: { deadLettered: 1 } })))
  t.deepEqual(totals.report('completed', 1.23456), {
    deadLetterFiles: ['dead-letters/test.jsonl'],
    topology: 'test',
    status: 'completed',
    seconds: 1.235,
    workers: 2,
    components: {
      words: { tasks: 2, emitted: 12, executed: 0, acked: 10, failed: 2, counters: { mine: 9 } },
      count: { tasks: 1, emitted: 4, executed: 9, acked: 8, failed: 1 },
    },
    roots: { emitted: 12, acked: 10, failed: { timeout: 1, explicit: 1, workerLost: 0 }, replayed: 2, deadLettered: 1 },
    completeLatencyMs: { p50: 2.015, p99: 2.015, p999: 2.015, max: 2.015 },
  })
})

test('what a worker had in flight when it died counts as failed, worker lost; what its next incarnation does is added', (t) => {
  const totals = new RunTotals(PLAN)
  totals.update(2, snapshot(task(2, 'words', { [EMITTED]: 10, [ROOTS]: 10, [ACKED]: 6 }, { pending: 4, queued: 3 })))
  t.is(totals.byComponent().get('words')!.pending, 4)
  totals.lost(2)
  t.is(totals.byComponent().get('words')!.pending, 0)
  t.is(totals.byComponent().get('words')!.queued, 0)
  totals.update(2, snapshot(task(2, 'words', { [EMITTED]: 4, [ROOTS]: 4, [ACKED]: 4 })))
  const { roots, components } = totals.report('completed', 1)
  t.deepEqual(roots, {
    emitted: 14,
    acked: 10,
    failed: { timeout: 0, explicit: 0, workerLost: 4 },
    replayed: 0,
    deadLettered: 0,
  })
  t.deepEqual(components['words'], { tasks: 2, emitted: 14, executed: 0, acked: 10, failed: 4 })
  t.is(roots.emitted, roots.acked + roots.failed.workerLost)
})

test('a worker that was lost before its first report counts for nothing, and twice lost is lost once', (t) => {
  const totals = new RunTotals(PLAN)
  totals.lost(1)
  totals.update(1, snapshot(task(1, 'words', { [ROOTS]: 1 }, { pending: 1 })))
  totals.lost(1)
  totals.lost(1)
  t.deepEqual(totals.report('stopped', 1).roots, {
    emitted: 1,
    acked: 0,
    failed: { timeout: 0, explicit: 0, workerLost: 1 },
    replayed: 0,
    deadLettered: 0,
  })
  t.is(totals.latest.size, 0)
})

test('a problem stands in the report, and only there where there is one', (t) => {
  const problem = { code: 'WORKER_GAVE_UP' as const, message: 'dead', where: {} }
  t.deepEqual(new RunTotals(PLAN).report('failed', 0, problem).problem, problem)
  t.false('problem' in new RunTotals(PLAN).report('completed', 0))
})

test('where the counts of a spout do not add up, or it keeps a root that has failed, that is a problem', (t) => {
  const check = (counters: Readonly<Record<number, number>>, more: Partial<TaskSnapshot> = {}) => {
    const totals = new RunTotals(PLAN)
    totals.update(1, snapshot(task(1, 'words', counters, more)))
    return totals
  }
  t.is(check({ [ROOTS]: 3, [ACKED]: 2, [FAILED]: 1 }).imbalance(), undefined)
  t.like(check({ [ROOTS]: 3, [ACKED]: 2 }).imbalance(), { code: 'COUNTS_DIFFER', where: { component: 'words' } })
  const keeping = check({ [ROOTS]: 3, [ACKED]: 2, [FAILED]: 1 }, { named: { waiting: 1 } })
  t.like(keeping.imbalance(), { code: 'COUNTS_DIFFER', where: { component: 'words' } })
  t.is(keeping.unfinished, 1)
  // What was kept in a worker that has died is begun anew by the next one.
  keeping.lost(1)
  t.is(keeping.imbalance(), undefined)
})

test('a blocked worker counts for its own tasks alone, whatever stands on its lifeline', (t) => {
  const totals = new RunTotals(PLAN)
  const counters = [...makeCounters()]
  counters[ROOTS] = 7
  const words = { task: 1, component: 'words', counters }
  totals.counted(1, [
    words,
    { ...words, task: 2 },
    { ...words, task: 99 },
    { ...words, task: -1 },
    { ...words, task: 3 },
    { ...words, counters: [1] },
  ])
  t.deepEqual(
    totals.latest.get(1)!.tasks.map((told) => [told.task, told.counters[ROOTS]]),
    [[1, 7]],
  )
})

test('what a worker says of its counts in the end survives it, and only spouts have roots in flight', (t) => {
  const totals = new RunTotals(PLAN)
  const counters = [...makeCounters()]
  counters[ROOTS] = 7
  const executed = [...makeCounters()]
  executed[ACKED] = 3
  const bolt = PLAN.tasks.find(({ worker, component }) => worker === 1 && component !== 'words')!
  totals.lost(1, [
    { task: 1, component: 'words', counters, named: { deadLettered: 2 } },
    { task: bolt.task, component: bolt.component, counters: executed },
  ])
  const { roots } = totals.report('failed', 1)
  t.deepEqual([roots.emitted, roots.failed.workerLost, roots.deadLettered], [7, 7, 2])
  t.is(totals.byComponent().get(bolt.component)!.counters[FAILED], 0)
})

test('a worker that is lost takes its gauges with it, and leaves what it has recorded', (t) => {
  const totals = new RunTotals(PLAN)
  const histogram = new Histogram()
  histogram.record(3)
  const measured = { gauges: { open: 2 }, histograms: { bytes: histogram.data() } }
  totals.update(1, snapshot(task(1, 'words', {}, measured), task(3, 'count', {})))
  totals.update(2, snapshot(task(2, 'words', {}, measured)))
  t.like(totals.byComponent().get('words')!.gauges, { open: { sum: 4, least: 2, most: 2 } })
  totals.lost(1)
  totals.update(1, snapshot(task(1, 'words', {}, { histograms: { bytes: histogram.data() } }), task(3, 'count', {})))
  const { gauges, histograms } = totals.byComponent().get('words')!
  t.deepEqual(gauges, { open: { sum: 2, least: 2, most: 2 } })
  t.is(histograms['bytes']!.total, 3)
})
