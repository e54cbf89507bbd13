import test from 'ava'
import fc from 'fast-check'
import { KeyMap } from '../../lib/state/key-map.ts'

const key = fc.oneof(fc.integer({ min: -3, max: 300 }), fc.double({ noNaN: true }), fc.string({ maxLength: 3 }))
const step = fc.record({ does: fc.constantFrom('set', 'delete'), key, value: fc.nat() })

test('it holds what a map would hold that was given the same', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.array(key), (steps, others) => {
      const map = new KeyMap<number>()
      const model = new Map<string | number, number>()
      for (const { does, key, value } of steps) {
        if (does === 'set') {
          map.set(key, value)
          model.set(key, value)
        } else {
          map.delete(key)
          model.delete(key)
        }
      }
      t.is(map.size, model.size)
      t.deepEqual([...map.values()].sort(), [...model.values()].sort())
      for (const one of [...others, ...model.keys(), -0, 0]) {
        t.is(map.get(one), model.get(one))
        t.is(map.has(one), model.has(one))
      }
    }),
  )
})
