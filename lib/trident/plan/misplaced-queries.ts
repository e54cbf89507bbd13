/**
 * Queries whose tuples go to partitions that need not have the answer: a state in several partitions has each key in
 * one of them, and the others answer null. Nothing is wrong with the topology as such, so it is a warning and no error.
 */
import type { Wording } from '../../errors/wording.ts'
import type { Graph, GraphNode, OperationNode, Query, Repartition } from './graph.ts'
import type { Placement, Segments } from './segments.ts'
import { writerOf } from './writers.ts'

/** One sentence for each such query: what comes of it, and how to mend it. */
export function misplacedQueries(
  graph: Graph,
  segments: Segments,
  partitionsOf: (placement: Placement) => number,
): Wording[] {
  const partitions = (node: GraphNode): number => partitionsOf(placementOf(node, segments))
  return graph.nodes.flatMap((node) => {
    if (node.type !== 'operation' || node.query === undefined || partitions(node) === 1) return []
    return reaches(node, arrivalAt(node, partitions), segments) ? [] : [sentence(node, partitions(node))]
  })
}

/** How tuples got to the partition that asks; undefined where they were not sent there for a reason. */
function arrivalAt(query: OperationNode, partitions: (node: GraphNode) => number): Repartition | undefined {
  const count = partitions(query)
  let node: GraphNode = query.inputs[0]!
  while (node.type === 'operation' || (node.type === 'repartition' && node.how.type === 'identity')) {
    // Of another number of partitions the same number says nothing of the keys.
    if (node.type === 'operation' && (node.inputs.length > 1 || partitions(node) !== count)) return undefined
    node = node.type === 'operation' ? node.inputs[0]! : node.input
  }
  return node.type === 'repartition' ? node.how : undefined
}

function reaches({ query, state }: OperationNode, how: Repartition | undefined, segments: Segments): boolean {
  // Of a state that is written elsewhere only its factory knows what its partitions have.
  if (writerOf(state!, segments) === undefined || how?.type === 'custom' || how?.type === 'broadcast') return true
  switch (query!.asks) {
    case 'a key':
      return how?.type === 'partition-by' && isSame(how.fields, query!.input)
    case 'the one value':
      return how?.type === 'global'
    case 'all keys':
      return false
    case 'anything':
      return how?.type === 'partition-by' || how?.type === 'global'
  }
}

function sentence({ query, state }: OperationNode, partitions: number): Wording {
  const { name } = state!
  const inPartitions = `the state "${name}" is in ${partitions} partitions, and a query of it asks whichever its tuples are in`
  const say = ({ groupBy, global, broadcast, one }: Steps): string => {
    const advice = {
      'a key': `a key is in one of them, and the others answer null; group the tuples by it first: ${groupBy}`,
      'the one value': `the value is in the first one, and the others answer null; send the tuples there first: ${global}`,
      'all keys': `each has a part of the keys; ask them all: ${broadcast}`,
      anything: `a key is in one of them; group the tuples by what the query asks for first, ${groupBy}, or ask them all, ${broadcast}`,
    }[query!.asks]
    return `${inPartitions}: ${advice}; or let it have one partition: ${one}`
  }
  return { code: say(stepsInCode(query!)), yaml: say(stepsInYaml(query!)) }
}

/** How steps of a stream are written that mend it. */
type Steps = Readonly<Record<'groupBy' | 'global' | 'broadcast' | 'one', string>>

function stepsInCode({ asks, input }: Query): Steps {
  const fields = asks === 'anything' ? '…' : input.map((field) => `'${field}'`).join(', ')
  return {
    groupBy: `groupBy([${fields}]).stateQuery(…)`,
    global: 'global().stateQuery(…)',
    broadcast: 'broadcast().stateQuery(…)',
    one: 'parallelismHint(1)',
  }
}

function stepsInYaml({ asks, input }: Query): Steps {
  const fields = asks === 'anything' ? '…' : input.join(', ')
  return {
    groupBy: `{ stateQuery: …, groupBy: [${fields}] }`,
    global: 'do: [global, { stateQuery: … }]',
    broadcast: 'do: [broadcast, { stateQuery: … }]',
    one: 'parallelism: 1',
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index])
}

function placementOf(node: GraphNode, { placements }: Segments): Placement {
  return placements.find(({ segments }) => segments.some(({ steps }) => steps.some((step) => step.node === node)))!
}
