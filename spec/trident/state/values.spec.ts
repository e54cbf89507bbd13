/** The rules of the records of map states. */
import test from 'ava'
import { OpaqueValue } from '../../../lib/trident/state/map/values.ts'

const stored = new OpaqueValue(8, 'v1', 'v0')

test('an opaque value that its own transaction updates again keeps what was before it', (t) => {
  t.deepEqual(stored.update(8, 'v2'), new OpaqueValue(8, 'v2', 'v0'))
})

test('an opaque value that a later transaction updates keeps what it was', (t) => {
  t.deepEqual(stored.update(9, 'v2'), new OpaqueValue(9, 'v2', 'v1'))
})

for (const [txid, expected] of [
  [null, 'v1'],
  [100, 'v1'],
  [9, 'v1'],
  [8, 'v0'],
] as const) {
  // biome-ignore format: reads as a table
  test(`an opaque value written by transaction 8 shows ${expected} to ${txid === null ? 'a query' : `transaction ${txid}`}`, (t) => {
    t.is(stored.get(txid), expected)
  })
}

test('an opaque value refuses a transaction behind its own', (t) => {
  t.throws(() => stored.get(7), { code: 'TXID_BEHIND' })
  t.throws(() => stored.update(7, 'v2'), { code: 'TXID_BEHIND' })
})

test('the example of the documentation: {value 4, prev 1, txid 2} and 2 more', (t) => {
  const value = new OpaqueValue(2, 4, 1)
  t.deepEqual(value.update(3, value.get(3)! + 2), new OpaqueValue(3, 6, 4))
  t.deepEqual(value.update(2, value.get(2)! + 2), new OpaqueValue(2, 3, 1))
})
