import test from 'ava'
import { RunTotals } from '../../lib/daemon/report/report.ts'
import { metricsOf, type RunMetrics } from '../../lib/run/metrics.ts'
import { ACKED, BUSY_MS, EMITTED, EXECUTED, FAILED, makeCounters, WAITING_MS } from '../../lib/stats/counters.ts'
import { Histogram } from '../../lib/stats/histogram.ts'
import { type ComponentRates, ratesBetween } from '../../lib/stats/run-rates.ts'
import type { TaskSnapshot, WorkerSnapshot } from '../../lib/stats/snapshot.ts'
import { examplePlan } from '../command/parts.ts'

/** lines: task 1 on worker 1; split: task 2 on worker 2 and task 3 on worker 1. */
const PLAN = examplePlan()

type Counts = Readonly<Record<number, number>>

function taskOf(task: number, component: string, counts: Counts, more: Partial<TaskSnapshot> = {}): TaskSnapshot {
  const counters = Object.assign(makeCounters(), counts)
  return { task, component, counters: [...counters], named: {}, queued: 0, load: 0, pending: 0, latency: [], ...more }
}

function workerOf(...tasks: readonly TaskSnapshot[]): WorkerSnapshot {
  return { tasks, memoryBytes: 50_000_000, cpuMs: 0, stallMs: 0, badFrames: 0 }
}

function workerAt(cpuMs: number): WorkerSnapshot {
  return { ...workerOf(), cpuMs }
}

function latencies(...micros: readonly number[]): TaskSnapshot['latency'] {
  const histogram = new Histogram()
  for (const value of micros) histogram.record(value)
  return histogram.data()
}

/** Two seconds of a run on two workers. */
function twoSeconds() {
  const totals = new RunTotals(PLAN)
  totals.update(
    1,
    workerOf(taskOf(1, 'lines', { [EMITTED]: 100, [ACKED]: 90 }, { latency: latencies(9000, 9000, 9000) })),
  )
  totals.update(2, workerOf(taskOf(2, 'split', { [EXECUTED]: 100, [EMITTED]: 500, [BUSY_MS]: 400 })))
  const before = metrics(totals, 1)
  const lines = taskOf(
    1,
    'lines',
    { [EMITTED]: 300, [ACKED]: 280, [FAILED]: 4, [BUSY_MS]: 100 },
    { pending: 16, latency: latencies(9000, 9000, 9000, 20, 30, 40) },
  )
  const here = taskOf(3, 'split', { [EXECUTED]: 50, [EMITTED]: 250, [BUSY_MS]: 200, [WAITING_MS]: 100 }, { queued: 3 })
  const there = taskOf(2, 'split', { [EXECUTED]: 250, [EMITTED]: 1250, [BUSY_MS]: 1400 }, { queued: 4 })
  totals.update(1, workerOf(lines, here))
  totals.update(2, workerOf(there))
  return { totals, before, now: metrics(totals, 3) }
}

function metrics(totals: RunTotals, seconds: number, plan = PLAN): RunMetrics {
  return metricsOf({ plan, totals, status: 'running', seconds })
}

test('rates are differences by the time between two metrics', (t) => {
  const { before, now } = twoSeconds()
  const rates = ratesBetween(before, now)
  t.is(rates.memoryBytes, 100_000_000)
  t.like(now, { topology: 'example', status: 'running', seconds: 3, workerCount: 2, tracked: true })
  t.deepEqual(rates.roots, { acked: 280, ackedPerSecond: 95, pending: 16, failed: 4 })
  const expected: ComponentRates[] = [
    {
      id: 'lines',
      kind: 'spout',
      tasks: 1,
      emittedPerSecond: 100,
      executedPerSecond: 0,
      ackedPerSecond: 95,
      capacity: 0.05,
      latencyMs: 0.03,
      failed: 4,
      queued: 0,
    },
    {
      id: 'split',
      kind: 'bolt',
      tasks: 2,
      emittedPerSecond: 500,
      executedPerSecond: 100,
      ackedPerSecond: 0,
      // The busiest task: 1000 ms of 2000 ms.
      capacity: 0.5,
      // 1200 ms busy and 100 ms waiting for 200 tuples.
      latencyMs: 6.5,
      failed: 0,
      queued: 7,
    },
  ]
  t.deepEqual(rates.components, expected)
})

test('where nothing happened rates are 0 and latencies unknown', (t) => {
  const { now } = twoSeconds()
  for (const later of [now, { ...now, seconds: now.seconds + 0.5 }]) {
    const { components } = ratesBetween(now, later)
    t.deepEqual(
      components.map(({ emittedPerSecond, executedPerSecond, capacity, latencyMs }) => [
        emittedPerSecond,
        executedPerSecond,
        capacity,
        latencyMs,
      ]),
      [
        [0, 0, 0, undefined],
        [0, 0, 0, undefined],
      ],
    )
  }
})

test('a worker that was started again makes no rate negative and no capacity larger than 1', (t) => {
  const { totals, now } = twoSeconds()
  totals.lost(2)
  totals.update(2, workerOf(taskOf(2, 'split', { [EXECUTED]: 10, [BUSY_MS]: 900 })))
  const { components } = ratesBetween(now, metrics(totals, 3.5))
  t.like(components[1], { executedPerSecond: 20, emittedPerSecond: 0, capacity: 1 })
})

test('cores are the processor time of all workers, and of one that was started again what it has used since', (t) => {
  const totals = new RunTotals(PLAN)
  totals.update(1, workerAt(1000))
  totals.update(2, workerAt(3000))
  const before = metrics(totals, 1)
  totals.update(1, workerAt(2000))
  totals.update(2, workerAt(500))
  t.is(ratesBetween(before, metrics(totals, 3)).cores, 0.75)
})

test('without ackers nothing is tracked', (t) => {
  const plan = examplePlan({ 'topology.acker.executors': 0 })
  t.false(metrics(new RunTotals(plan), 0, plan).tracked)
})
