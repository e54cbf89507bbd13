/** The law of Space-Saving: a key with more than 1/64 of all is kept, and is counted at most by so much too high. */
import test from 'ava'
import fc from 'fast-check'
import { HotKeys } from '../../lib/stats/hot-keys.ts'

test('what is hot is found among many keys that are not', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 15_000 }), fc.integer({ min: 2, max: 9 }), (count, every) => {
      const keys = new HotKeys()
      let hot = 0
      for (let i = 0; i < count; i++) {
        if (i % every === 0) hot++
        keys.add(i % every === 0 ? 'hot' : `cold ${i}`)
      }
      const [[key, seen] = ['', 0]] = keys.seen.keys
      return key === 'hot' && seen >= hot && seen <= hot + count / 64
    }),
    { numRuns: 100 },
  )
  t.pass()
})

test('what was hot cools down, and the memory is bounded', (t) => {
  const keys = new HotKeys()
  for (let i = 0; i < 30_000; i++) keys.add('before')
  for (let i = 0; i < 60_000; i++) keys.add('now')
  const { keys: seen, total } = keys.seen
  t.is(seen[0]![0], 'now')
  t.true(seen[0]![1] / total > 0.9)
})
