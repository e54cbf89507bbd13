/**
 * When a bolt whose tuples are atomic may write into its states: while an execution is open. What a timer or a promise
 * of an execution that is over writes would belong to none, or be undone with another one; where another one is open
 * that is noticed by its scope, and said, but not refused: a connection that executions share may call back in the
 * scope of the one that has opened it.
 *
 * A bolt that acks by itself, and is not atomic, may write at any time.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { WriteGate } from '../../state/write-gate.ts'
import type { Tuple } from '../../tuple/tuple.ts'

/** An execution of a tuple, as what belongs to it knows it. */
interface Execution {
  readonly tuple: Tuple
  readonly scope: WriteScope
}

/** One for all tasks of a thread: as soon as one is used, each promise of the thread costs a step for each that is. */
const executions = new AsyncLocalStorage<Execution>()

/** What becomes of what is written at the wrong time. */
export interface WrongWrites {
  /** What to throw at what is written while nothing is open. @param owner whose execution has begun it, where known */
  late(owner: Tuple | undefined): Error
  /** Told of the first write that was begun by an execution that is over, while another one is open. */
  stray(): void
}

export class WriteScope {
  readonly #gate: WriteGate
  readonly #isAtomic: boolean
  /** Whether an execution has returned a promise; the first one that does has no scope itself. */
  #isOn = false

  constructor(gate: WriteGate, isAtomic: boolean, { late, stray }: WrongWrites) {
    this.#gate = gate
    this.#isAtomic = isAtomic
    gate.late = () => late(this.#owner()?.tuple)
    gate.stray = () => {
      gate.stray = () => {}
      stray()
    }
  }

  /** Hot. Something may write, until it is shut. */
  open(): void {
    this.#gate.isShut = false
  }

  /** Hot. */
  shut(): void {
    this.#gate.isStray = undefined
    this.#gate.isShut = this.#isAtomic
  }

  /** Executions of the bolt wait for promises: from now on each has a scope of its own. */
  waits(): void {
    this.#isOn ||= this.#isAtomic
  }

  /** Hot. Whether executions have scopes. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** Calls an execution in a scope of its own. */
  run<T>(tuple: Tuple, call: () => T): T {
    const execution = { tuple, scope: this }
    this.#gate.isStray = () => {
      // A connection that several executions share may call back without a scope.
      const owner = this.#owner()
      return owner !== undefined && owner !== execution
    }
    return executions.run(execution, call)
  }

  /** The execution of this bolt that has begun what runs now. */
  #owner(): Execution | undefined {
    const owner = executions.getStore()
    return owner?.scope === this ? owner : undefined
  }

  /** Calls what is of no execution, whatever is open. */
  aside<T>(call: () => T): T {
    const { isShut, isStray } = this.#gate
    this.#gate.isShut = false
    this.#gate.isStray = undefined
    try {
      return call()
    } finally {
      this.#gate.isShut = isShut
      this.#gate.isStray = isStray
    }
  }
}
