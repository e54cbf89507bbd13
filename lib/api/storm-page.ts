/**
 * The figures of Storm's page of a topology, in its words and units: a latency is a text with three digits after the
 * point, in milliseconds. Source: apache/storm `docs/STORM-UI-REST-API.md`, `/api/v1/topology/:id`.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { WINDOWS, type Window } from '../history/windows.ts'
import type { ComponentFigures, RunFigures } from '../run/index.ts'
import type { Asked } from './asked.ts'
import type { SeenTopology } from './seen.ts'

const ALL = ':all-time'

const HINTS: Readonly<Record<Window, string>> = {
  600: '10m 0s',
  10800: '3h 0m 0s',
  86400: '1d 0h 0m 0s',
  all: 'All time',
}

/** @throws SERVICE_BAD_REQUEST for another window than Storm has */
export function stormPageOf(topology: SeenTopology, asked: Asked, now: Date): object {
  const nowMs = now.getTime()
  const window = windowIn(asked)
  const figures = topology.history.window(window, nowMs)
  const components = Object.entries(figures.components)
  const of = (kind: string) => components.filter(([, one]) => one.kind === kind)
  return {
    window: stormWindow(window),
    windowHint: HINTS[window],
    topologyStats: WINDOWS.map((each) => statsOf(topology.history.window(each, nowMs))),
    spouts: of('spout').map(([id, one]) => ({ ...spoutOf(id, one), ...lastErrorOf(topology, id, now) })),
    bolts: of('bolt').map(([id, one]) => ({ ...boltOf(id, one), ...lastErrorOf(topology, id, now) })),
    configuration: topology.examined?.topology.config ?? {},
  }
}

/** Of the roots of all spouts, and of what all components have sent. */
function statsOf({ window, components }: RunFigures): object {
  const all = Object.values(components)
  const spouts = all.filter(({ kind }) => kind === 'spout')
  const sum = (of: readonly ComponentFigures[], name: 'emitted' | 'transferred' | 'acked' | 'failed') =>
    of.reduce((sum, figures) => sum + figures[name], 0)
  return {
    ...{ window: stormWindow(window), windowPretty: HINTS[window] },
    ...{ emitted: sum(all, 'emitted'), transferred: sum(all, 'transferred') },
    completeLatency: inMs(Math.max(0, ...spouts.map(({ completeLatency }) => completeLatency?.p50 ?? 0))),
    ...{ acked: sum(spouts, 'acked'), failed: sum(spouts, 'failed') },
  }
}

function spoutOf(id: string, figures: ComponentFigures): object {
  return { spoutId: id, ...rowOf(figures), completeLatency: inMs(figures.completeLatency?.p50) }
}

function boltOf(id: string, figures: ComponentFigures): object {
  const { executed, capacity, executeLatencyMs, processLatency } = figures
  const processes = { processLatency: inMs(processLatency?.p50) }
  return {
    boltId: id,
    ...rowOf(figures),
    executed,
    capacity: inMs(capacity),
    executeLatency: inMs(executeLatencyMs),
    ...processes,
  }
}

/** What a component cannot do now, or else its last error. */
function lastErrorOf({ run, errors }: SeenTopology, component: string, now: Date): object {
  const open = run?.outages.find(({ problem }) => problem.where.component === component)
  const last = errors.findLast(({ problem }) => problem.where.component === component)
  const problem = open?.problem ?? last?.problem
  if (problem === undefined) return { lastError: '' }
  const errorTime = Math.floor(Date.parse(open?.since ?? last!.time) / 1000)
  const errorLapsedSecs = Math.max(0, Math.floor(now.getTime() / 1000) - errorTime)
  return { lastError: problem.message, errorTime, errorLapsedSecs, errorHost: open?.host ?? '' }
}

function rowOf({ tasks, emitted, transferred, acked, failed }: ComponentFigures): object {
  return { tasks: tasks.length, executors: tasks.length, emitted, transferred, acked, failed }
}

function inMs(ms = 0): string {
  return ms.toFixed(3)
}

function stormWindow(window: Window): string {
  return window === 'all' ? ALL : window
}

function windowIn({ query }: Asked): Window {
  const asked = query['window'] ?? ALL
  const window = WINDOWS.find((one) => stormWindow(one) === asked)
  if (window !== undefined) return window
  throw new TyphoonError('SERVICE_BAD_REQUEST', `the window is one of ${WINDOWS.map(stormWindow).join(', ')}`)
}
