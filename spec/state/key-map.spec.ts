import test from 'ava'
import fc from 'fast-check'
import { KeyMap, SEED } from '../../lib/state/key-map.ts'
import { hashValue } from '../../lib/values/hash.ts'

type Key = string | number

/** Keys of one table and of one slot, however large that is. */
const ALIKE: readonly Key[] = alike(60)

function alike(count: number): Key[] {
  const keys: Key[] = []
  for (let key = 0; keys.length < count; key++) if ((hashValue(key, SEED) & 0xfe0003ff) === 0) keys.push(key)
  return keys
}

interface Kept {
  readonly key: Key
  readonly value: number
}

const key: fc.Arbitrary<Key> = fc.oneof(
  fc.integer({ min: -3, max: 300 }),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 3 }),
)

function holdsWhatAMapHolds(keys: fc.Arbitrary<Key>): fc.IProperty<unknown> {
  const step = fc.record({ does: fc.constantFrom('add', 'add', 'delete'), key: keys, value: fc.nat() })
  return fc.property(fc.array(step, { maxLength: 400 }), fc.array(key), (steps, others) => {
    const map = new KeyMap<Kept>()
    const model = new Map<Key, Kept>()
    for (const { does, key: one, value } of steps) {
      if (does === 'delete' || model.has(one)) {
        map.delete(one)
        model.delete(one)
      } else {
        const entry = { key: one, value }
        map.add(entry)
        model.set(one, entry)
      }
    }
    const left = [...map.values()]
    const same = left.length === model.size && left.every((entry) => model.get(entry.key) === entry)
    const found = [...others, ...steps.map((step) => step.key), -0, 0].every((one) => map.get(one) === model.get(one))
    return map.size === model.size && same && found
  })
}

test('it holds what a map would hold that was given the same', (t) => {
  fc.assert(holdsWhatAMapHolds(key))
  t.pass()
})

test('it holds it whoever has chosen the keys', (t) => {
  fc.assert(holdsWhatAMapHolds(fc.constantFrom(...ALIKE)))
  t.pass()
})

test('what is there is visited once, while others come and go', (t) => {
  const map = new KeyMap<Kept>()
  for (let n = 0; n < 2000; n++) map.add({ key: n, value: n })
  const seen: Key[] = []
  let next = 2000
  for (const entry of map.values()) {
    if (entry.value < 1000) seen.push(entry.key)
    map.delete(1000 + (next % 1000))
    if (next < 10_000) map.add({ key: next, value: next++ })
  }
  t.deepEqual(
    seen.toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: 1000 }, (_, n) => n),
  )
})
