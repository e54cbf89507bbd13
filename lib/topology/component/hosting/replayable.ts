/** Which sources can go back. */
import type { Component, Spout } from '../component.ts'
import type { TopologyDefinition } from '../definition.ts'

/** Whether a component is a source that can say where it stands, and go back there. */
export function isReplayable(component: Component): component is Spout & Required<Pick<Spout, 'position' | 'seek'>> {
  return component.kind === 'spout' && component.position !== undefined && component.seek !== undefined
}

/** Whether a topology has such a source; makes one instance of each of its spouts. */
export function hasReplayableSource({ topology, components }: TopologyDefinition): boolean {
  return Object.entries(topology.components).some(([id, { kind }]) => {
    const make = components.get(id)
    return kind === 'spout' && make !== undefined && isReplayable(make())
  })
}
