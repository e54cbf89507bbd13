/** The end of a DRPC stream: the one stream that its requests end in goes back to who has asked. */
import { Fields, TyphoonError } from '../../../index.ts'
import { returnResults } from '../../operation/return-results.ts'
import {
  type DrpcNode,
  type Graph,
  type GraphNode,
  inputsOf,
  type OperationNode,
  type RepartitionNode,
} from '../graph.ts'

/** @throws DRPC_ENDS where it ends in several streams, DRPC_WRITES where it writes a state */
export function answer(graph: Graph, node: DrpcNode): void {
  const reached = new Set<GraphNode>([node])
  for (const other of graph.nodes) if (inputsOf(other).some((input) => reached.has(input))) reached.add(other)
  for (const one of reached) if (one.type === 'operation' && one.commits) throw writes(node, one)
  const heard = new Set(graph.nodes.flatMap(inputsOf))
  const ends = [...reached].filter((one) => !heard.has(one))
  const [end, ...others] = ends
  if (others.length > 0)
    throw new TyphoonError(
      'DRPC_ENDS',
      `the DRPC stream "${node.function}" ends in ${ends.length} streams, and one result is wanted`,
      {
        where: { function: node.function },
        hint: 'merge them',
      },
    )
  graph.add<OperationNode>({
    type: 'operation',
    inputs: [isGathered(end!) ? end! : gathered(graph, end!)],
    label: `return to who asked ${node.function}`,
    create: returnResults(node.local),
    outputs: new Fields([]),
    declaredAt: end!.declaredAt,
    made: [],
    commits: false,
    steady: 'never',
  })
}

function gathered(graph: Graph, input: GraphNode): RepartitionNode {
  const { outputs, declaredAt } = input
  return graph.add<RepartitionNode>({ type: 'repartition', input, how: { type: 'batch-global' }, outputs, declaredAt })
}

function writes({ function: name }: DrpcNode, { state }: OperationNode): TyphoonError {
  const message = `the DRPC stream "${name}" writes the state "${state?.name}"; a request belongs to no transaction, so it may only ask`
  return new TyphoonError('DRPC_WRITES', message, {
    where: { function: name, ...(state === undefined ? {} : { state: state.name }) },
    hint: {
      code: 'what is to be written comes by newStream; a request asks it with stateQuery',
      yaml: 'what is to be written comes by a stream with a spout; a request asks it with stateQuery',
    },
  })
}

/** All rows of a batch are in one task already, the one that speaks for it. */
function isGathered(node: GraphNode): boolean {
  if (node.type === 'repartition') return node.how.type === 'batch-global'
  return (
    node.type === 'operation' && node.state === undefined && node.inputs.length === 1 && isGathered(node.inputs[0]!)
  )
}
