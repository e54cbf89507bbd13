/**
 * What a bolt keeps by key, in a way that holds in a worker and in a child process, which asks its parent for it:
 *
 *     const counts = stateOf(context, 'counts')
 *     counts.put(word, ((await counts.get(word)) ?? 0) + 1)
 *
 * In a child the option `states` of its ShellBolt names the state; it needs a parent that is Typhoon.
 */
import type { KeyValueState, TaskContext } from '../../index.ts'
import type { StateValues } from '../wire/messages.ts'
import type { Output } from './output.ts'

/** A state whose values have to be waited for. */
export interface AskedState<K = any, V = any> {
  /** The value of a key; undefined where it has none. */
  get(key: K): Promise<V | undefined>
  /** The values of several keys, in one question. */
  getAll(keys: readonly K[]): Promise<(V | undefined)[]>
  put(key: K, value: V): void
  /** In one message. */
  putAll(pairs: Iterable<readonly [K, V]>): void
  delete(...keys: readonly K[]): void
}

/** What the context of a child can beside that of a worker. */
export interface AsksForState {
  askedState(name: string): AskedState
}

/** The state of that name of the bolt that has this context. */
export function stateOf<K = any, V = any>(context: TaskContext, name: string): AskedState<K, V> {
  const child = context as Partial<AsksForState>
  return child.askedState?.(name) ?? askedOf(context.state<K, V>(name))
}

/** A state that is at hand, as one that is asked for. */
export function askedOf<K, V>(state: KeyValueState<K, V>): AskedState<K, V> {
  return {
    get: async (key) => state.get(key),
    getAll: async (keys) => keys.map((key) => state.get(key)),
    put: (key, value) => state.put(key, value),
    putAll(pairs) {
      for (const [key, value] of pairs) state.put(key, value)
    },
    delete(...keys) {
      for (const key of keys) state.delete(key)
    },
  }
}

/** The questions of a child for values of its states: the parent answers in their order. */
export class StateRequests {
  readonly #onAsked: () => void
  readonly #waiting: ((values: StateValues['values']) => void)[] = []

  constructor(onAsked: () => void) {
    this.#onAsked = onAsked
  }

  /** How many answers are still to come. */
  get size(): number {
    return this.#waiting.length
  }

  /** @returns false if it was not asked for */
  answered({ values }: StateValues): boolean {
    const resolve = this.#waiting.shift()
    resolve?.(values)
    return resolve !== undefined
  }

  /** The state of that name, which the parent has. */
  state(name: string, output: Output): AskedState {
    const write = (what: object): void => output.send({ command: 'state_put', state: name, ...what })
    const getAll = async (keys: readonly unknown[]): Promise<unknown[]> => {
      output.send({ command: 'state_get', state: name, keys })
      const answer = new Promise<StateValues['values']>((resolve) => this.#waiting.push(resolve))
      this.#onAsked()
      return (await answer).map(([value]) => value)
    }
    return {
      get: async (key) => (await getAll([key]))[0],
      getAll,
      put: (key, value) => write({ put: [[key, value]] }),
      putAll: (pairs) => write({ put: [...pairs] }),
      delete: (...keys) => write({ delete: keys }),
    }
  }
}
