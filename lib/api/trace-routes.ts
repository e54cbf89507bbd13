/** What can be asked of the tuple trees of a topology. */
import type { Route } from './route.ts'
import { ref, whole } from './schema.ts'

/** By operation. */
export const TRACE_ROUTES = {
  traces: {
    method: 'GET',
    path: '/v1/topologies/{name}/traces',
    role: 'operate',
    summary: 'Which tuple trees are followed, and the last that have failed',
    answer: ref('Tracing'),
  },
  trace: {
    method: 'GET',
    path: '/v1/topologies/{name}/traces/{root}',
    role: 'operate',
    summary: 'One tuple tree as a whole',
    answer: ref('Trace'),
  },
  nextTrace: {
    method: 'GET',
    path: '/v1/topologies/{name}/next-trace',
    role: 'operate',
    summary: 'The next tuple tree that a spout begins, as soon as it is acked or has failed',
    query: {
      wait: whole('Seconds after which it is shown as it is then; 60 unless given.', { minimum: 1, maximum: 86_400 }),
    },
    answer: { lines: ref('Trace') },
  },
  follow: {
    method: 'POST',
    path: '/v1/topologies/{name}/traces',
    role: 'operate',
    summary: 'Follow another part of the tuple trees, for a while or for good',
    body: ref('TracingWanted'),
    answer: ref('Tracing'),
  },
} as const satisfies Readonly<Record<string, Route>>
