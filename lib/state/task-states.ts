/**
 * The states of one task, by name. Where snapshots are taken, what they take part in they take part in together: an
 * execution that is kept or undone, and a capture.
 */
import type { KeyValueState } from '../topology/component/state.ts'
import type { Tuple } from '../tuple/tuple.ts'
import { type Group, OF_TASK } from './group.ts'
import { type Capture, type Change, MemoryState } from './memory-state.ts'
import { VolatileState } from './volatile-state.ts'

/** What a snapshot holds of a state. */
export interface RestoredState {
  readonly changes: Iterable<Change>
  /** Whether it is just what this task had written, and not what several tasks have left to it. */
  readonly isOwn: boolean
}

export class TaskStates {
  /** What is executed: a tuple; or something that goes with a group; undefined: nothing that is known. */
  inHand: Tuple | Group | undefined
  readonly #lasting = new Map<string, MemoryState>()
  readonly #volatile = new Map<string, VolatileState>()
  readonly #last: boolean
  /** What a snapshot holds, until the component asks for the state. */
  readonly #restored: Map<string, RestoredState>
  readonly #group: () => Group

  /**
   * @param last whether snapshots are taken of them
   * @param restored by name: what the snapshot holds that the task begins with
   * @param groupOf what is written for a tuple goes with; with its task unless given
   */
  constructor(
    last: boolean,
    restored: ReadonlyMap<string, RestoredState> = new Map(),
    groupOf: (tuple: Tuple) => Group = () => OF_TASK,
  ) {
    this.#last = last
    this.#group = () => {
      const { inHand = OF_TASK } = this
      return typeof inHand === 'number' ? inHand : groupOf(inHand)
    }
    this.#restored = new Map(restored)
  }

  /** How many keys there are of each state that a snapshot holds and nobody has asked for; to be called once. */
  *unclaimed(): Iterable<readonly [name: string, keys: number]> {
    for (const [name, { changes }] of this.#restored) {
      const keys = new Set<unknown>()
      for (const { 1: key, length } of changes) {
        if (length > 2) keys.add(key)
        else keys.delete(key)
      }
      if (keys.size > 0) yield [name, keys.size]
    }
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

  /** What is executed now has been asked for by an entry: what it writes goes with that. */
  executeFor(name: string, key: unknown): void {
    this.inHand = this.#lasting.get(name)?.groupOf(key)
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
    const state = new MemoryState(name, this.#group)
    const restored = this.#restored.get(name)
    if (restored !== undefined) state.restore(restored.changes, restored.isOwn)
    this.#restored.delete(name)
    this.#lasting.set(name, state)
    return state
  }
}
