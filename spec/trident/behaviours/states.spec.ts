/**
 * What Storm's own tests state of opaque states, by their numbers in our list of them; the name of Storm's test stands
 * behind. The map stands on a store with nothing but the two functions that a user's own needs. `spec/contract` holds
 * every store to the same, and more.
 */
import test from 'ava'
import { type BackingMap, type MapState, OpaqueMap } from '../../../lib/trident/index.ts'
import { OpaqueValue } from '../../../lib/trident/state/map/values.ts'

/** A store of a user's own. */
function plainStore(): BackingMap {
  const values = new Map<string, unknown>()
  return {
    multiGet: async (keys) => keys.map((key) => values.get(key)),
    async multiPut(keys, given) {
      for (const [index, key] of keys.entries()) values.set(key, given[index])
    },
  }
}

async function inTransaction(map: MapState, txid: number, work: () => Promise<void>): Promise<void> {
  await map.beginCommit(txid)
  await work()
  await map.commit(txid)
}

test('84: an opaque value keeps what was before its last transaction (testOpaqueValue)', (t) => {
  const value = new OpaqueValue(8, 'v1', 'v0')
  const same = value.update(8, 'v2')
  t.deepEqual([same.prev, same.curr], ['v0', 'v2'])
  const next = value.update(9, 'v2')
  t.deepEqual([next.prev, next.curr], ['v1', 'v2'])
  t.deepEqual([value.get(null), value.get(100), value.get(9), value.get(8)], ['v1', 'v1', 'v1', 'v0'])
  t.throws(() => value.get(7), { code: 'TXID_BEHIND' })
})

test('85: a transaction that comes again sees and updates what was before it (testOpaqueMap)', async (t) => {
  const map = OpaqueMap.build<number>(plainStore())
  const get = async () => (await map.multiGet(['a']))[0]
  const add = async (more: number) => (await map.multiUpdate(['a'], (count = 0) => count + more))[0]
  await inTransaction(map, 1, async () => {
    t.is(await get(), undefined)
    t.is(await add(1), 1)
    t.is(await get(), 1)
    t.is(await add(2), 3)
    t.is(await get(), 3)
  })
  await inTransaction(map, 1, async () => {
    t.is(await get(), undefined)
    t.is(await add(2), 2)
  })
  await inTransaction(map, 2, async () => {
    t.is(await get(), 2)
    t.is(await add(3), 5)
    t.is(await add(1), 6)
  })
})

test('87: a key that was removed is there again when its transaction comes again (testMemoryMapStateRemove)', async (t) => {
  const map = OpaqueMap.build<number>(plainStore())
  const values = () => map.multiGet(['a', 'b'])
  const removeA = async () => {
    await map.multiPut(['a'], [undefined])
    t.deepEqual(await values(), [undefined, 2])
  }
  await inTransaction(map, 1, async () => map.multiPut(['a', 'b'], [1, 2]))
  await inTransaction(map, 2, removeA)
  await inTransaction(map, 2, async () => {
    t.deepEqual(await values(), [1, 2])
    await removeA()
  })
  await inTransaction(map, 3, async () => void t.deepEqual(await values(), [undefined, 2]))
})
