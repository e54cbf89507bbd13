/**
 * A Trident topology as steps: what the operators that were written come to (`lowering`), in the order of their
 * declaration, so that each step stands after its inputs.
 */
import type { Invocations } from '../../drpc/protocol/invocations.ts'
import type { CustomStreamGrouping, Fields } from '../../index.ts'
import type { Asks } from '../builtin/queries.ts'
import type { AnyTridentSpout } from '../model/spout.ts'
import type { SpoutKind, StateFactory } from '../model/state.ts'
import type { DeclaredAt } from '../operation/named-operation.ts'
import type { ProcessorFactory } from '../operation/processor.ts'

/** How rows are shared out among the partitions of what comes next. */
export type Repartition =
  | { readonly type: 'shuffle' | 'local-or-shuffle' | 'broadcast' | 'global' | 'batch-global' | 'identity' }
  | { readonly type: 'partition-by'; readonly fields: readonly string[] }
  | { readonly type: 'custom'; readonly grouping: () => CustomStreamGrouping }

/** What the user has said of the tasks that something runs in. */
export interface Hints {
  /** As `parallelismHint` said it. */
  parallelism?: number
  /** As `setCPULoad` and `setMemoryLoad` said it: percent of a core, MB. */
  cpu?: number
  memory?: number
}

interface NodeBase extends Hints {
  readonly id: number
  readonly outputs: Fields
  readonly declaredAt: DeclaredAt
  /** As `name` said it. */
  readonly name?: string
}

/** Where batches come from. */
export interface SpoutNode extends NodeBase {
  readonly type: 'spout'
  /** Name of the stream: under it is kept how far the spout has got. */
  readonly txId: string
  readonly kind: SpoutKind
  readonly create: () => AnyTridentSpout
  /** One that was made to read what it declares. */
  readonly sample: AnyTridentSpout
}

/** Where DRPC requests come from: one batch each. */
export interface DrpcNode extends NodeBase {
  readonly type: 'drpc'
  readonly function: string
  /** Of a test; else the server of the run. */
  readonly local: Invocations | undefined
}

/** See `OperationNode`. */
export type Steadiness = 'always' | 'by partition' | 'never'

/** A step that is done partition by partition. */
export interface OperationNode extends NodeBase {
  readonly type: 'operation'
  /** For the plan: `each split`, `count by word`. */
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
  /** Of a query: what it asks its partition of the state for, and by which fields. */
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

/** A state, in partitions: one for each task of the component that it lives in. */
export interface StateNode {
  /** Unique in the topology; the same in every run. */
  readonly name: string
  readonly factory: StateFactory
  /**
   * The fields whose values make its keys, of a state that an aggregation writes: none, where it is one value.
   * Undefined of others: what they hold nobody knows but their updater, or their factory.
   */
  readonly keyFields?: readonly string[]
  /** As `parallelismHint` said it. */
  parallelism?: number
}

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
