import test from 'ava'
import fc from 'fast-check'
import { BatchSize } from '../../lib/executor/batch-size.ts'

for (const max of [4, 8]) {
  test(`a batch size starts at 1 and grows by 1 with each full batch, up to its maximum of ${max}`, (t) => {
    const batch = new BatchSize(max)
    const seen = [batch.current]
    for (let i = 0; i < 10; i++) {
      batch.onFull()
      seen.push(batch.current)
    }
    t.deepEqual(
      seen,
      Array.from({ length: 11 }, (_, i) => Math.min(i + 1, max)),
    )
  })
}

test('a partial batch halves it: 4, 2, 1, and never below', (t) => {
  const batch = new BatchSize(8)
  for (let i = 0; i < 3; i++) batch.onFull()
  const seen = [batch.current]
  for (let i = 0; i < 3; i++) {
    batch.onPartial(1)
    seen.push(batch.current)
  }
  t.deepEqual(seen, [4, 2, 1, 1])
})

test('an empty batch changes nothing', (t) => {
  const batch = new BatchSize(8)
  for (let i = 0; i < 4; i++) batch.onFull()
  batch.onPartial(0)
  t.is(batch.current, 5)
})

test('a maximum of 1 stays at 1', (t) => {
  const batch = new BatchSize(1)
  batch.onFull()
  t.is(batch.current, 1)
  batch.onPartial(1)
  t.is(batch.current, 1)
})

test('it is a whole number from 1 to the maximum, whatever happens', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: -1, max: 3 })), (max, events) => {
      const batch = new BatchSize(max)
      for (const event of events) {
        if (event === -1) batch.onFull()
        else batch.onPartial(event)
        if (!Number.isInteger(batch.current) || batch.current < 1 || batch.current > max) return false
      }
      return true
    }),
  )
  t.pass()
})
