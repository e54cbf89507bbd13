/** How workers and snapshots fare. */
import type { WorkerFigures } from '../history/figures.ts'
import type { WorkerId } from '../tuple/ids.ts'
import { times } from '../words/plural.ts'
import type { Finding, Looked } from './finding.ts'
import { duration, megabytes, percent, span } from './say.ts'

const LEAST_PARTS = 6
const GROWN = 1.3
const LEAST_GROWTH_BYTES = 20e6
/** So many of the steps go up where something is never let go. */
const MOSTLY = 0.7
const MUCH_GARBAGE = 0.15
const LONG_MS = 200
const GRAVE_MS = 2000
const SOON_SECS = 3600
const OF_SNAPSHOTS = /^SNAPSHOT_|^STATE_/

/** Memory, collector and event loop of workers; snapshots. */
export function findHealth(looked: Looked): Finding[] {
  const workers = Object.entries(looked.figures.workers).filter(([, { isAlive }]) => isAlive)
  const { seconds } = looked.figures
  return [
    ...workers.flatMap(([id, worker]) => [
      ...leaking(Number(id), worker, seconds),
      ...collecting(Number(id), worker),
      ...blocked(Number(id), worker),
    ]),
    ...snapshots(looked),
  ]
}

function leaking(worker: WorkerId, { heapFloors, heapLimitBytes }: WorkerFigures, seconds: number): Finding[] {
  const [first = 0, last = 0] = [heapFloors[0], heapFloors.at(-1)]
  const steps = heapFloors.slice(1).filter((floor, index) => floor > heapFloors[index]!)
  const grows = last >= first * GROWN && last - first >= LEAST_GROWTH_BYTES
  if (heapFloors.length < LEAST_PARTS || !grows || steps.length < MOSTLY * (heapFloors.length - 1)) return []
  const perSecond = (last - first) / seconds
  const leftSecs = (heapLimitBytes - last) / perSecond
  const isSoon = heapLimitBytes > 0 && leftSecs < SOON_SECS
  const end = isSoon ? ` At this pace it reaches its limit of ${megabytes(heapLimitBytes)} in ${span(leftSecs)}.` : ''
  return [
    {
      ...{ code: 'LEAKING_WORKER', severity: isSoon ? 'critical' : 'warning', worker },
      text: `What worker ${worker} keeps in memory has grown from ${megabytes(first)} to ${megabytes(last)} within ${span(seconds)}, through all collections.${end}`,
      advice: 'A component keeps something for every tuple: take a heap snapshot, or keep it as state that is bounded.',
    },
  ]
}

function collecting(worker: WorkerId, { gcShare, heapUsedBytes, heapLimitBytes }: WorkerFigures): Finding[] {
  if (gcShare < MUCH_GARBAGE) return []
  return [
    {
      ...{ code: 'COLLECTS_GARBAGE', severity: 'warning', worker },
      text: `Worker ${worker} spends ${percent(gcShare)} of its time in the garbage collector, with ${megabytes(heapUsedBytes)} in use of ${megabytes(heapLimitBytes)}.`,
      advice: 'Give it more memory (topology.worker.max.heap.size.mb), or let its components make fewer objects.',
    },
  ]
}

function blocked(worker: WorkerId, { mostLoopDelayMs }: WorkerFigures): Finding[] {
  if (mostLoopDelayMs < LONG_MS) return []
  return [
    {
      ...{ code: 'BLOCKED_LOOP', severity: mostLoopDelayMs >= GRAVE_MS ? 'warning' : 'note', worker },
      text: `The event loop of worker ${worker} was held for ${duration(mostLoopDelayMs)} at a time: its other tasks, its links and its timers wait meanwhile.`,
      advice: 'Let the bolt do less in one execute, or give long computations to a thread and return a promise.',
    },
  ]
}

function snapshots({ events }: Looked): Finding[] {
  const failures = events.filter(({ kind, code = '' }) => kind === 'error' && OF_SNAPSHOTS.test(code))
  const last = failures.at(-1)
  if (last === undefined) return []
  const all = failures.reduce((sum, { times = 1 }) => sum + times, 0)
  return [
    {
      ...{ code: 'SNAPSHOTS_FAIL', severity: 'warning' },
      text: `Snapshots had trouble ${times(all)}: ${last.text}`,
      advice: `See docs/errors.md for ${last.code}: until one succeeds, more is done again after a crash.`,
    },
  ]
}
