/** How the process of a worker fares: its memory, its processor time, its collector, its event loop. */
import { type IntervalHistogram, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { WorkerPorts } from '../worker-ports.ts'
import { residentBytes } from './resident-bytes.ts'

/** How often the loop is looked at: a timer, which costs something where nothing else happens. */
const LOOK_MS = 50
const NS_PER_MS = 1e6

export class Vitals {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOK_MS })
  #gcMs = 0

  constructor() {
    this.#delays.enable()
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#gcMs += duration
    })
    observer.observe({ entryTypes: ['gc'] })
  }

  /** @param stallMs the longest stall of the loop since this was asked last */
  take(stallMs: number): ReturnType<WorkerPorts['vitals']> {
    const { user, system } = process.cpuUsage()
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics()
    // From one look to the next, so the time between two is in it.
    const loopDelayMs = this.#delays.count === 0 ? 0 : Math.max(0, this.#delays.percentile(99) / NS_PER_MS - LOOK_MS)
    this.#delays.reset()
    return {
      memoryBytes: residentBytes(),
      cpuMs: (user + system) / 1000,
      stallMs,
      heap: { usedBytes, limitBytes },
      gcMs: this.#gcMs,
      loopDelayMs,
    }
  }
}
