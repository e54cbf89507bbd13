/**
 * The states of a bolt whose child keeps something by key: the parent has them, and the child asks for values and
 * writes them. Typhoon's own addition to the protocol, two messages of the child and one answer:
 *
 *     {"command": "state_get", "state": "counts", "keys": ["a", "b"]}  →  {"state": "counts", "values": [[3], []]}
 *     {"command": "state_put", "state": "counts", "put": [["a", 4]], "delete": ["b"]}
 *
 * An answer has a list for each key: of its value, or of nothing. Such a bolt executes one tuple at a time, from the
 * moment it is sent to its ack, so that with `exactly-once` what it writes takes effect with what it emits.
 */
import type { KeyValueState, TaskContext } from '../../index.ts'
import type { FromChild, StateValues } from '../wire/messages.ts'
import { broken } from '../wire/read-emit.ts'
import { shown } from '../wire/shown.ts'

export class ChildStates {
  readonly #states: ReadonlyMap<string, KeyValueState>

  /** @param names of its states */
  constructor(names: readonly string[], context: TaskContext) {
    this.#states = new Map(names.map((name) => [name, context.state(name)]))
  }

  get isEmpty(): boolean {
    return this.#states.size === 0
  }

  /** @throws CHILD_PROTOCOL where it is not what it should be, or of a state that was not declared */
  get(message: FromChild): StateValues {
    const name = String(message['state'])
    const state = this.#stateOf(message)
    const values = listIn(message, 'keys').map((key) => {
      const value = state.get(key)
      return value === undefined ? [] : [value]
    })
    return { state: name, values }
  }

  /** @throws as `get`; CANNOT_ENCODE */
  put(message: FromChild): void {
    const state = this.#stateOf(message)
    for (const pair of listIn(message, 'put')) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw broken(`what it puts is ${shown(pair)} and no key with a value`)
      state.put(pair[0], pair[1])
    }
    for (const key of listIn(message, 'delete')) state.delete(key)
  }

  #stateOf(message: FromChild): KeyValueState {
    const state = this.#states.get(message['state'] as string)
    if (state !== undefined) return state
    const known = [...this.#states.keys()].join(', ') || 'none'
    throw broken(`it has no state ${shown(message['state'])}; the option states of its bolt names ${known}`)
  }
}

function listIn(message: FromChild, name: string): readonly unknown[] {
  const list = message[name] ?? []
  if (!Array.isArray(list)) throw broken(`${name} of a message about a state must be a list, not ${shown(list)}`)
  return list
}
