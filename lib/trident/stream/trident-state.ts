/** A state of a Trident topology, as its user has it in hand. Names are Storm's (`TridentState.java`). */
import { EXPORT_INSTEAD } from '../../annex/export-instead.ts'
import { TyphoonError } from '../../index.ts'
import type { State } from '../model/state.ts'
import type { StateNode } from '../program/state-node.ts'
import { checkParallelism } from './check-operation.ts'
import type { Stream } from './stream.ts'
import { exportTopologyOf } from './whole.ts'

declare const stateMark: unique symbol

/** What `stateQuery` asks. */
export interface StateOf<S extends State> {
  readonly [stateMark]?: S
  /** @internal */ readonly state: StateNode
}

/** A state, as what it emits can be gone on with and as what `stateQuery` asks. */
export class TridentState<Row = any, S extends State = State> implements StateOf<S> {
  /** @internal */
  readonly [EXPORT_INSTEAD] = exportTopologyOf('a state of Trident')
  declare readonly [stateMark]?: S
  /** @internal */ readonly state: StateNode
  readonly #newValues: (() => Stream<Row>) | undefined

  /** @internal @param newValues what is written to it, unless nothing writes it */
  constructor(state: StateNode, newValues?: () => Stream<Row>) {
    this.state = state
    this.#newValues = newValues
  }

  /**
   * In how many tasks the state lives, and so in how many partitions. A durable state keeps the number that it was
   * written with.
   */
  parallelismHint(hint: number): this {
    this.state.parallelism = checkParallelism(hint)
    return this
  }

  /** What each commit emits: the new values. @throws UNFIT_STATE of a static state */
  newValuesStream(): Stream<Row> {
    if (this.#newValues !== undefined) return this.#newValues()
    throw new TyphoonError('UNFIT_STATE', `nothing writes the state "${this.state.name}", so it has no new values`, {
      where: { state: this.state.name },
    })
  }
}

/** What was given in place of a state is refused where the operator is declared. */
export function nodeOf(state: StateOf<any> | undefined): StateNode {
  return state?.state as StateNode
}
