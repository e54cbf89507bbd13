/**
 * From nodes to segments: steps without a change of partitions between them run one after the other in the same task,
 * without a tuple between them. A segment ends where partitions change, where streams of several segments meet, and
 * where a state lives elsewhere.
 *
 * Segments that use one state share its component, so that a query finds what the other has written. Storm's planner
 * does the same with groups of nodes (`planner/`, `graph/GraphGrouper.java`); here batches are counted for each segment
 * by itself, so that two segments of one component may well depend on each other.
 */
import { DefinitionError, type Problem } from '../../index.ts'
import type { StateNode } from '../program/state-node.ts'
import type { DrpcNode, Graph, GraphNode, OperationNode, Repartition, RepartitionNode, SpoutNode } from './graph.ts'

/** A step at its place in a segment. */
export interface Step {
  readonly node: SpoutNode | DrpcNode | OperationNode
  /** Steps of the same segment that get its rows, with the number of their input. */
  readonly next: { readonly step: number; readonly input: number }[]
  /** Edges that get its rows. */
  readonly edges: number[]
  /** It, or a step before it, waits for the commit. */
  afterCommit: boolean
}

/** Steps that run in one task without a tuple between them. */
export interface Segment {
  readonly id: number
  readonly steps: Step[]
  component: Placement
  /** Number of the batch group, see `groups`. */
  group: number
}

/** From a step of one segment to steps of another, by tuples. */
export interface SegmentEdge {
  readonly id: number
  readonly from: Segment
  readonly fromStep: number
  readonly to: Segment
  readonly targets: { readonly step: number; readonly input: number }[]
  readonly how: Repartition
  /** Its rows come while the batch is committed. */
  afterCommit: boolean
}

/** Segments that must live in the same tasks, and their states. Becomes a component. */
export interface Placement {
  readonly segments: Segment[]
  readonly states: Set<StateNode>
}

/** Streams whose batches are begun and committed together, by one coordinator; or a DRPC stream. */
export interface BatchGroup {
  readonly id: number
  readonly sources: readonly (SpoutNode | DrpcNode)[]
}

/** What `segmentsOf` finds. */
export interface Segments {
  readonly segments: readonly Segment[]
  readonly edges: readonly SegmentEdge[]
  readonly placements: readonly Placement[]
  readonly groups: readonly BatchGroup[]
}

/** @throws DefinitionError where a DRPC stream and others are mixed */
export function segmentsOf(graph: Graph): Segments {
  const made = new Fusion()
  for (const node of graph.nodes) {
    if (node.type === 'spout' || node.type === 'drpc') made.place(node, made.newSegment())
    else if (node.type === 'operation') made.addOperation(node)
  }
  made.markCommits()
  const groups = batchGroups(graph)
  for (const segment of made.segments) segment.group = groups.findIndex((group) => isIn(group, segment))
  const placements = [...new Set(made.segments.map(({ component }) => component))]
  return {
    segments: made.segments,
    edges: made.edges,
    placements,
    groups: groups.map(({ id, sources }) => ({ id, sources })),
  }
}

interface StepPosition {
  readonly segment: Segment
  readonly step: number
}

class Fusion {
  readonly segments: Segment[] = []
  readonly edges: SegmentEdge[] = []
  readonly #places = new Map<GraphNode, StepPosition>()
  /**
   * The segment that was begun for a change of partitions: all single steps behind it share it, and its rows are sent
   * once.
   */
  readonly #behind = new Map<RepartitionNode, Segment>()
  readonly #homes = new Map<StateNode, Placement>()

  newSegment(component: Placement = { segments: [], states: new Set() }): Segment {
    const segment: Segment = { id: this.segments.length, steps: [], component, group: 0 }
    component.segments.push(segment)
    this.segments.push(segment)
    return segment
  }

  place(node: Step['node'], segment: Segment): number {
    const step = segment.steps.push({ node, next: [], edges: [], afterCommit: false }) - 1
    this.#places.set(node, { segment, step })
    return step
  }

  addOperation(node: OperationNode): void {
    const home = node.state === undefined ? undefined : this.#homes.get(node.state)
    const segment = this.#segmentFor(node, home)
    if (node.state !== undefined) {
      segment.component.states.add(node.state)
      this.#homes.set(node.state, segment.component)
    }
    const step = this.place(node, segment)
    for (const [input, from] of node.inputs.entries()) this.#connect(from, segment, step, input)
  }

  /** What waits for a commit, and what comes after that. Steps and edges stand after what they get their rows from. */
  markCommits(): void {
    for (const segment of this.segments) {
      const late = new Set(
        this.edges
          .flatMap((edge) => (edge.to === segment && edge.afterCommit ? edge.targets : []))
          .map(({ step }) => step),
      )
      for (const [index, step] of segment.steps.entries()) {
        step.afterCommit ||= late.has(index) || (step.node.type === 'operation' && step.node.commits)
        if (!step.afterCommit) continue
        for (const next of step.next) segment.steps[next.step]!.afterCommit = true
        for (const edge of step.edges) this.edges[edge]!.afterCommit = true
      }
    }
  }

  #segmentFor(node: OperationNode, home: Placement | undefined): Segment {
    const [only, ...others] = node.inputs as [GraphNode, ...GraphNode[]]
    const segments = new Set(
      node.inputs.map((input) => (input.type === 'repartition' ? undefined : this.#places.get(input)!.segment)),
    )
    const [local] = segments
    if (segments.size === 1 && local !== undefined && (home === undefined || home === local.component)) return local
    if (only.type !== 'repartition' || others.length > 0) return this.newSegment(home)
    const behind = this.#behind.get(only)
    if (behind !== undefined && (home === undefined || home === behind.component)) return behind
    const begun = this.newSegment(home)
    this.#behind.set(only, begun)
    return begun
  }

  #connect(from: GraphNode, segment: Segment, step: number, input: number): void {
    let source = from
    while (source.type === 'repartition') source = source.input
    const place = this.#places.get(source)!
    const output = place.segment.steps[place.step]!
    if (place.segment === segment && from.type !== 'repartition') {
      output.next.push({ step, input })
      return
    }
    const how: Repartition = from.type === 'repartition' ? from.how : { type: 'identity' }
    const known = this.edges.find(
      (edge) => edge.from === place.segment && edge.fromStep === place.step && edge.to === segment && edge.how === how,
    )
    if (known !== undefined) {
      known.targets.push({ step, input })
      return
    }
    const id = this.edges.length
    this.edges.push({
      id,
      from: place.segment,
      fromStep: place.step,
      to: segment,
      targets: [{ step, input }],
      how,
      afterCommit: false,
    })
    output.edges.push(id)
  }
}

interface FoundGroup extends BatchGroup {
  readonly nodes: ReadonlySet<GraphNode>
}

/** Nodes that are connected belong to one group. */
function batchGroups(graph: Graph): FoundGroup[] {
  const groupOf = new Map<GraphNode, Set<GraphNode>>()
  for (const node of graph.nodes) {
    const joined = new Set<GraphNode>([node])
    const inputs = node.type === 'operation' ? node.inputs : node.type === 'repartition' ? [node.input] : []
    for (const input of inputs) for (const other of groupOf.get(input)!) joined.add(other)
    for (const member of joined) groupOf.set(member, joined)
  }
  const groups = [...new Set(groupOf.values())].map((nodes, id) => {
    const sources = [...nodes]
      .filter((node) => node.type === 'spout' || node.type === 'drpc')
      .sort((a, b) => a.id - b.id)
    return { id, nodes, sources }
  })
  const problems = groups.flatMap(({ sources }) => problemsOf(sources))
  if (problems.length > 0) throw new DefinitionError(problems)
  return groups
}

function problemsOf(sources: readonly (SpoutNode | DrpcNode)[]): Problem[] {
  const requests = sources.filter((node) => node.type === 'drpc')
  if (requests.length === 0 || sources.length === 1) return []
  const [{ function: name }] = requests as [DrpcNode, ...DrpcNode[]]
  return [
    {
      code: 'DRPC_MIXED',
      message: `the DRPC stream "${name}" is merged or joined with another source; their batches have nothing to do with each other`,
      where: { function: name },
      hint: 'keep what the request is to see in a state, and ask it with stateQuery',
    },
  ]
}

function isIn(group: FoundGroup, segment: Segment): boolean {
  return group.nodes.has(segment.steps[0]!.node)
}
