/**
 * A Trident topology as it was written: sources and operators, in the order of their declaration, so that each stands
 * after its inputs. It knows nothing of how it is run; a planner lowers it, and leaves it as it is.
 */
import type { Invocations } from '../../drpc/protocol/invocations.ts'
import type { UserPlace } from '../../errors/user-places.ts'
import type { Fields } from '../../index.ts'
import type { AnyTridentSpout } from '../model/spout.ts'
import type { SpoutKind } from '../model/state.ts'
import { type DeclaredAt, declaredHere } from '../operation/named-operation.ts'
import type { Operator } from './operator.ts'
import type { StateNode } from './state-node.ts'

/** What the user has said of the tasks that something runs in. */
export interface Hints {
  /** The number given with `parallelismHint`. */
  parallelism?: number
  /** The loads given with `setCPULoad` and `setMemoryLoad`: percent of a core, MB. */
  cpu?: number
  memory?: number
}

interface Written extends Hints {
  readonly outputs: Fields
  readonly declaredAt: DeclaredAt
}

/** Where batches come from. */
export interface SpoutSource extends Written {
  readonly type: 'spout'
  /** Name of the stream: under it is kept how far the spout has got. */
  readonly txId: string
  readonly kind: SpoutKind
  readonly create: () => AnyTridentSpout
  /** One that was made to read what it declares. */
  readonly sample: AnyTridentSpout
}

/** Where DRPC requests come from: one batch each. */
export interface DrpcSource extends Written {
  readonly type: 'drpc'
  readonly function: string
  /** The server of a test; undefined: the server of the run. */
  readonly local: Invocations | undefined
}

/** An operator at its place. */
export interface OperatorNode extends Written {
  readonly type: 'operator'
  readonly operator: Operator
  readonly inputs: readonly ProgramNode[]
  /** The state that it writes or asks. */
  readonly state?: StateNode | undefined
  /** The name given with `name`. */
  readonly name?: string | undefined
}

/** Any of them. */
export type ProgramNode = SpoutSource | DrpcSource | OperatorNode

/** What was declared until now. */
export class Program {
  readonly nodes: ProgramNode[] = []
  readonly states: StateNode[] = []
  /** Where the operators added now are declared, unless by the user's own calls. */
  #place: UserPlace | undefined

  /** Whatever is added by the call was declared at this place. */
  declaring<T>(place: UserPlace, call: () => T): T {
    this.#place = place
    try {
      return call()
    } finally {
      this.#place = undefined
    }
  }

  add<N extends ProgramNode>(node: Omit<N, 'declaredAt'>): N {
    const declaredAt: DeclaredAt = this.#place === undefined ? declaredHere() : { place: this.#place }
    const added = { ...node, declaredAt } as unknown as N
    this.nodes.push(added)
    return added
  }
}
