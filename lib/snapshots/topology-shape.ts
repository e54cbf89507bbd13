/**
 * What a snapshot knows of the topology that it was taken of: as much as it takes to give what it holds to the tasks of
 * another one. It is plain JSON, and has no configuration in it, which may hold secrets.
 */
import { resolveConfig } from '../topology/config/config.ts'
import { type ComponentSpec, type Subscription, sizeOf, type Topology } from '../topology/topology.ts'
import type { ComponentId, StreamId } from '../tuple/ids.ts'

/** A component, as far as snapshots go. */
export interface ComponentShape {
  readonly kind: ComponentSpec['kind']
  /** How many there are. */
  readonly tasks: number
  readonly inputs: readonly Subscription[]
  /** The fields of its streams. */
  readonly outputs: Readonly<Record<StreamId, readonly string[]>>
}

/** A topology, as far as snapshots go. */
export interface TopologyShape {
  /** `topology.key.groups`. */
  readonly keyGroups: number
  readonly components: Readonly<Record<ComponentId, ComponentShape>>
}

/** The shape of a topology as it is planned. */
export function shapeOf(topology: Topology): TopologyShape {
  const components = Object.entries(topology.components).map(([id, spec]): [ComponentId, ComponentShape] => {
    const outputs = Object.entries(spec.outputs).map(([stream, { fields }]) => [stream, fields] as const)
    const { kind, inputs } = spec
    return [id, { kind, tasks: sizeOf(topology, spec).tasks, inputs, outputs: Object.fromEntries(outputs) }]
  })
  return {
    keyGroups: resolveConfig(topology.config)['topology.key.groups'],
    components: Object.fromEntries(components),
  }
}
