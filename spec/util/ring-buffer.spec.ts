import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import fc from 'fast-check'
import { BatchSize } from '../../lib/executor/batch-size.ts'
import { RingBuffer } from '../../lib/util/collections/ring-buffer.ts'

test('items come out in the order in which they went in, over many turns of the array', (t) => {
  const ring = new RingBuffer<number>()
  let next = 0
  let expected = 0
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < round % 37; i++) ring.push(next++)
    for (let i = 0; i < round % 23 && ring.size > 0; i++) t.is(ring.shift(), expected++)
    t.is(ring.size, next - expected)
  }
  while (ring.size > 0) t.is(ring.shift(), expected++)
  t.is(expected, next)
})

test('an empty buffer gives undefined, again and again', (t) => {
  const ring = new RingBuffer<string>()
  t.is(ring.shift(), undefined)
  t.is(ring.peek(), undefined)
  ring.push('a')
  t.is(ring.peek(), 'a')
  t.is(ring.shift(), 'a')
  t.is(ring.shift(), undefined)
  t.is(ring.size, 0)
})

test('clear empties the buffer, which can be used again', (t) => {
  const ring = new RingBuffer<number>()
  for (let i = 0; i < 100; i++) ring.push(i)
  ring.clear()
  t.is(ring.size, 0)
  t.deepEqual([...ring], [])
  ring.push(7)
  t.deepEqual([...ring], [7])
  t.is(ring.shift(), 7)
})

test('it does as a plain array does, whatever is done to it', (t) => {
  const operation = fc.oneof(
    { weight: 5, arbitrary: fc.integer().map((value) => ({ type: 'push' as const, value })) },
    { weight: 5, arbitrary: fc.constant({ type: 'shift' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'clear' as const }) },
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
      const ring = new RingBuffer<number>()
      const model: number[] = []
      for (const step of operations) {
        if (step.type === 'push') {
          ring.push(step.value)
          model.push(step.value)
        } else if (step.type === 'shift') {
          if (ring.shift() !== model.shift()) return false
        } else {
          ring.clear()
          model.length = 0
        }
        if (ring.size !== model.length || ring.peek() !== model[0]) return false
      }
      t.deepEqual([...ring], model)
      return true
    }),
  )
})

test('what was shifted or cleared is not kept alive', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const ring = new RingBuffer<object>()
  const given = fillAndShift(ring)
  const kept = new WeakRef(ring.peek() as object)
  // What a WeakRef has seen is held until the end of the turn.
  await new Promise(setImmediate)
  collect()
  t.deepEqual(
    given.map((ref) => ref.deref()),
    [undefined, undefined, undefined],
  )
  t.not(kept.deref(), undefined)
  ring.clear()
  await new Promise(setImmediate)
  collect()
  t.is(kept.deref(), undefined)
})

/** Puts four objects in and takes three out again; in a function of its own, so that no local holds them. */
function fillAndShift(ring: RingBuffer<object>): WeakRef<object>[] {
  for (let i = 0; i < 4; i++) ring.push({ i })
  return [1, 2, 3].map(() => new WeakRef(ring.shift() as object))
}

for (const batch of [1, 10, 'dynamic'] as const) {
  test(`2^20 messages of one producer arrive in strictly increasing order, in batches: ${batch}`, (t) => {
    const messages = 2 ** 20
    const ring = new RingBuffer<number>()
    const size = new BatchSize(batch === 'dynamic' ? 8 : batch)
    let sent = 0
    let last = -1
    while (last < messages - 1) {
      for (; sent < messages && ring.size < 64; sent++) ring.push(sent)
      const wanted = batch === 'dynamic' ? size.current : batch
      let taken = 0
      for (; taken < wanted && ring.size > 0; taken++) {
        const message = ring.shift() as number
        if (message !== last + 1) return t.fail(`${message} came after ${last}`)
        last = message
      }
      if (taken === wanted) size.onFull()
      else size.onPartial(taken)
    }
    t.is(sent, messages)
    t.is(ring.size, 0)
  })
}

test('of four producers that take turns, the message that was pushed first comes out first', (t) => {
  const ring = new RingBuffer<string>()
  for (let i = 0; i < 100; i++) for (const producer of ['a', 'b', 'c', 'd']) ring.push(`${producer}${i}`)
  t.is(ring.shift(), 'a0')
  const rest = [...ring]
  for (const producer of ['b', 'c', 'd']) {
    t.deepEqual(
      rest.filter((message) => message.startsWith(producer)),
      Array.from({ length: 100 }, (_, i) => `${producer}${i}`),
    )
  }
})
