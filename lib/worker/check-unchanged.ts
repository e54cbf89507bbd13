/** A worker makes the definition anew; whether it is still the one that was planned. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { topologyHash } from '../scheduler/layout.ts'
import type { Plan } from '../scheduler/plan.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'

/** @throws TOPOLOGY_CHANGED */
export function checkUnchanged({ topology }: TopologyDefinition, plan: Plan): void {
  if (topologyHash(topology) === plan.hash) return
  const message = `the definition of "${topology.name}" has changed since the topology was started, or differs at each load`
  throw new TyphoonError('TOPOLOGY_CHANGED', message, {
    hint: 'start the topology anew; a definition must not depend on time or chance',
  })
}
