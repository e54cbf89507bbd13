/** What can be asked of the figures of a topology. */
import { SERIES } from '../history/series-of.ts'
import { WINDOWS } from '../history/windows.ts'
import type { Route } from './route.ts'
import { ref, text, whole } from './schema.ts'

const WINDOW = text('The seconds until now, or all; 600 unless given.', { enum: WINDOWS })

/** By operation. */
export const FIGURE_ROUTES = {
  figures: {
    method: 'GET',
    path: '/v1/topologies/{name}/figures',
    role: 'read',
    summary: 'What it has done in a window of time: by component, task and worker',
    query: { window: WINDOW },
    answer: ref('Figures'),
  },
  series: {
    method: 'GET',
    path: '/v1/topologies/{name}/series',
    role: 'read',
    summary: 'A figure over time, for a chart',
    query: {
      window: WINDOW,
      component: text('Whose; of the whole topology unless named.', { maxLength: 255 }),
      worker: whole('Whose, instead of a component.'),
      figure: text('Which; counts are per second.', { enum: SERIES }),
    },
    answer: ref('Series'),
  },
  latencies: {
    method: 'GET',
    path: '/v1/topologies/{name}/latencies',
    role: 'read',
    summary: 'How many tuples of a component took how long, for a histogram',
    query: { window: WINDOW, component: text('Whose.', { maxLength: 255 }) },
    answer: ref('LatencyBins'),
  },
  findings: {
    method: 'GET',
    path: '/v1/topologies/{name}/findings',
    role: 'read',
    summary: 'What is wrong with it, in sentences',
    query: { window: WINDOW },
    answer: ref('Findings'),
  },
  events: {
    method: 'GET',
    path: '/v1/topologies/{name}/events',
    role: 'read',
    summary: 'What has happened to it: deaths, restarts, rebalances, errors',
    query: { since: whole('Only those with a higher number.') },
    answer: ref('Events'),
  },
} as const satisfies Readonly<Record<string, Route>>
