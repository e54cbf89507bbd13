/** A state of a Trident topology, as what it emits can be gone on with and as what others ask. */
import { TyphoonError } from '../../index.ts'
import type { State } from '../model/state.ts'
import type { Graph, OperationNode, StateNode } from '../plan/graph.ts'
import { Stream } from './stream.ts'
import { checkParallelism } from './wiring.ts'

declare const stateMark: unique symbol

/** What `stateQuery` asks. */
export interface StateOf<S extends State> {
  readonly [stateMark]?: S
  /** @internal */ readonly state: StateNode
}

/** A state, to be asked with `stateQuery`. */
export class TridentState<Row = any, S extends State = State> implements StateOf<S> {
  declare readonly [stateMark]?: S
  /** @internal */ readonly state: StateNode
  /** @internal */ readonly graph: Graph
  readonly #update: OperationNode | undefined

  /** @internal */
  constructor(graph: Graph, state: StateNode, update?: OperationNode) {
    this.state = state
    this.graph = graph
    this.#update = update
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
    if (this.#update === undefined) throw badStatic(this.state.name)
    return new Stream({ graph: this.graph, node: this.#update, label: undefined })
  }
}

function badStatic(name: string): Error {
  return new TyphoonError('UNFIT_STATE', `nothing writes the state "${name}", so it has no new values`, {
    where: { state: name },
  })
}
