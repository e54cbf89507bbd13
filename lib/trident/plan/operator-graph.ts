/**
 * A Trident topology as it was written: operators, in the order of their declaration, so that each stands after its
 * inputs. The order gives the numbers, and the numbers give the names; building it twice gives the same.
 */
import type { UserPlace } from '../../errors/user-places.ts'
import type { Fields } from '../../index.ts'
import { type DeclaredAt, declaredHere } from '../operation/named-operation.ts'
import type { DrpcNode, Hints, SpoutNode, StateNode } from './graph.ts'
import type { Operator } from './operator.ts'

/** An operator at its place. */
export interface OperatorNode extends Hints {
  readonly type: 'operator'
  readonly operator: Operator
  readonly inputs: readonly WrittenNode[]
  readonly outputs: Fields
  readonly declaredAt: DeclaredAt
  /** The state that it writes or asks. */
  readonly state?: StateNode | undefined
  /** As `name` said it. */
  readonly name?: string | undefined
}

/** Where batches come from, or what is done with them. */
export type WrittenNode = Omit<SpoutNode, 'id'> | Omit<DrpcNode, 'id'> | OperatorNode

/** What was declared until now. */
export class OperatorGraph {
  readonly nodes: WrittenNode[] = []
  readonly states: StateNode[] = []
  /** Of what is added now, where something else than the user's own calls declares it. */
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

  add<N extends WrittenNode>(node: Omit<N, 'declaredAt'>): N {
    const declaredAt: DeclaredAt = this.#place === undefined ? declaredHere() : { place: this.#place }
    const added = { ...node, declaredAt } as unknown as N
    this.nodes.push(added)
    return added
  }
}
