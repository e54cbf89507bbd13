/**
 * The port through which a worker's process is disturbed for the sake of a drill: its parent names a module in the
 * bootstrap, and that module wraps what the worker reaches the world through. Without a drill nothing of it is loaded,
 * and nothing of it runs.
 */
import type { DrillOrder } from '../../messaging/drill.ts'
import type { Identity, Network } from '../../messaging/link.ts'
import type { TopologyDefinition } from '../../topology/component/definition.ts'

/** What a drill puts in the place of something. */
export interface Drill {
  /** The links to other workers; that to the nimbus is not disturbed. */
  network(network: Network): Network
  /** The definition that the worker makes its components of: as the nimbus has planned it. */
  definition(definition: TopologyDefinition): TopologyDefinition
}

/** What the module of a drill exports as `begin`. */
type BeginDrill = (order: any, identity: Identity) => Drill | Promise<Drill>

/** Undefined where there is none. */
export async function drillOf(named: DrillOrder | undefined, identity: Identity): Promise<Drill | undefined> {
  if (named === undefined) return undefined
  const { begin } = (await import(named.module)) as { readonly begin: BeginDrill }
  return begin(named.order, identity)
}
