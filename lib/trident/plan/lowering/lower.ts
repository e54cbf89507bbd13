/**
 * From operators to steps: what each comes to when it is done in batches. An operator may become several steps with a
 * change of partitions between them; whoever goes on from it goes on from its last one.
 */

import type { OperatorName } from '../../program/operator.ts'
import type { OperatorNode, Program, ProgramNode } from '../../program/program.ts'
import { type DrpcNode, Graph, type GraphNode, type SpoutNode } from '../graph.ts'
import { AGGREGATES } from './aggregates.ts'
import { answer } from './answer.ts'
import { JOINTS } from './joints.ts'
import { PARTITIONS } from './partitions.ts'
import { ROWS } from './rows.ts'
import { STATES } from './states.ts'
import { type Lowering, type Lowerings, Steps } from './steps.ts'

const LOWERINGS: Lowerings<OperatorName> = { ...ROWS, ...AGGREGATES, ...STATES, ...JOINTS, ...PARTITIONS }

/** @throws DRPC_ENDS, DRPC_WRITES where a DRPC stream cannot be answered */
export function lower({ nodes, states }: Program): Graph {
  const graph = new Graph(states)
  const made = new Map<ProgramNode, GraphNode>()
  for (const node of nodes) {
    const inputs = node.type === 'operator' ? node.inputs.map((input) => made.get(input)!) : []
    made.set(node, node.type === 'operator' ? lowered(node, inputs, graph) : graph.add<SpoutNode | DrpcNode>(node))
  }
  for (const node of [...graph.nodes]) if (node.type === 'drpc') answer(graph, node)
  return graph
}

/** What was said of the tasks holds for the last step. */
function lowered(node: OperatorNode, inputs: readonly GraphNode[], graph: Graph): GraphNode {
  const { operator, parallelism, cpu, memory } = node
  const last = (LOWERINGS[operator.op] as Lowering<any>)(operator, new Steps(graph, node, inputs))
  if (parallelism !== undefined) last.parallelism = parallelism
  if (cpu !== undefined) last.cpu = cpu
  if (memory !== undefined) last.memory = memory
  return last
}
