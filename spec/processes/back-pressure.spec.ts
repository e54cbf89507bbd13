/**
 * A bolt that is too slow holds back its spout, in its own worker and over a WebSocket. Memory over a minute is the
 * benchmark's.
 */
import test from 'ava'
import { start } from './runs.ts'

/** See the topology. */
const HIGH_WATER = 256
const TUPLE_BYTES = 4096
/**
 * What may be on its way to another worker: the buffer of its link, and what the kernels keep for the two ends of a
 * connection.
 */
const ON_ITS_WAY = (65_536 + 8 * 1024 * 1024) / TUPLE_BYTES
const ENOUGH = 1000

test('with no limit of pending roots, what waits for a slow bolt stays within its bound on both workers', async (t) => {
  const running = await start('overrun', {})
  t.teardown(() => running.stopNow())
  /** By task. */
  const mostQueued = new Map<number, number>()
  let emitted = 0
  let executed = 0
  while (executed < ENOUGH) {
    const { workers, components } = running.metrics()!
    for (const { component, task, queued } of Object.values(workers).flatMap((worker) => worker.tasks)) {
      if (component === 'slow') mostQueued.set(task, Math.max(mostQueued.get(task) ?? 0, queued))
    }
    emitted = components['spout']!.emitted
    executed = components['slow']!.executed
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.log({ emitted, executed, mostQueued: [...mostQueued.values()] })
  const bound = HIGH_WATER + ON_ITS_WAY
  t.is(mostQueued.size, 2)
  for (const queued of mostQueued.values()) t.true(queued >= HIGH_WATER / 2 && queued <= bound, `${queued} waited`)
  t.true(emitted - executed <= 2 * bound, `${emitted} were emitted and ${executed} executed`)
})
