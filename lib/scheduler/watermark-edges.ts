/**
 * Which way watermarks go: from the components that make them (`timestamps`) to all that is behind, along the streams.
 * A topology in which none makes them has no such edges, and pays nothing.
 *
 * A watermark must not wait for itself: on a cycle it goes only away from where the cycle is entered. So each component
 * of it hears of event time, and what comes round again may be late. A component that has timestamps of its own hears
 * of no other's; one that has none, and none ahead of it, says nothing, and holds nobody back.
 */
import type { Topology } from '../topology/topology.ts'
import type { ComponentId } from '../tuple/ids.ts'
import { type Edge, edgesOf, topologicalGroups } from './graph.ts'

export function watermarkEdges(topology: Topology): Edge[] {
  const edges = edgesOf(topology)
  const order = topologicalGroups(topology).flatMap((group) => fromEntries(group, edges))
  const rank = new Map(order.map((id, index) => [id, index]))
  const knows = new Set<ComponentId>()
  const found: Edge[] = []
  for (const id of order) {
    const hasOwn = topology.components[id]!.timestamps !== undefined
    const into = hasOwn
      ? []
      : edges.filter(({ from, to }) => to === id && knows.has(from) && rank.get(from)! < rank.get(to)!)
    if (hasOwn || into.length > 0) knows.add(id)
    found.push(...into)
  }
  return found
}

/** The members of a group, those first that something outside of it leads to, then those that these lead to. */
function fromEntries(group: readonly ComponentId[], edges: readonly Edge[]): ComponentId[] {
  if (group.length === 1) return [...group]
  const members = new Set(group)
  const order = new Set(group.filter((id) => edges.some(({ from, to }) => to === id && !members.has(from))))
  for (const id of order) for (const { from, to } of edges) if (from === id && members.has(to)) order.add(to)
  for (const id of group) order.add(id)
  return [...order]
}
