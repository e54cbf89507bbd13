/**
 * A graph of components that people can take in: components that stand at the same place are folded into one. Pure.
 */
import type { EdgeDescription, PlanDescription } from '../../../run/index.ts'

/** What is drawn as one. */
export interface GraphNode {
  readonly id: string
  readonly kind: 'spout' | 'bolt'
  /** The components in it. */
  readonly members: readonly string[]
  readonly tasks: number
}

/** Streams from one to the other. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** What they are grouped by, with the fields: `fields (word)`. */
  readonly groupings: readonly string[]
  readonly streams: readonly string[]
}

/** What is drawn. */
export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Fewer are not folded. */
const FEWEST = 3

/** @param isFolded whether components are folded @param open those that are not, by the id of their node */
export function graphOf(plan: PlanDescription, isFolded: boolean, open: ReadonlySet<string>): Graph {
  const components = plan.components.filter(({ system }) => !system)
  const edges = plan.edges.filter(({ system }) => !system)
  const nodeOf = new Map(components.map(({ id }) => [id, id]))
  if (isFolded) {
    for (const [id, members] of alike(components, edges))
      if (!open.has(id)) for (const member of members) nodeOf.set(member, id)
  }
  const nodes = new Map<string, GraphNode>()
  for (const { id, kind, tasks } of components) {
    const node = nodeOf.get(id)!
    const before = nodes.get(node)
    const members = [...(before?.members ?? []), id]
    nodes.set(node, { id: node, kind, members, tasks: (before?.tasks ?? 0) + tasks.length })
  }
  return { nodes: [...nodes.values()], edges: joined(edges, nodeOf) }
}

/**
 * The components of each node that several are folded into, by the id that it has. Two are alike where they are of one
 * kind, and take and give the same streams from and to components that are alike: so parallel branches are.
 */
function alike(
  components: PlanDescription['components'],
  edges: readonly EdgeDescription[],
): ReadonlyMap<string, readonly string[]> {
  const into = grouped(edges, ({ to }) => to)
  const out = grouped(edges, ({ from }) => from)
  let look = new Map<string, string>(components.map(({ id, kind }) => [id, kind]))
  for (;;) {
    const places = grouped(components, ({ id }) => {
      const from = (into.get(id) ?? []).map((edge) => `${look.get(edge.from)}\n${edge.stream}`)
      const to = (out.get(id) ?? []).map((edge) => `${look.get(edge.to)}\n${edge.stream}`)
      return JSON.stringify([look.get(id), from.sort(), to.sort()])
    })
    const isDone = places.size === new Set(look.values()).size
    // A short name for each, or they would double with each round.
    look = new Map(
      [...places.values()].flatMap((members, index) => members.map(({ id }) => [id, String(index)] as const)),
    )
    if (!isDone) continue
    const large = [...places.values()].filter(({ length }) => length >= FEWEST)
    return new Map(large.map((members) => [`${members[0]!.id} and like it`, members.map(({ id }) => id)]))
  }
}

function grouped<One>(all: readonly One[], by: (one: One) => string): ReadonlyMap<string, readonly One[]> {
  const found = new Map<string, One[]>()
  for (const one of all) {
    const place = found.get(by(one))
    if (place === undefined) found.set(by(one), [one])
    else place.push(one)
  }
  return found
}

function joined(edges: readonly EdgeDescription[], nodeOf: ReadonlyMap<string, string>): GraphEdge[] {
  const found = new Map<string, GraphEdge>()
  for (const { from, to, stream, grouping } of edges) {
    const ends = { from: nodeOf.get(from)!, to: nodeOf.get(to)! }
    const key = JSON.stringify(ends)
    const { groupings = [], streams = [] } = found.get(key) ?? {}
    found.set(key, {
      ...ends,
      groupings: withOne(groupings, groupingText(grouping)),
      streams: withOne(streams, stream),
    })
  }
  return [...found.values()]
}

function withOne(all: readonly string[], one: string): readonly string[] {
  return all.includes(one) ? all : [...all, one]
}

/** `shuffle`, `fields (word)` */
export function groupingText(grouping: EdgeDescription['grouping']): string {
  const { type, fields } = grouping as { type: string; fields?: readonly string[] }
  return fields === undefined || fields.length === 0 ? type : `${type} (${fields.join(', ')})`
}
