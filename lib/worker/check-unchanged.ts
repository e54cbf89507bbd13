/** A worker makes the definition anew; whether it is still the one that was planned. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { type Plan, planTopology } from '../scheduler/plan.ts'
import type { TopologyDefinition } from '../topology/topology.ts'

/** @throws TOPOLOGY_CHANGED */
export function checkUnchanged(definition: TopologyDefinition, plan: Plan): void {
  const now = planTopology(definition.topology)
  if (JSON.stringify(now.topology) === JSON.stringify(plan.topology)) return
  const message = `the definition of "${plan.topology.name}" has changed since the topology was started, or differs at each load`
  throw new TyphoonError('TOPOLOGY_CHANGED', message, {
    hint: 'start the topology anew; a definition must not depend on time or chance',
  })
}
