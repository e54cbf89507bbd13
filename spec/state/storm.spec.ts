/** What Storm's own tests say of its states, on the states of this runtime: `InMemoryKeyValueStateTest`. */
import test from 'ava'
import { type Change, MemoryState } from '../../lib/state/memory-state.ts'

/** With the calls of Storm's: what is prepared is captured, and a roll-back begins anew with what is committed. */
class StormState {
  #state = new MemoryState<string, string>('state')
  #prepared: Change[] = []
  #committed: Change[] = []

  put(key: string, value: string): void {
    this.#state.put(key, value)
  }

  /** As Storm's, with the value. */
  delete(key: string): string | undefined {
    const value = this.#state.get(key)
    this.#state.delete(key)
    return value
  }

  prepareCommit(): void {
    this.#state.keep()
    this.#prepared = [...this.#state.capture(true)]
  }

  commit(): void {
    this.#committed = this.#prepared
  }

  rollback(): void {
    this.#state = new MemoryState('state')
    this.#state.restore(this.#committed)
  }

  get values(): (string | undefined)[] {
    return ['a', 'b', 'c'].map((key) => this.#state.get(key))
  }
}

test('prepare, commit and roll back as the states of Storm do', (t) => {
  const state = new StormState()
  state.put('a', '1')
  state.put('b', '2')
  state.prepareCommit()
  state.put('c', '3')
  t.deepEqual(state.values, ['1', '2', '3'])
  state.rollback()
  t.deepEqual(state.values, [undefined, undefined, undefined])
  state.put('a', '1')
  state.put('b', '2')
  state.prepareCommit()
  state.commit()
  state.put('c', '3')
  t.deepEqual(state.values, ['1', '2', '3'])
  state.rollback()
  t.deepEqual(state.values, ['1', '2', undefined])
  state.put('c', '3')
  t.is(state.delete('b'), '2')
  t.is(state.delete('c'), '3')
  t.deepEqual(state.values, ['1', undefined, undefined])
  state.prepareCommit()
  state.commit()
  t.deepEqual(state.values, ['1', undefined, undefined])
  state.put('b', '2')
  state.prepareCommit()
  state.put('c', '3')
  t.deepEqual(state.values, ['1', '2', '3'])
  state.rollback()
  t.deepEqual(state.values, ['1', undefined, undefined])
})
