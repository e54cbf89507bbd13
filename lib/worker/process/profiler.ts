/**
 * Looks into this process with the inspector of V8, from within: no port is opened for it, and it takes orders from
 * nobody else.
 */
import type { Readable } from 'node:stream'
import type { Profiler } from '../profile/profiles.ts'
import type { Pulse } from './pulse.ts'

/** Microseconds between two samples: a minute has 60000 of them, a few megabytes as text. */
const SAMPLING_US = 1000
/** Characters that are taken of the heap at a time. */
const PART = 64 * 1024

/** @param pulse is told when the loop is about to be blocked on purpose */
export function profilerOf(pulse: Pulse): Profiler {
  return { startCpu, heap: () => heap(pulse) }
}

async function startCpu(): Promise<() => Promise<string>> {
  // Most workers are never asked.
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    return JSON.stringify(profile)
  }
}

/** V8 writes all of it at once, which is when the loop is blocked; what it has written lies outside of the heap. */
async function* heap(pulse: Pulse): AsyncGenerator<string> {
  const { getHeapSnapshot } = await import('node:v8')
  pulse.hold()
  const snapshot = getHeapSnapshot()
  let part = next(snapshot)
  pulse.goOn()
  for (; part !== null || !snapshot.readableEnded; part = next(snapshot)) {
    // It is ASCII.
    if (part !== null) yield part.toString('latin1')
    else await comesOrEnds(snapshot)
  }
}

/** Not all of it as one text, which is what reading without a limit gives. */
function next(snapshot: Readable): Buffer | null {
  return snapshot.read(PART) ?? snapshot.read()
}

function comesOrEnds(snapshot: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    snapshot.once('readable', resolve)
    snapshot.once('end', resolve)
    snapshot.once('error', reject)
  })
}
