/** What an embedded state does when it is larger than memory; what it promises stands in the contract of all states. */
import test from 'ava'
import { EmbeddedState } from '../../lib/state/embedded-state.ts'
import type { Change } from '../../lib/state/memory-state.ts'
import { MemoryBases } from '../../lib/testing/simulated/memory-bases.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e']

/** One of which nothing has to be in memory, with the value 1 for each key in its base. */
function large(): EmbeddedState<string, number> {
  const state = new EmbeddedState<string, number>('counts', new MemoryBases().of(), undefined, undefined, 0)
  for (const key of KEYS) state.put(key, 1)
  state.keep()
  for (let n = 0; n < 3; n++) read(state)
  return state
}

function read(state: EmbeddedState, whole = false): Change[] {
  return [...state.capture(whole)]
}

/** What was not asked for since the last time leaves memory. */
function lookForOthers(state: EmbeddedState): void {
  for (let n = 0; n < 2 * KEYS.length; n++) state.get(`other ${n}`)
}

test('a cell finds its key again that has left memory, and what it writes is written', (t) => {
  const state = large()
  const cell = state.cell('a')
  t.is(cell.get(), 1)
  lookForOthers(state)
  lookForOthers(state)
  t.is(state.get('a'), 1)
  lookForOthers(state)
  lookForOthers(state)
  cell.put(2)
  t.is(state.get('a'), 2)
  state.keep()
  t.deepEqual(read(state), [[-1, 'a', 2]])
})

test('a capture of everything holds what a key had that comes into memory, and changes, while it is read', (t) => {
  const state = large()
  lookForOthers(state)
  lookForOthers(state)
  const capture = state.capture(true)[Symbol.iterator]()
  const first = capture.next()
  for (const key of KEYS) state.put(key, 2)
  state.delete('e')
  state.keep()
  const changes = [first.value, ...{ [Symbol.iterator]: () => capture }] as Change[]
  t.deepEqual(changes.toSorted(), KEYS.map((key) => [-1, key, 1]) as never)
  t.is(read(state).length, KEYS.length)
})

test('what changed before a capture that is abandoned stays in memory until it was read', (t) => {
  const state = large()
  for (const key of KEYS) state.put(key, 2)
  state.keep()
  state.capture(true)
  state.abandon()
  state.capture()
  lookForOthers(state)
  lookForOthers(state)
  t.deepEqual([...state.entries()].toSorted(), KEYS.map((key) => [key, 2]) as never)
  for (const key of KEYS) t.is(state.get(key), 2)
})

test('it goes on from a snapshot that is larger than memory', (t) => {
  const state = new EmbeddedState<string, number>('counts', new MemoryBases().of(), undefined, undefined, 0)
  const changes = KEYS.map((key): Change => [3, key, 1])
  state.restore([...changes, [3, 'a', 2], [3, 'b']])
  t.is(state.size, 4)
  t.is(state.get('a'), 2)
  t.is(state.get('b'), undefined)
  t.is(state.groupOf('c'), 3)
  t.deepEqual(read(state), [])
})
