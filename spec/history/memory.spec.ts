/** What a history holds does not grow with time. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { History } from '../../lib/history/history.ts'
import { Histogram } from '../../lib/stats/histogram.ts'
import type { ComponentMetrics } from '../../lib/stats/metrics.ts'
import { component, counted, task, worker } from './parts.ts'

const COMPONENTS = 50
const TASKS = 4
const DAY_SECS = 86_400
const STEP_SECS = 60
/** The last of them are taken as often as the shortest window has buckets. */
const FINE_SECS = 900
const FINE_STEP_SECS = 5
const MOST_BYTES = 100e6

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function stepAt(second: number): number {
  return second < DAY_SECS - FINE_SECS ? STEP_SECS : FINE_STEP_SECS
}

function usedBytes(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('the history of a day with 50 components and 200 tasks takes less than 100 MB', (t) => {
  const before = usedBytes()
  const history = new History()
  const latencies = Array.from({ length: COMPONENTS }, () => new Histogram())
  for (let second = STEP_SECS; second <= DAY_SECS; second += stepAt(second)) {
    const components: Record<string, ComponentMetrics> = {}
    for (const [index, latency] of latencies.entries()) {
      // From 0.1 to 100 ms, others in each second.
      for (let i = 0; i < 100; i++) latency.record(100 * 10 ** (3 * (((i * 7919 + second * 31 + index) % 1000) / 1000)))
      const data = latency.data()
      const counts = { emitted: second * 1000, executed: second * 1000, busyMs: second * 10 }
      components[`c${index}`] = component({
        ...counts,
        executeLatency: data,
        processLatency: data,
        counters: { late: second },
      })
    }
    const tasks = Array.from({ length: COMPONENTS * TASKS }, (_, index) =>
      task(index + 1, `c${index % COMPONENTS}`, { queued: 3, busyMs: second * 10 }),
    )
    const workers = { 1: worker({ memoryBytes: 1e8, cpuMs: second * 500, tasks }) }
    history.add(second * 1000, counted(second, components, workers))
  }
  const bytes = usedBytes() - before
  t.log(`${Math.round(bytes / 1e6)} MB`)
  t.true(bytes < MOST_BYTES)
  t.is(history.window('86400', DAY_SECS * 1000).components['c0']!.tasks.length, TASKS)
})
