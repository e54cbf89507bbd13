/** A worker makes the definition anew; whether it is still the one that was planned. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { type Plan, planTopology } from '../scheduler/plan.ts'
import type { TopologyDefinition } from '../topology/definition.ts'

/** @throws TOPOLOGY_CHANGED */
export function checkUnchanged(definition: TopologyDefinition, plan: Plan): void {
  // The plan follows from the topology: comparing all of it finds one that was made by somebody else, too.
  if (JSON.stringify(planTopology(definition.topology)) === JSON.stringify(plan)) return
  const message = `the definition of "${definition.topology.name}" has changed since the topology was started, or differs at each load`
  throw new TyphoonError('TOPOLOGY_CHANGED', message, {
    hint: 'start the topology anew; a definition must not depend on time or chance',
  })
}
