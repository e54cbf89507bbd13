/** What the components of a topology can do: what a promise is made of. */
import type { Ability } from '../../ability.ts'
import type { Component } from '../component.ts'
import type { TopologyDefinition } from '../definition.ts'
import { isReplayable } from './replayable.ts'

/** One instance of each component says it. */
export function abilitiesOf({ components }: TopologyDefinition): (component: string) => Ability {
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
