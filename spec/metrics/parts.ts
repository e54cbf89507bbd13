/** What is scraped, as plain data; and Prometheus's own tools, where they are. */
import { spawnSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import type { Scraped, ScrapedTopology } from '../../lib/metrics/scrape.ts'
import { component, counted, worker } from '../history/parts.ts'

/** Whether Debian's package `prometheus` is there. */
export const HAS_PROMETHEUS = spawnSync('promtool', ['--version']).status === 0

/** A test that takes it. */
export function withPrometheus(title: string, play: (t: ExecutionContext) => unknown): void {
  if (HAS_PROMETHEUS) test.serial(title, async (t) => void (await play(t)))
  else test(`Prometheus is not installed, left out: ${title}`, (t) => t.pass())
}

/** A service with these topologies. */
export function scraped(...topologies: readonly ScrapedTopology[]): Scraped {
  return { version: '1.2.3', startedAt: 1_000_000, memoryBytes: 5, cpuMs: 1500, hosts: [], topologies }
}

/** One that runs, and has counted this. */
export function topology(name: string, components = { split: component() }, workers = {}): ScrapedTopology {
  const metrics = { ...counted(5, components, workers), badFrames: 0, longestStall: { ms: 20 } }
  return { name, isActive: true, workersPlanned: 2, metrics }
}

/** One of everything, with names that no one should have. */
export function allOfIt(): Scraped {
  const odd = 'a "b" \\ \n ü \u{1f600} \ud800'
  const full = component({
    ...{ emitted: 7, completeLatency: [5, 1, 300, 2], executeLatency: [1, 1], processLatency: [3000, 1] },
    counters: { [odd]: 3, held: -1 },
    gauges: { [odd]: { sum: -1.5, least: -3, most: 2 }, endless: { sum: Number.POSITIVE_INFINITY, least: 0, most: 0 } },
    histograms: { [odd]: [1, 1, 2000, 3] },
  })
  const host = { name: odd, isLinked: true, isDraining: false, slots: 4, slotsUsed: 1 }
  return { ...scraped(topology(odd, { split: full }, { 1: worker({ tasks: [] }) })), hosts: [host] }
}
