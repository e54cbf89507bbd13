/** A figure over time, from what a history keeps. Pure. */
import { perSecond } from '../stats/rates.ts'
import type { ComponentId, WorkerId } from '../tuple/ids.ts'
import type { Series } from './figures.ts'
import { shareOf } from './figures-of.ts'
import type { Kept, LatencyName } from './kept.ts'
import { COMPONENT, RUN, WORKER } from './tables.ts'
import type { FigureTable, Track } from './track.ts'
import { WINDOWS, type Window } from './windows.ts'

/** Whose figure it is; that of the whole topology where neither is given. */
export type Whose = { readonly component?: ComponentId } | { readonly worker: WorkerId }

/** What is asked for. */
interface Asked {
  readonly whose: Whose
  readonly figure: string
  readonly window: Window
}

/** Figures that are made of others. */
const DERIVED = [
  'capacity',
  'executeLatencyMs',
  'completeLatencyMs',
  'completeLatencyP99Ms',
  'processLatencyMs',
  'processLatencyP99Ms',
] as const
type Derived = (typeof DERIVED)[number]

/** Every figure that can be asked for over time; counts are shown per second. */
export const SERIES: readonly string[] = [
  ...new Set([...Object.keys(RUN), ...Object.keys(WORKER), ...Object.keys(COMPONENT), ...DERIVED]),
]

/** @returns undefined where there is no such component, worker or figure */
export function seriesOf(kept: Kept, { whose, figure, window }: Asked, nowMs: number): Series | undefined {
  const ring = WINDOWS.indexOf(window)
  const buckets = kept.rings[ring]!.until(nowMs)
  const valueAt = valuesOf(kept, ring, whose, figure)
  if (valueAt === undefined) return undefined
  return {
    figure,
    ...whose,
    window,
    stepMs: kept.rings[ring]!.bucketMs,
    at: buckets.map(({ beganMs }) => beganMs),
    values: buckets.map(({ place }) => valueAt(place, kept.run.at(ring, place, 'elapsedMs'))),
  }
}

type ValueAt = (place: number, elapsedMs: number) => number | null

function valuesOf(kept: Kept, ring: number, whose: Whose, figure: string): ValueAt | undefined {
  if ('worker' in whose) return ofTrack(kept.workers.get(String(whose.worker)), WORKER, ring, figure)
  return whose.component === undefined ? ofRun(kept, ring, figure) : ofComponent(kept, ring, whose.component, figure)
}

/** Of the topology: levels of the run; sums of the counts of spouts, whose roots are the topology's. */
function ofRun(kept: Kept, ring: number, figure: string): ValueAt | undefined {
  if (isIn(RUN, figure)) return (place) => kept.run.at(ring, place, figure)
  if (!isIn(COMPONENT, figure)) return undefined
  const spouts = Object.entries(kept.latest?.components ?? {}).filter(([, { kind }]) => kind === 'spout')
  const parts = spouts.flatMap(([id]) => ofComponent(kept, ring, id, figure) ?? [])
  return (place, elapsedMs) => {
    const values = parts.map((valueAt) => valueAt(place, elapsedMs)).filter((value) => value !== null)
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
  }
}

function ofComponent(kept: Kept, ring: number, component: ComponentId, figure: string): ValueAt | undefined {
  const track = kept.components.get(component)
  if (track === undefined) return undefined
  if (isDerived(figure)) return ofDerived(kept, ring, component, figure)
  return ofTrack(track, COMPONENT, ring, figure)
}

/** A figure as it is kept. What was not there has no level and no floor. */
function ofTrack<Table extends FigureTable>(
  track: Track<Table> | undefined,
  table: Table,
  ring: number,
  figure: string,
): ValueAt | undefined {
  if (track === undefined || !isIn(table, figure)) return undefined
  if (table[figure] === 'floor') return (place) => track.at(ring, place, figure) || null
  if (table[figure] === 'level') return (place) => track.at(ring, place, figure)
  return (place, elapsedMs) => (elapsedMs > 0 ? perSecond(0, track.at(ring, place, figure), elapsedMs) : null)
}

function ofDerived(kept: Kept, ring: number, component: ComponentId, figure: Derived): ValueAt {
  const track = kept.components.get(component)!
  switch (figure) {
    case 'capacity': {
      const tasks = kept.tasks.since(0).filter(([name]) => JSON.parse(name)[0] === component)
      return (place, elapsedMs) =>
        elapsedMs > 0
          ? Math.max(0, ...tasks.map(([, task]) => shareOf(task.at(ring, place, 'busyMs'), elapsedMs)))
          : null
    }
    case 'executeLatencyMs':
      return (place) => {
        const { executed, busyMs, waitingMs } = track.over(ring, [place])
        return executed > 0 ? (busyMs + waitingMs) / executed : null
      }
    case 'completeLatencyMs':
      return ofLatency(kept, ring, component, 'completeLatency', 0.5)
    case 'completeLatencyP99Ms':
      return ofLatency(kept, ring, component, 'completeLatency', 0.99)
    case 'processLatencyMs':
      return ofLatency(kept, ring, component, 'processLatency', 0.5)
    case 'processLatencyP99Ms':
      return ofLatency(kept, ring, component, 'processLatency', 0.99)
  }
}

function ofLatency(kept: Kept, ring: number, component: ComponentId, name: LatencyName, part: number): ValueAt {
  return (place) => {
    const latency = kept.latencies[name].get(component)?.over(ring, [place])
    return latency === undefined || latency.total === 0 ? null : latency.percentile(part) / 1000
  }
}

function isDerived(figure: string): figure is Derived {
  return (DERIVED as readonly string[]).includes(figure)
}

function isIn<Table extends FigureTable>(table: Table, figure: string): figure is keyof Table & string {
  return Object.hasOwn(table, figure)
}
