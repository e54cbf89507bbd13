/** What would run where, as plain JSON, and what a topology promises of its tuples. Nothing runs by it. */
import { describePlan, type PlanDescription } from '../scheduler/describe.ts'
import { planTopology } from '../scheduler/plan.ts'
import { type Ability, type Promises, promisesOf } from '../scheduler/promises.ts'
import type { Component } from '../topology/component/component.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import { isReplayable } from '../topology/component/hosting/replayable.ts'
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

/** One instance of each component says it. */
function abilitiesOf({ components }: TopologyDefinition): (component: string) => Ability {
  const abilities = new Map([...components].map(([id, make]) => [id, abilityOf(make())]))
  return (id) => abilities.get(id)!
}

function abilityOf(component: Component): Ability {
  if (component.kind === 'bolt' && component.emitsLate === true) return 'late'
  if (component.kind !== 'spout') return component.prepareCommit === undefined ? 'plain' : 'transactional'
  if (isReplayable(component)) return 'replayable'
  if (component.readsOnce !== undefined) return 'once'
  return component.fail === undefined ? 'forgetful' : 'told'
}
