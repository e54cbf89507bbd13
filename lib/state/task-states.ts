/**
 * The states of one task, by name. Where snapshots are taken, what they take part in they take part in together: an
 * execution that is kept or undone, and a capture.
 */
import type { KeyValueState } from '../topology/component/state.ts'
import { type Capture, type Change, MemoryState } from './memory-state.ts'
import { VolatileState } from './volatile-state.ts'

export class TaskStates {
  readonly #lasting = new Map<string, MemoryState>()
  readonly #volatile = new Map<string, VolatileState>()
  readonly #last: boolean
  /** What a snapshot holds, until the component asks for the state. */
  readonly #restored: ReadonlyMap<string, Iterable<Change>>

  /**
   * @param last whether snapshots are taken of them
   * @param restored by name: what the snapshot holds that the task begins with
   */
  constructor(last: boolean, restored: ReadonlyMap<string, Iterable<Change>> = new Map()) {
    this.#last = last
    this.#restored = restored
  }

  /** No state that lasts has been asked for. */
  get isEmpty(): boolean {
    return this.#lasting.size === 0
  }

  /** The state of this name: made when it is asked for first. */
  state<K, V>(name: string): KeyValueState<K, V> {
    const known = this.#lasting.get(name) ?? this.#volatile.get(name)
    if (known !== undefined) return known
    if (this.#last) return this.#makeLasting(name)
    const state = new VolatileState(name)
    this.#volatile.set(name, state)
    return state
  }

  /** Hot. */
  keep(): void {
    if (this.#lasting.size === 0) return
    for (const state of this.#lasting.values()) state.keep()
  }

  undo(): void {
    for (const state of this.#lasting.values()) state.undo()
  }

  /** @param wantsWhole whether everything is wanted that the state of this name holds */
  capture(wantsWhole: (name: string) => boolean): Map<string, Capture> {
    return new Map([...this.#lasting].map(([name, state]) => [name, state.capture(wantsWhole(name))]))
  }

  abandon(): void {
    for (const state of this.#lasting.values()) state.abandon()
  }

  #makeLasting(name: string): MemoryState {
    const state = new MemoryState(name)
    const restored = this.#restored.get(name)
    if (restored !== undefined) state.restore(restored)
    this.#lasting.set(name, state)
    return state
  }
}
