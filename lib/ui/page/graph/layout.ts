/** Where the nodes of a graph stand, in layers from left to right. It takes its time, so a worker calls it. */
import { Graph as Dagre, layout } from '@dagrejs/dagre'
import { type Layout, type LayoutAsked, NODE, type Point } from './places.ts'

export function layOut({ nodes, edges }: LayoutAsked): Layout {
  const graph = new Dagre({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 64, marginx: 12, marginy: 12 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const [index] of nodes.entries()) graph.setNode(String(index), { ...NODE })
  const indexOf = new Map(nodes.map((node, index) => [node, String(index)]))
  for (const [index, [from, to]] of edges.entries())
    graph.setEdge(indexOf.get(from)!, indexOf.get(to)!, {}, String(index))
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  const places = nodes.map((node, index) => {
    const { x, y } = graph.node(String(index))
    return [node, { x, y }] as const
  })
  const lines = edges.map(([from, to], index) => {
    const { points } = graph.edge(indexOf.get(from)!, indexOf.get(to)!, String(index))
    return (points as Point[]).map(({ x, y }) => ({ x, y }))
  })
  return { width, height, nodes: Object.fromEntries(places), edges: lines }
}
