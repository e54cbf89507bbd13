/**
 * The shape of a topology: the order of its components from the spouts down, and which edges lie on a cycle.
 *
 * Why: an edge on a cycle must not hold its sender back, or the cycle could wait for itself (STORM-3637); the end of
 * the input is told to the bolts from the spouts down.
 */
import type { Topology } from '../topology/topology.ts'
import type { ComponentId } from '../tuple/ids.ts'
import { isSystemId } from '../tuple/system-ids.ts'

/** A component that sends to another. */
export interface Edge {
  readonly from: ComponentId
  readonly to: ComponentId
}

/** Who sends to whom among the user's components, each pair once. */
export function edgesOf(topology: Topology): Edge[] {
  const edges = new Map<string, Edge>()
  for (const [to, spec] of Object.entries(topology.components)) {
    for (const { component: from } of spec.inputs) {
      if (!isSystemId(from) && !isSystemId(to)) edges.set(JSON.stringify([from, to]), { from, to })
    }
  }
  return [...edges.values()]
}

/** The components in groups from the spouts down: each group is one component, or all those of one cycle. */
export function topologicalGroups(topology: Topology): ComponentId[][] {
  const targets = new Map<ComponentId, ComponentId[]>()
  for (const id of Object.keys(topology.components)) if (!isSystemId(id)) targets.set(id, [])
  for (const { from, to } of edgesOf(topology)) targets.get(from)?.push(to)
  return stronglyConnected(targets).reverse()
}

/** The user's bolts from the spouts down: the order in which they hear of the end of the input, and of trace lanes. */
export function boltsInOrder(topology: Topology): ComponentId[] {
  return topologicalGroups(topology)
    .flat()
    .filter((id) => topology.components[id]!.kind === 'bolt')
}

/**
 * Who is held back when whom is congested: each sender by its receivers, but on a cycle. Who sends into a cycle is held
 * back by all of its members, for those cannot hold each other.
 */
export function holdBackEdges(topology: Topology): Edge[] {
  const groupOf = new Map<ComponentId, ComponentId[]>()
  for (const group of topologicalGroups(topology)) for (const id of group) groupOf.set(id, group)
  const acyclic = edgesOf(topology).filter(({ from, to }) => groupOf.get(from) !== groupOf.get(to))
  return acyclic.flatMap(({ from, to }) => groupOf.get(to)!.map((member) => ({ from, to: member })))
}

/** Strongly connected components, those that are led to before those that lead there (Tarjan, 1972). */
function stronglyConnected(targets: ReadonlyMap<ComponentId, readonly ComponentId[]>): ComponentId[][] {
  const index = new Map<ComponentId, number>()
  const low = new Map<ComponentId, number>()
  const stack: ComponentId[] = []
  const groups: ComponentId[][] = []

  const visit = (id: ComponentId): void => {
    index.set(id, index.size)
    low.set(id, index.get(id)!)
    stack.push(id)
    for (const target of targets.get(id) ?? []) {
      if (!index.has(target)) {
        visit(target)
        low.set(id, Math.min(low.get(id)!, low.get(target)!))
      } else if (stack.includes(target)) low.set(id, Math.min(low.get(id)!, index.get(target)!))
    }
    if (low.get(id) === index.get(id)) groups.push(stack.splice(stack.indexOf(id)))
  }

  for (const id of targets.keys()) if (!index.has(id)) visit(id)
  return groups
}
