/** The steps that one operator becomes, as they are put together, and what lowers operators. */
import type { Fields } from '../../../index.ts'
import type { ProcessorFactory } from '../../operation/processor.ts'
import type { OperatorName, OperatorOf } from '../../program/operator.ts'
import type { OperatorNode } from '../../program/program.ts'
import type { Graph, GraphNode, OperationNode, Query, Repartition, RepartitionNode, Steadiness } from '../graph.ts'

/** A step to be added. */
export interface NewStep {
  readonly label: string
  readonly create: ProcessorFactory
  /** The output fields whose values it makes itself; none unless given. */
  readonly made?: readonly Fields[]
  /** It works with the state of the operator: it asks it, unless it `commits`. */
  readonly usesState?: true
  readonly commits?: true
  /** `never` unless given. */
  readonly steady?: Steadiness
  readonly query?: Query
}

/** How one operator is lowered: adds its steps, and gives the last one. */
export type Lowering<Name extends OperatorName> = (operator: OperatorOf<Name>, steps: Steps) => GraphNode

/** The lowerings of several operators, by name. */
export type Lowerings<Name extends OperatorName> = { readonly [N in Name]: Lowering<N> }

export class Steps {
  /** What the operator is done with. */
  readonly inputs: readonly GraphNode[]
  readonly #graph: Graph
  readonly #node: OperatorNode

  constructor(graph: Graph, node: OperatorNode, inputs: readonly GraphNode[]) {
    this.#graph = graph
    this.#node = node
    this.inputs = inputs
  }

  /** What comes out of the operator. */
  get outputs(): Fields {
    return this.#node.outputs
  }

  /** What its state is, in a word or two. */
  get stateLabel(): string {
    return this.#node.state!.factory.label
  }

  /**
   * One more step. The name that the user has given goes to a step that stands right behind the inputs: what comes
   * behind a change of partitions has a name of its own.
   * @param from where its rows come from
   */
  add(step: NewStep, from: readonly GraphNode[] = this.inputs, isNamed: boolean = from === this.inputs): OperationNode {
    const { outputs, declaredAt, state, name } = this.#node
    return this.#graph.add<OperationNode>({
      type: 'operation',
      inputs: from,
      label: step.label,
      create: step.create,
      outputs,
      declaredAt,
      made: step.made ?? [],
      commits: step.commits ?? false,
      steady: step.steady ?? 'never',
      ...(step.usesState ? { state: state! } : {}),
      ...(step.query === undefined ? {} : { query: step.query }),
      ...(name === undefined || !isNamed ? {} : { name }),
    })
  }

  /** A change of partitions. */
  repartition(how: Repartition, input: GraphNode = this.inputs[0]!): RepartitionNode {
    const { declaredAt } = this.#node
    return this.#graph.add<RepartitionNode>({ type: 'repartition', input, how, outputs: input.outputs, declaredAt })
  }

  /** Sends to the partitions of the groups; without groups, all to one. */
  gather(groupBy: readonly string[] | undefined, input?: GraphNode): RepartitionNode {
    return this.repartition(
      groupBy === undefined ? { type: 'batch-global' } : { type: 'partition-by', fields: groupBy },
      input,
    )
  }
}
