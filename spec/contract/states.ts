/**
 * The contract of backing maps and of the map states over them, as cases that are played against each implementation. A
 * home is where the records of one partition lie: what is opened there after a close, or after the process was killed,
 * finds what was written.
 */

import { isDeepStrictEqual } from 'node:util'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { BackingMap, MapState, StateKind } from '../../lib/trident/model/state.ts'
import { mapOf } from '../../lib/trident/state/factories.ts'
import { TransactionalValue } from '../../lib/trident/state/map/values.ts'
import { values } from '../values/arbitrary.ts'

export interface Home {
  open(kind: StateKind): Promise<BackingMap>
}

export interface Case {
  readonly title: string
  /** Not for one that loses all when it is closed. */
  readonly reopens?: true
  play(t: ExecutionContext, home: Home): Promise<void>
}

const KEYS = [
  '',
  'the',
  'große Straße',
  '\u0000["a",1]',
  '\ud800',
  '\ufffd',
  '🌪',
  'x'.repeat(5000),
  `${'x'.repeat(5000)}y`,
]
const VALUES = [
  0,
  -1,
  127,
  128,
  2 ** 30,
  2 ** 53,
  -1.5,
  '',
  'a',
  '\ud800',
  'ü'.repeat(300),
  true,
  false,
  [1, [null]],
  { a: [{}] },
]

export const BACKING_CASES: readonly Case[] = [
  {
    title: 'gives what was put, in the order of the keys, and undefined where there is nothing',
    async play(t, home) {
      const map = await home.open('non-transactional')
      await map.multiPut(['a', 'b', 'c'], [1, 2, 3])
      t.deepEqual(plain(await map.multiGet(['c', 'none', 'a'])), [3, undefined, 1])
      t.deepEqual(plain(await map.multiGet([])), [])
      await map.multiPut([], [])
    },
  },
  {
    title: 'replaces a value, and removes a key whose value is undefined',
    async play(t, home) {
      const map = await home.open('non-transactional')
      await map.multiPut(['a', 'b'], [1, 2])
      await map.multiPut(['a', 'b', 'never'], [3, undefined, undefined])
      t.deepEqual(plain(await map.multiGet(['a', 'b', 'never'])), [3, undefined, undefined])
      t.deepEqual(await entriesOf(map), new Map([['a', 3]]))
    },
  },
  {
    title: 'takes any text as a key',
    async play(t, home) {
      const map = await home.open('non-transactional')
      await map.multiPut(
        KEYS,
        KEYS.map((_, index) => index),
      )
      t.deepEqual(plain(await map.multiGet(KEYS)), [...KEYS.keys()])
      t.deepEqual(await entriesOf(map), sorted(KEYS.map((key, index) => [key, index])))
    },
  },
  {
    title: 'keeps whatever JSON can hold',
    async play(t, home) {
      const map = await home.open('non-transactional')
      const keys = VALUES.map((_, index) => `${index}`)
      await map.multiPut(keys, VALUES)
      t.deepEqual(plain(await map.multiGet(keys)), VALUES)
    },
  },
  {
    title: 'takes 25,000 keys at once',
    async play(t, home) {
      const map = await home.open('transactional')
      const keys = Array.from({ length: 25_000 }, (_, index) => `key ${index}`)
      await map.multiPut(
        keys,
        keys.map((_, index) => new TransactionalValue(7, index)),
      )
      const values = await map.multiGet(keys)
      t.true(values.every((value, index) => value.txid === 7 && value.value === index))
      t.is((await entriesOf(map)).size, 25_000)
      await map.multiPut(
        keys,
        keys.map(() => undefined),
      )
      t.is((await entriesOf(map)).size, 0)
    },
  },
  {
    title: 'finds everything again when it was closed and opened',
    reopens: true,
    async play(t, home) {
      const first = await home.open('opaque')
      await first.multiPut(KEYS, KEYS)
      await first.close?.()
      const second = await home.open('opaque')
      t.deepEqual(plain(await second.multiGet(KEYS)), KEYS)
      t.is((await entriesOf(second)).size, KEYS.length)
    },
  },
  {
    title: 'gives values of every kind back as they were when it was closed and opened',
    reopens: true,
    async play(t, home) {
      // One that is null or undefined at the top says that there is nothing.
      const kept = fc.sample(values, { seed: 1, numRuns: 300 }).filter((value) => (value ?? undefined) !== undefined)
      const keys = kept.map((_, index) => `${index}`)
      const first = await home.open('opaque')
      await first.multiPut(keys, kept)
      await first.close?.()
      const second = await home.open('opaque')
      const found = await second.multiGet(keys)
      t.deepEqual(
        keys.filter((_, index) => !isDeepStrictEqual(found[index], kept[index])),
        [],
      )
    },
  },
]

/** Behaviours of the facts: 85 and 87, and the table of update rules. */
export const STATE_CASES: readonly (Case & { readonly kinds: readonly StateKind[] })[] = [
  {
    title: 'composes the updates of a key within a batch',
    kinds: ['non-transactional', 'transactional', 'opaque'],
    async play(t, home) {
      const state = await stateIn(home, this.kinds[0]!)
      await state.beginCommit(1)
      t.deepEqual(await state.multiGet(['a']), [undefined])
      t.deepEqual(await add(state, { a: 1 }), [1])
      t.deepEqual(await state.multiGet(['a']), [1])
      t.deepEqual(await add(state, { b: 5, a: 2 }), [5, 3])
      t.deepEqual(await state.multiGet(['a', 'b', 'c']), [3, 5, undefined])
      await state.commit(1)
      await state.beginCommit(2)
      t.deepEqual(await add(state, { a: 3 }), [6])
      t.deepEqual(await add(state, { a: 1 }), [7])
      await state.commit(2)
      t.deepEqual(await entriesOf(state), new Map([['a', 7], ['b', 5]])) // biome-ignore format: reads as a table
    },
  },
  {
    title: 'begins a replay from the values before it, and takes back the keys that it does not have',
    kinds: ['opaque'],
    async play(t, home) {
      const state = await stateIn(home, 'opaque')
      await transaction(state, 1, { a: 3, b: 1 })
      await state.beginCommit(1)
      t.deepEqual(await state.multiGet(['a']), [undefined])
      t.deepEqual(await add(state, { a: 2 }), [2])
      await state.commit(1)
      t.deepEqual(await entriesOf(state), new Map([['a', 2]]))
      await transaction(state, 2, { a: 3, b: 1 })
      t.deepEqual(await entriesOf(state), new Map([['a', 5], ['b', 1]])) // biome-ignore format: reads as a table
      await transaction(state, 2, {})
      t.deepEqual(await entriesOf(state), new Map([['a', 2]]))
      await transaction(state, 2, { b: 4 })
      t.deepEqual(await entriesOf(state), new Map([['a', 2], ['b', 4]])) // biome-ignore format: reads as a table
    },
  },
  {
    title: 'skips the updates of a replay that were made already',
    kinds: ['transactional'],
    async play(t, home) {
      const state = await stateIn(home, 'transactional')
      await transaction(state, 1, { a: 3 })
      await state.beginCommit(1)
      t.deepEqual(await add(state, { a: 3, b: 2 }), [3, 2])
      await state.commit(1)
      await transaction(state, 2, { a: 1 })
      t.deepEqual(await entriesOf(state), new Map([['a', 4], ['b', 2]])) // biome-ignore format: reads as a table
    },
  },
  {
    title: 'removes a key whose new value is undefined, and brings it back in a replay',
    kinds: ['opaque'],
    async play(t, home) {
      const state = await stateIn(home, 'opaque')
      await transaction(state, 1, { a: 1, b: 2 })
      const remove = async () => {
        await state.multiPut(['a'], [undefined])
        t.deepEqual(await state.multiGet(['a', 'b']), [undefined, 2])
        await state.commit(2)
      }
      await state.beginCommit(2)
      await remove()
      await state.beginCommit(2)
      t.deepEqual(await state.multiGet(['a', 'b']), [1, 2])
      await remove()
      await state.beginCommit(3)
      t.deepEqual(await state.multiGet(['a', 'b']), [undefined, 2])
      await add(state, { c: 1 })
      await state.commit(3)
      t.deepEqual(await entriesOf(state), new Map([['b', 2], ['c', 1]])) // biome-ignore format: reads as a table
    },
  },
  {
    title: 'refuses a transaction behind the last one',
    kinds: ['transactional', 'opaque'],
    async play(t, home) {
      const state = await stateIn(home, this.kinds[0]!)
      await transaction(state, 7, { a: 1 })
      await t.throwsAsync(async () => state.beginCommit(6), { code: 'TXID_BEHIND' })
      const again = await stateIn(home, this.kinds[0]!, state)
      await t.throwsAsync(async () => again.beginCommit(6), { code: 'TXID_BEHIND' })
    },
    reopens: true,
  },
  {
    title: 'may be read outside of a transaction, and not written',
    kinds: ['non-transactional', 'transactional', 'opaque'],
    async play(t, home) {
      const state = await stateIn(home, this.kinds[0]!)
      await transaction(state, 1, { a: 1 })
      t.deepEqual(await state.multiGet(['a']), [1])
      await state.beginCommit(null)
      t.deepEqual(await state.multiGet(['a']), [1])
      await t.throwsAsync(async () => add(state, { a: 1 }), { code: 'DRPC_WRITES' })
      await state.commit(null)
      await state.beginCommit(2)
      await add(state, { a: 5 })
      await state.beginCommit(null)
      t.deepEqual(await state.multiGet(['a']), [1], 'what was not committed is not seen')
    },
  },
  {
    title: 'goes on where it was when it was closed and opened',
    kinds: ['non-transactional', 'transactional', 'opaque'],
    reopens: true,
    async play(t, home) {
      const kind = this.kinds[0]!
      const first = await stateIn(home, kind)
      await transaction(first, 1, { a: 1, b: 1 })
      const second = await stateIn(home, kind, first)
      await transaction(second, 2, { a: 1 })
      const third = await stateIn(home, kind, second)
      t.deepEqual(await third.multiGet(['a', 'b']), [2, 1])
      if (kind === 'non-transactional') return
      await transaction(third, 2, { a: 1 })
      t.deepEqual(await entriesOf(third), new Map([['a', 2], ['b', 1]])) // biome-ignore format: reads as a table
      const fourth = await stateIn(home, kind, third)
      await transaction(fourth, 3, { b: 4 })
      t.deepEqual(await fourth.multiGet(['a', 'b']), [2, 5])
    },
  },
]

async function stateIn(home: Home, kind: StateKind, before?: MapState): Promise<MapState<number>> {
  await before?.close?.()
  return mapOf<number>(kind, await home.open(kind))
}

/** Adds to counts. */
export async function add(state: MapState<number>, counts: Readonly<Record<string, number>>) {
  const amounts = Object.values(counts)
  return state.multiUpdate(Object.keys(counts), (stored, index) => (stored ?? 0) + amounts[index]!)
}

/** One attempt of a transaction that adds to counts. */
export async function transaction(state: MapState<number>, txid: number, counts: Readonly<Record<string, number>>) {
  await state.beginCommit(txid)
  await add(state, counts)
  await state.commit(txid)
}

export async function entriesOf(map: Pick<BackingMap, 'entries'>): Promise<Map<string, any>> {
  const entries = new Map<string, any>()
  for await (const [key, value] of map.entries!()) {
    if (entries.has(key)) throw new Error(`${JSON.stringify(key)} comes twice`)
    entries.set(key, value)
  }
  return sorted([...entries])
}

function sorted(entries: [string, any][]): Map<string, any> {
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** JSON has no undefined; a store may say null. */
function plain(values: readonly unknown[]): unknown[] {
  return values.map((value) => value ?? undefined)
}
