/** The law: what the buckets of a window have of a count is how much it grew meanwhile, whatever becomes of the run. */
import test from 'ava'
import fc from 'fast-check'
import { History } from '../../lib/history/history.ts'
import { WINDOWS, type Window } from '../../lib/history/windows.ts'
import { Histogram } from '../../lib/stats/histogram.ts'
import type { ComponentMetrics } from '../../lib/stats/metrics.ts'
import { component, counted, task, worker } from './parts.ts'

const BEGAN = Date.UTC(2030, 0, 1)
const BUCKETS = 120

/** What happens between two looks at a run. */
interface Step {
  readonly afterMs: number
  readonly executed: number
  /** The run ends, and another one begins. */
  readonly isNew: boolean
}

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 400_000 })),
    executed: fc.nat(1000),
    isNew: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  }),
  { minLength: 1, maxLength: 300 },
)

/** When the oldest bucket of a window begins. */
function beginOf(window: Window, nowMs: number): number {
  if (window === 'all') return 0
  const bucketMs = (Number(window) * 1000) / BUCKETS
  return (Math.floor(nowMs / bucketMs) - BUCKETS + 1) * bucketMs
}

/** Plays the steps, and says what each of them has added, and when. */
function played(all: readonly Step[]) {
  const history = new History()
  const added: { atMs: number; executed: number; elapsedMs: number }[] = []
  let [now, executed, seconds] = [BEGAN, 0, 0]
  for (const step of all) {
    now += step.afterMs
    if (step.isNew) {
      history.beginRun()
      executed = 0
      seconds = 0
    }
    executed += step.executed
    seconds += step.afterMs / 1000
    history.add(now, counted(seconds, { split: component({ executed }) }))
    added.push({ atMs: now, executed: step.executed, elapsedMs: step.afterMs })
  }
  return { history, added, now }
}

test('the sum over a window is what was counted since its oldest bucket began, and no rate is negative', (t) => {
  fc.assert(
    fc.property(steps, (all) => {
      const { history, added, now } = played(all)
      for (const window of WINDOWS) {
        const within = added.filter(({ atMs }) => atMs >= beginOf(window, now))
        const figures = history.window(window, now)
        const { executed, perSecond } = figures.components['split']!
        const wanted = within.reduce((sum, step) => sum + step.executed, 0)
        const elapsedMs = within.reduce((sum, step) => sum + step.elapsedMs, 0)
        if (executed !== wanted || Math.abs(figures.seconds * 1000 - elapsedMs) > 1e-3 || perSecond.executed < 0)
          return false
      }
      return true
    }),
    { numRuns: 300 },
  )
  t.pass()
})

test('the points of a chart, each for as long as its bucket was looked at, add up to the window', (t) => {
  fc.assert(
    fc.property(steps, fc.constantFrom(...WINDOWS), (all, window) => {
      const { history, now } = played(all)
      const rates = history.series({ component: 'split' }, 'executed', window, now)!
      const elapsed = history.series({}, 'elapsedMs', window, now)!
      const sum = rates.values.reduce<number>((all, value, at) => all + ((value ?? 0) * elapsed.values[at]!) / 1000, 0)
      const wanted = history.window(window, now).components['split']!.executed
      return rates.at.length <= BUCKETS && Math.abs(sum - wanted) < 1e-6 * (1 + wanted)
    }),
    { numRuns: 300 },
  )
  t.pass()
})

function latencies(...micros: readonly number[]): ComponentMetrics['completeLatency'] {
  const histogram = new Histogram()
  for (const value of micros) histogram.record(value)
  return histogram.data()
}

test('latencies are those of the window, and a run that begins anew does not take them back', (t) => {
  const history = new History()
  const lines = (...micros: readonly number[]) => ({
    lines: component({ kind: 'spout', completeLatency: latencies(...micros) }),
  })
  history.add(BEGAN, counted(1, lines(64_000, 64_000, 64_000)))
  const later = BEGAN + 3_600_000
  history.add(later, counted(3601, lines(64_000, 64_000, 64_000, 100)))
  history.beginRun()
  history.add(later + 1000, counted(1, lines(100, 100)))
  const countIn = (window: Window) => {
    const { count, p50 } = history.window(window, later + 1000).components['lines']!.completeLatency!
    return [count, p50]
  }
  t.deepEqual(countIn('600'), [3, 0.103])
  t.deepEqual([countIn('10800')[0], countIn('86400')[0], countIn('all')[0]], [6, 6, 6])
})

test('the capacity of a component is that of its busiest task, and a worker that died takes nothing back', (t) => {
  const history = new History()
  const workers = (busyMs: number, other: number) => ({
    1: worker({
      ...{ memoryBytes: 100, cpuMs: busyMs + other },
      tasks: [task(2, 'split', { queued: 1, busyMs }), task(3, 'split', { queued: 7, busyMs: other, heldMs: other })],
    }),
  })
  history.add(BEGAN, counted(1, { split: component() }, workers(0, 0)))
  history.add(BEGAN + 1000, counted(2, { split: component() }, workers(900, 100)))
  // It died, and was started again.
  history.add(BEGAN + 2000, counted(3, { split: component() }, workers(600, 0)))
  const figures = history.window('600', BEGAN + 2000)
  const { components } = figures
  t.deepEqual(
    components['split']!.tasks.map(({ task, worker, capacity, queued }) => [task, worker, capacity, queued]),
    [
      [2, 1, 0.5, 1],
      [3, 1, 0.1 / 3, 7],
    ],
  )
  t.is(components['split']!.capacity, 0.5)
  t.is(components['split']!.heldShare, 0.1 / 3)
  t.is(figures.workers[1]!.cores, 1600 / 3000)
})

test('time in which it starts counts for no rate and no share', (t) => {
  const history = new History()
  const workers = (busyMs: number) => ({ 1: worker({ tasks: [task(2, 'split', { busyMs })] }) })
  const starting = { ...counted(4, { split: component() }, workers(0)), status: 'starting' as const }
  history.add(BEGAN + 4000, starting)
  history.add(BEGAN + 5000, counted(5, { split: component({ executed: 100 }) }, workers(1000)))
  const { seconds, components } = history.window('600', BEGAN + 5000)
  t.is(seconds, 1)
  t.is(components['split']!.perSecond.executed, 100)
  t.is(components['split']!.capacity, 1)
})

test('what nobody knows has no series', (t) => {
  const history = new History()
  history.add(BEGAN, counted(1, { split: component() }))
  t.is(history.series({ component: 'splitt' }, 'executed', '600', BEGAN), undefined)
  t.is(history.series({ component: 'split' }, 'toString', '600', BEGAN), undefined)
  t.is(history.series({}, 'constructor', '600', BEGAN), undefined)
})

test('a clock that is set back loses nothing', (t) => {
  const history = new History()
  history.add(BEGAN, counted(1, { split: component({ executed: 10 }) }))
  history.add(BEGAN - 3_600_000, counted(2, { split: component({ executed: 30 }) }))
  t.is(history.window('600', BEGAN).components['split']!.executed, 30)
})

test('what components record by themselves is kept as latencies are; gauges are as they are now', (t) => {
  const history = new History()
  const values = (...each: number[]) => {
    const histogram = new Histogram()
    for (const value of each) histogram.record(value)
    return { 'bytes of a page': histogram.data() }
  }
  const gauges = { open: { sum: -1, least: -3, most: 2 } }
  history.add(BEGAN, counted(1, { split: component({ histograms: values(5000), gauges }) }))
  const later = BEGAN + 3_600_000
  history.add(later, counted(3601, { split: component({ histograms: values(5000, 7000, 7000) }) }))
  const { split } = history.window('600', later).components
  t.like(split!.histograms['bytes of a page'], { count: 2 })
  t.is(history.window('all', later).components['split']!.histograms['bytes of a page']!.count, 3)
  t.deepEqual(split!.gauges, {})
  t.deepEqual(history.window('600', later).components['split']!.histograms['nobody'], undefined)
})

test('streams, inputs and links are kept as counts are, and snapshots as the last ones', (t) => {
  const history = new History()
  const add = (atMs: number, seconds: number, n: number): void => {
    const streams = [{ stream: 'default', emitted: n, transferred: 2 * n }]
    const inputs = [{ component: 'lines', stream: 'default', failed: n, sent: 3 * n }]
    const links = [{ worker: 2, sentBytes: 10 * n, waitingBytes: n }]
    history.add(atMs, counted(seconds, { split: component({ streams, inputs }) }, { 1: worker({ links }) }))
  }
  add(BEGAN, 1, 5)
  add(BEGAN + 3_600_000, 3601, 7)
  for (let snapshot = 1; snapshot <= 30; snapshot++)
    history.addSnapshot(BEGAN + snapshot * 1000, { snapshot, durationMs: snapshot, bytes: 100 })
  const { components, workers, snapshots } = history.window('600', BEGAN + 3_600_000)
  t.deepEqual(components['split']!.streams, [{ stream: 'default', emitted: 2, transferred: 4 }])
  t.deepEqual(components['split']!.inputs, [{ component: 'lines', stream: 'default', failed: 2, sent: 6 }])
  t.like(workers[1]!.links[0], { worker: 2, sentBytes: 20, waitingBytes: 7, mostWaitingBytes: 7 })
  t.is(snapshots.length, 20)
  const time = new Date(BEGAN + 30_000).toISOString()
  t.deepEqual(snapshots.at(-1), { snapshot: 30, time, durationMs: 30, bytes: 100 })
})
