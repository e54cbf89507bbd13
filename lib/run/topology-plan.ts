/** What would run where, as plain JSON, and what a topology promises of its tuples. Nothing runs by it. */
import { describePlan, type PlanDescription } from '../scheduler/describe.ts'
import { planTopology } from '../scheduler/plan.ts'
import { type Promises, promisesOf } from '../scheduler/promises.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import { abilitiesOf } from '../topology/component/hosting/abilities.ts'
import type { Topology } from '../topology/topology.ts'

/** The plan of a topology, and what it promises. */
export interface TopologyPlan extends PlanDescription {
  /** What whoever has made the topology out of something else says about it, in lines. */
  readonly about?: readonly string[]
  /** What holds of its tuples; left out where `about` says it. */
  readonly promises?: Promises
}

/** The plan of a topology whose code is not at hand. */
export function planOfTopology(topology: Topology): PlanDescription {
  return describePlan(planTopology(topology))
}

/** The plan of a definition; makes an instance of each component. */
export function planOf(definition: TopologyDefinition): TopologyPlan {
  const { topology, about } = definition
  const plan = describePlan(planTopology(topology))
  return about === undefined ? { ...plan, promises: promisesOf(topology, abilitiesOf(definition)) } : { ...plan, about }
}
