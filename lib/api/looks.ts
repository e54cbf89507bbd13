/** What a page looks at: all of a service, or one of its topologies. Each is the whole of what is to be seen. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { PlanDescription } from '../run/index.ts'
import { planOfTopology } from '../run/topology-plan.ts'
import type { Overview, TopologyLook } from './schemas.ts'
import type { Seen, SeenTopology } from './seen.ts'
import { serviceOf, viewOf } from './views.ts'

/** All topologies, in few figures each. @param version of Typhoon */
export function overviewOf(seen: Seen, version: string): Overview {
  return {
    cluster: serviceOf(seen, version),
    hosts: seen.hosts,
    topologies: seen.topologies.map(viewOf),
  }
}

/** All of one topology. */
export function lookAt(topology: SeenTopology): TopologyLook {
  const metrics = topology.run?.metrics()
  return {
    topology: viewOf(topology),
    ...(metrics === undefined ? {} : { metrics }),
    errors: topology.errors,
  }
}

/** Its components, streams and tasks. @throws TOPOLOGY_BUSY where its code is being loaded still */
export function planOf({ record, examined }: SeenTopology): PlanDescription {
  if (examined !== undefined) return planOfTopology(examined.topology)
  throw new TyphoonError('TOPOLOGY_BUSY', `the code of "${record.name}" is being loaded`, {
    hint: 'ask again in a moment',
  })
}
