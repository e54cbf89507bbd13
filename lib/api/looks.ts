/** What a page looks at: all of a service, or one of its topologies. Each is the whole of what is to be seen. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { RunFigures } from '../history/figures.ts'
import type { Window } from '../history/windows.ts'
import type { PlanDescription } from '../run/index.ts'
import { planOfTopology } from '../run/topology-plan.ts'
import { findingsOf } from './findings.ts'
import type { Overview, SummaryView, TopologyLook } from './page-views.ts'
import type { Seen, SeenTopology } from './seen.ts'
import { serviceOf, viewOf } from './views.ts'

/** How many of the last events are shown. */
const EVENTS = 100

/** All topologies, in few figures each. @param version of Typhoon */
export function overviewOf(seen: Seen, version: string): Overview {
  const nowMs = seen.now().getTime()
  const service = serviceOf(seen, version)
  return {
    cluster: { ...service, uptimeSecs: Math.floor(service.uptimeSecs) },
    hosts: seen.hosts,
    topologies: seen.topologies.map((topology) => summaryOf(topology, nowMs)),
  }
}

function summaryOf(topology: SeenTopology, nowMs: number): SummaryView {
  const view = viewOf(topology)
  return { ...view, uptimeSecs: Math.floor(view.uptimeSecs), ...ratesIn(topology.history.window('600', nowMs)) }
}

/** Of the roots of all spouts. */
function ratesIn({ components, memoryBytes }: RunFigures) {
  const rates = { emittedPerSecond: 0, ackedPerSecond: 0, failed: 0, pending: 0, memoryBytes }
  for (const { kind, perSecond, failed, pending } of Object.values(components)) {
    rates.emittedPerSecond += perSecond.emitted
    if (kind === 'bolt') continue
    rates.ackedPerSecond += perSecond.acked
    rates.failed += failed
    rates.pending += pending
  }
  return rates
}

/** All of one topology. @param window of its figures */
export function lookAt(seen: Seen, name: string, window: Window): TopologyLook {
  const topology = seen.get(name)
  const { history, errors, logLevels } = topology
  return {
    topology: summaryOf(topology, seen.now().getTime()),
    isService: seen.nimbus !== undefined,
    figures: history.window(window, seen.now().getTime()),
    findings: findingsOf(topology, window, seen.now()),
    events: history.timeline.all.slice(-EVENTS),
    errors,
    logLevels,
  }
}

/** Its components, streams and tasks. @throws TOPOLOGY_BUSY where its code is being loaded still */
export function planOf({ record, examined }: SeenTopology): PlanDescription {
  if (examined !== undefined) return planOfTopology(examined.topology)
  throw new TyphoonError('TOPOLOGY_BUSY', `the code of "${record.name}" is being loaded`, {
    hint: 'ask again in a moment',
  })
}
