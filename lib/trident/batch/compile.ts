/**
 * From a program to an ordinary topology of the core: a spout for each batch group, a bolt for each placement. Names
 * follow from the order of the declaration, so building it twice gives the same.
 */

import {
  type BoltDeclarer,
  type ConfigMap,
  DEFAULT_STREAM,
  DefinitionError,
  type Problem,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
} from '../../index.ts'
import type { AnyTridentSpout } from '../model/spout.ts'
import {
  BATCH_STREAM,
  BRIEF_STREAM,
  COMMIT_STREAM,
  edgeStream,
  MORE_STREAM,
  SUCCESS_STREAM,
} from '../plan/batch-streams.ts'
import type { ComponentPlan } from '../plan/component-plan.ts'
import { describe } from '../plan/describe.ts'
import type { DrpcNode, Graph, SpoutNode } from '../plan/graph.ts'
import { guaranteesOf, problemsOf, replayBefore } from '../plan/guarantees.ts'
import { lower } from '../plan/lowering/lower.ts'
import { misplacedQueries } from '../plan/misplaced-queries.ts'
import { type Names, namesOf } from '../plan/names.ts'
import { type BatchGroup, type Placement, type Segments, segmentsOf } from '../plan/segments.ts'
import { canTakeBack, isVolatile, writerOf } from '../plan/writers.ts'
import type { Program } from '../program/program.ts'
import { BatchBolt } from './batch-bolt.ts'
import { Coordinator } from './coordinator/coordinator.ts'
import type { CoordinatedSpout } from './coordinator/open-coordinator.ts'
import { DrpcBatches } from './source/drpc-batches.ts'

const CPU = 'topology.component.cpu.pcore.percent'
const MEMORY = 'topology.component.resources.onheap.memory.mb'

/** @throws DefinitionError with everything that is wrong */
export function compile(name: string, config: ConfigMap, program: Program): TopologyDefinition {
  const graph = lower(program)
  const problems = [...problemsOf(guaranteesOf(graph, leavesOut(config))), ...sharedProblems(graph)]
  if (problems.length > 0) throw new DefinitionError(problems)
  const segments = segmentsOf(graph)
  const names = namesOf(segments)
  const builder = new TopologyBuilder(name, config)
  for (const group of segments.groups) declareSource(builder, group, segments, names)
  for (const placement of segments.placements) declareBolt(builder, placement, segments, names, graph)
  const aboutWith = (given: ConfigMap): string[] => {
    const leaves = leavesOut(given)
    return describe(segments, names, guaranteesOf(graph, leaves), leaves)
  }
  return {
    ...builder.createTopology(),
    about: aboutWith(config),
    aboutWith,
    warningsWith: () => misplacedQueries(graph, segments, parallelismOf),
  }
}

/** Whether a batch is committed without the rows that it fails for for ever. */
function leavesOut(config: ConfigMap): boolean {
  return config['topology.trident.dead.letters'] === true
}

/** States that would write over each other. */
function sharedProblems({ states }: Graph): Problem[] {
  return states.flatMap((state, index) => {
    const { exclusive } = state.factory
    const other = states
      .slice(0, index)
      .find(({ factory }) => exclusive !== undefined && factory.exclusive === exclusive)
    if (other === undefined) return []
    const message = `the states "${other.name}" and "${state.name}" both write ${exclusive}`
    return [
      {
        code: 'OUTPUT_IN_USE' as const,
        message,
        where: { state: state.name },
        hint: 'give each a file of its own, or merge their streams',
      },
    ]
  })
}

function declareSource(builder: TopologyBuilder, group: BatchGroup, segments: Segments, names: Names): void {
  const [first] = group.sources
  const id = names.sourceOf(group.id)
  if (first!.type === 'drpc') {
    const { function: functionName, local } = first as DrpcNode
    const target = names.componentOf(placementOf(first!, segments))
    builder.setSpout(id, () => new DrpcBatches(functionName, local, target))
    return
  }
  const spouts = (group.sources as SpoutNode[]).map((node) =>
    coordinated(node, names.componentOf(placementOf(node, segments))),
  )
  const parts = {
    group: names.groupOf(group.id),
    spouts,
    volatile: isVolatile(group.id, segments),
    canTakeBack: canTakeBack(group.id, segments),
  }
  builder.setSpout(id, () => new Coordinator(parts)).addConfigurations({ 'topology.tasks': 1 })
}

function coordinated(node: SpoutNode, component: string): CoordinatedSpout {
  const { txId, kind, outputs, sample } = node
  const checkFiles = (codeDir: string): void => sample.checkFiles?.(codeDir)
  const spout = { txId, component, fields: outputs.names, checkFiles }
  if (kind === 'non-transactional') return { ...spout, listed: undefined }
  const coordinator = (context: TaskContext) => partitioned(node.create()).getCoordinator(context)
  return { ...spout, listed: { txId, component, isTransactional: kind === 'transactional', coordinator } }
}

function partitioned(spout: AnyTridentSpout): Exclude<AnyTridentSpout, { kind: 'non-transactional' }> {
  return spout as Exclude<AnyTridentSpout, { kind: 'non-transactional' }>
}

function declareBolt(
  builder: TopologyBuilder,
  placement: Placement,
  segments: Segments,
  names: Names,
  graph: Graph,
): void {
  const id = names.componentOf(placement)
  const plan: ComponentPlan = {
    id,
    segments: placement.segments,
    states: [...placement.states],
    edges: segments.edges.filter(
      ({ from, to }) => placement.segments.includes(from) || placement.segments.includes(to),
    ),
    componentOf: (segment) => names.componentOf(segment.component),
    coordinatorOf: (group) => (segments.groups[group]!.sources[0]!.type === 'drpc' ? undefined : names.sourceOf(group)),
    isWritten: (state) => writerOf(state, segments) !== undefined,
    groupOf: (state) => writerOf(state, segments)!.group,
    isVolatile: (group) => isVolatile(group, segments),
    spoutKindOf: (state) => replayBefore(graph, state).kind,
  }
  const bolt = builder.setBolt(id, () => new BatchBolt(plan), parallelismOf(placement))
  // One commit after the other: what the topology sets for its own bolts must not let them overlap.
  bolt.addConfigurations(resourcesOf(placement)).setConcurrency(1)
  subscribe(bolt, placement, segments, names)
}

function subscribe(bolt: BoltDeclarer, placement: Placement, segments: Segments, names: Names): void {
  const all = { type: 'all' } as const
  const committed = new Set<string>()
  for (const segment of placement.segments) {
    const source = names.sourceOf(segment.group)
    const { type } = segment.steps[0]!.node
    if (type === 'drpc') bolt.grouping(source, DEFAULT_STREAM, all)
    if (type === 'spout') {
      bolt.grouping(source, BATCH_STREAM, all)
      bolt.grouping(source, BRIEF_STREAM, { type: 'direct' })
      bolt.grouping(source, SUCCESS_STREAM, all)
      bolt.grouping(names.componentOf(placement), MORE_STREAM, { type: 'direct' })
    }
    if (!segment.steps.some((step) => step.afterCommit) || committed.has(source)) continue
    committed.add(source)
    bolt.grouping(source, COMMIT_STREAM, all)
  }
  for (const { id, from, to } of segments.edges)
    if (placement.segments.includes(to))
      bolt.grouping(names.componentOf(from.component), edgeStream(id), { type: 'direct' })
}

/** The highest hint of all steps and states; 1 without any. */
function parallelismOf({ segments, states }: Placement): number {
  const hints = [
    ...segments.flatMap(({ steps }) => steps.map(({ node }) => node.parallelism)),
    ...[...states].map((state) => state.parallelism),
  ]
  return Math.max(1, ...hints.filter((hint) => hint !== undefined))
}

/** What the steps of a component ask for, added up; Storm's rule (`testSetComponentResources`). */
function resourcesOf({ segments }: Placement): ConfigMap {
  const nodes = segments.flatMap(({ steps }) => steps.map(({ node }) => node))
  const sum = (of: 'cpu' | 'memory'): number => nodes.reduce((total, node) => total + (node[of] ?? 0), 0)
  return { ...(sum('cpu') > 0 ? { [CPU]: sum('cpu') } : {}), ...(sum('memory') > 0 ? { [MEMORY]: sum('memory') } : {}) }
}

function placementOf(source: SpoutNode | DrpcNode, { segments }: Segments): Placement {
  return segments.find(({ steps }) => steps[0]!.node === source)!.component
}
