/**
 * Those paths of Storm's own REST interface that its tools read, so that they read a service of Typhoon as well.
 * Source: apache/storm `docs/STORM-UI-REST-API.md`.
 */
import type { Route } from './route.ts'
import type { Schema } from './schema.ts'

const ANYTHING: Schema = { type: 'object', additionalProperties: true }
const SEEN = { window: { type: 'string' }, sys: { type: 'string' } } as const

function read(path: string, summary: string) {
  return { method: 'GET', path, role: 'read', summary, query: SEEN, answer: ANYTHING } as const satisfies Route
}

function change(path: string, summary: string, body?: Schema) {
  const taken = body === undefined ? {} : { body }
  return { method: 'POST', path, role: 'operate', summary, answer: ANYTHING, ...taken } as const satisfies Route
}

/** By operation. */
export const STORM_ROUTES = {
  stormCluster: read('/api/v1/cluster/summary', 'As Storm: the cluster'),
  stormNimbus: read('/api/v1/nimbus/summary', 'As Storm: the nimbuses'),
  stormSupervisors: read('/api/v1/supervisor/summary', 'As Storm: the supervisors'),
  stormTopologies: read('/api/v1/topology/summary', 'As Storm: all topologies'),
  stormTopology: read('/api/v1/topology/{id}', 'As Storm: one topology'),
  stormLogConfig: read('/api/v1/topology/{id}/logconfig', 'As Storm: the levels at which it logs'),
  stormSetLogConfig: change('/api/v1/topology/{id}/logconfig', 'As Storm: let it log at other levels', ANYTHING),
  stormActivate: change('/api/v1/topology/{id}/activate', 'As Storm: activate'),
  stormDeactivate: change('/api/v1/topology/{id}/deactivate', 'As Storm: deactivate'),
  stormRebalance: change('/api/v1/topology/{id}/rebalance/{wait}', 'As Storm: rebalance', ANYTHING),
  stormKill: change('/api/v1/topology/{id}/kill/{wait}', 'As Storm: kill'),
} as const
