/**
 * All that can be asked of a service over HTTP, as a table: who may ask it, what it takes, what it answers. The server
 * goes by it, the client is checked against it, and OpenAPI is made of it.
 */

import { LOG_LEVELS } from '../util/log-levels.ts'
import { FIGURE_ROUTES } from './figure-routes.ts'
import { PROFILE_ROUTES } from './profile-routes.ts'
import type { Route } from './route.ts'
import { ref, text, whole } from './schema.ts'
import { SESSION_ROUTES } from './session-routes.ts'
import { STORM_ROUTES } from './storm-routes.ts'
import { TRACE_ROUTES } from './trace-routes.ts'

const WAIT = { wait: whole('Seconds between deactivation and the end.', { maximum: 86_400 }) }

/** By operation; those of Storm's interface begin with `storm`. */
export const ROUTES = {
  ...STORM_ROUTES,
  ...SESSION_ROUTES,
  ...FIGURE_ROUTES,
  ...TRACE_ROUTES,
  ...PROFILE_ROUTES,
  ping: { method: 'GET', path: '/ping', role: undefined, summary: 'Whether the process answers', answer: 'text' },
  ready: {
    method: 'GET',
    path: '/ready',
    role: undefined,
    summary: 'Whether topologies can be submitted here: whether this nimbus leads',
    answer: 'text',
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    role: 'read',
    summary: 'What Prometheus scrapes: OpenMetrics where that is accepted, else the text format of Prometheus',
    answer: 'text',
  },
  openapi: {
    method: 'GET',
    path: '/v1/openapi.json',
    role: undefined,
    summary: 'This description',
    answer: { type: 'object', additionalProperties: true },
  },
  cluster: { method: 'GET', path: '/v1/cluster', role: 'read', summary: 'The service', answer: ref('Cluster') },
  hosts: { method: 'GET', path: '/v1/hosts', role: 'read', summary: 'The hosts of a cluster', answer: ref('Hosts') },
  drainHost: {
    method: 'POST',
    path: '/v1/hosts/{name}/drain',
    role: 'operate',
    summary: 'Give a host no more workers, and let those that it has move; or use it again',
    body: ref('DrainWanted'),
    answer: ref('Hosts'),
  },
  tokens: {
    method: 'GET',
    path: '/v1/tokens',
    role: 'admin',
    summary: 'Whose tokens there are',
    answer: ref('Tokens'),
  },
  makeToken: {
    method: 'POST',
    path: '/v1/tokens',
    role: 'admin',
    summary: 'Make a token, in the place of that of this name',
    body: ref('TokenWanted'),
    answer: ref('TokenMade'),
  },
  removeToken: {
    method: 'DELETE',
    path: '/v1/tokens/{name}',
    role: 'admin',
    summary: 'Let a token count no more',
    answer: ref('Done'),
  },
  list: { method: 'GET', path: '/v1/topologies', role: 'read', summary: 'All topologies', answer: ref('Topologies') },
  missing: {
    method: 'POST',
    path: '/v1/blobs/missing',
    role: 'operate',
    summary: 'Which contents have to be sent',
    body: ref('Digests'),
    answer: ref('Digests'),
  },
  upload: {
    method: 'PUT',
    path: '/v1/blobs/{digest}',
    role: 'operate',
    summary: 'Send a content',
    body: 'bytes',
    answer: ref('Done'),
  },
  submit: {
    method: 'POST',
    path: '/v1/topologies',
    role: 'operate',
    summary: 'Begin to run a topology',
    body: ref('Submission'),
    answer: ref('Topology'),
  },
  status: {
    method: 'GET',
    path: '/v1/topologies/{name}',
    role: 'read',
    summary: 'One topology, with what it has counted',
    answer: ref('Status'),
  },
  plan: {
    method: 'GET',
    path: '/v1/topologies/{name}/plan',
    role: 'read',
    summary: 'Its components, its streams, and which worker runs which task',
    answer: ref('Plan'),
  },
  update: {
    method: 'PUT',
    path: '/v1/topologies/{name}',
    role: 'operate',
    summary: 'Go on with other code',
    body: ref('Wanted'),
    answer: ref('Changed'),
  },
  kill: {
    method: 'DELETE',
    path: '/v1/topologies/{name}',
    role: 'operate',
    summary: 'End it for good',
    query: {
      ...WAIT,
      savepoint: text('Name of a savepoint that is to be left; empty: by its number.', { maxLength: 255 }),
    },
    answer: ref('Killed'),
  },
  activate: {
    method: 'POST',
    path: '/v1/topologies/{name}/activate',
    role: 'operate',
    summary: 'Let its spouts emit',
    answer: ref('Topology'),
  },
  deactivate: {
    method: 'POST',
    path: '/v1/topologies/{name}/deactivate',
    role: 'operate',
    summary: 'Let its spouts pause',
    answer: ref('Topology'),
  },
  rebalance: {
    method: 'POST',
    path: '/v1/topologies/{name}/rebalance',
    role: 'operate',
    summary: 'Give it another number of workers or executors',
    query: WAIT,
    body: ref('Rebalance'),
    answer: ref('Changed'),
  },
  logLevels: {
    method: 'GET',
    path: '/v1/topologies/{name}/log-level',
    role: 'read',
    summary: 'At which levels it logs, where they are others than those of its configuration',
    answer: ref('LogLevels'),
  },
  setLogLevel: {
    method: 'POST',
    path: '/v1/topologies/{name}/log-level',
    role: 'operate',
    summary: 'Let it log at another level, for a while or for good',
    body: ref('LogLevelWanted'),
    answer: ref('LogLevels'),
  },
  errors: {
    method: 'GET',
    path: '/v1/topologies/{name}/errors',
    role: 'read',
    summary: 'Its last errors',
    answer: ref('Errors'),
  },
  logs: {
    method: 'GET',
    path: '/v1/topologies/{name}/logs',
    role: 'read',
    summary: 'Its last log lines, and those to come',
    query: {
      lines: whole('How many of the last ones; 100 unless given.', { maximum: 100_000 }),
      component: text('Only of this component.'),
      worker: whole('Only of this worker.'),
      level: text('Only these and graver ones.', { enum: LOG_LEVELS }),
      root: text('Only of this tuple tree: 16 hexadecimal digits.', { pattern: '^[0-9a-f]{16}$' }),
      containing: text('Only those that contain this text.', { maxLength: 1000 }),
      follow: text('true: those to come, too.', { enum: ['true', 'false'] }),
    },
    answer: { lines: ref('LogEntry') },
  },
  tap: {
    method: 'GET',
    path: '/v1/topologies/{name}/tap',
    role: 'operate',
    summary: 'The tuples that it emits from now on',
    query: {
      component: text('Only of this component.', { maxLength: 255 }),
      stream: text('Only on this stream.', { maxLength: 255 }),
      where: text('Only those of which this holds, in the Common Expression Language.', { maxLength: 2000 }),
      sample: text('The part of them that is looked at: 0.01.', { pattern: '^(?:0?\\.\\d{1,9}|1(?:\\.0+)?)$' }),
      perSecond: whole('So many of each worker in a second at most; 1000 unless given.', {
        minimum: 1,
        maximum: 100_000,
      }),
    },
    answer: { lines: ref('Tapped') },
  },
} as const satisfies Readonly<Record<string, Route>>

/** Name of an operation. */
export type Operation = keyof typeof ROUTES
