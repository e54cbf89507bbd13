/**
 * A Trident topology as steps: what the operators that were written come to (`lowering`), in the order of their
 * declaration, so that each step stands after its inputs.
 */
import type { CustomStreamGrouping, Fields } from '../../index.ts'
import type { Asks } from '../builtin/queries.ts'
import type { DeclaredAt } from '../operation/named-operation.ts'
import type { ProcessorFactory } from '../operation/processor.ts'
import type { DrpcSource, Hints, SpoutSource } from '../program/program.ts'
import type { StateNode } from '../program/state-node.ts'

/** How rows are shared out among the partitions of what comes next. */
export type Repartition =
  | { readonly type: 'shuffle' | 'local-or-shuffle' | 'broadcast' | 'global' | 'batch-global' | 'identity' }
  | { readonly type: 'partition-by'; readonly fields: readonly string[] }
  | { readonly type: 'custom'; readonly grouping: () => CustomStreamGrouping }

interface NodeBase extends Hints {
  readonly id: number
  readonly outputs: Fields
  readonly declaredAt: DeclaredAt
  /** The name given with `name`. */
  readonly name?: string
}

/** Where batches come from. */
export type SpoutNode = NodeBase & SpoutSource

/** Where DRPC requests come from. */
export type DrpcNode = NodeBase & DrpcSource

/** See `OperationNode`. */
export type Steadiness = 'always' | 'by partition' | 'never'

/** A step that is done partition by partition. */
export interface OperationNode extends NodeBase {
  readonly type: 'operation'
  /** The label in a plan: `each split`, `count by word`. */
  readonly label: string
  readonly inputs: readonly GraphNode[]
  readonly create: ProcessorFactory
  /**
   * The output fields whose values it makes itself, which stand at the end of its rows; what is before them it passes
   * on.
   */
  readonly made: readonly Fields[]
  /** The state that it reads or writes, in whose tasks it must run. */
  readonly state?: StateNode
  /** It writes: its `finish`, and what comes after it, waits for the commit. */
  readonly commits: boolean
  /**
   * Whether a batch that is replayed as it was comes out as it did. `always`: what is emitted follows from the rows of
   * the batch alone, not from their order, nor from which partition they are in. `by partition`: the same, as long as
   * rows come to the same partitions. `never`: from anything.
   */
  readonly steady: Steadiness
  /** What a query asks its partition of the state for, and by which fields. */
  readonly query?: Query
}

/** What a query asks for, and by which fields. */
export interface Query {
  readonly asks: Asks
  readonly input: readonly string[]
}

/** A change of partitions. */
export interface RepartitionNode extends NodeBase {
  readonly type: 'repartition'
  readonly input: GraphNode
  readonly how: Repartition
}

/** Any of them. */
export type GraphNode = SpoutNode | DrpcNode | OperationNode | RepartitionNode

/** The steps, and the states that they read and write. */
export class Graph {
  readonly nodes: GraphNode[] = []
  readonly states: readonly StateNode[]

  constructor(states: readonly StateNode[]) {
    this.states = states
  }

  add<N extends GraphNode>(node: Omit<N, 'id'>): N {
    const added = { ...node, id: this.nodes.length } as unknown as N
    this.nodes.push(added)
    return added
  }
}

/** The nodes that a node gets its rows from. */
export function inputsOf(node: GraphNode): readonly GraphNode[] {
  if (node.type === 'operation') return node.inputs
  return node.type === 'repartition' ? [node.input] : []
}

/** All nodes that a node's rows have come through, itself included, in the order of their declaration. */
export function ancestryOf(node: GraphNode): GraphNode[] {
  const found = new Set<GraphNode>()
  const visit = (one: GraphNode): void => {
    if (found.has(one)) return
    found.add(one)
    inputsOf(one).forEach(visit)
  }
  visit(node)
  return [...found].sort((a, b) => a.id - b.id)
}
