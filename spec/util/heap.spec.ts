import test from 'ava'
import fc from 'fast-check'
import { Heap } from '../../lib/util/collections/heap.ts'

test('what is first comes first, whatever comes and leaves in between', (t) => {
  const step = fc.oneof(
    fc.record({ op: fc.constant('push' as const), item: fc.nat(20) }),
    fc.record({ op: fc.constant('shift' as const) }),
    fc.record({ op: fc.constant('keep' as const), most: fc.nat(20) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const heap = new Heap<number>((a, b) => a < b)
      let model: number[] = []
      for (const next of steps) {
        if (next.op === 'push') {
          heap.push(next.item)
          model = [...model, next.item].sort((a, b) => a - b)
        } else if (next.op === 'keep') {
          heap.keep((item) => item <= next.most)
          model = model.filter((item) => item <= next.most)
        } else t.is(heap.shift(), model.shift())
        t.deepEqual([heap.size, heap.first], [model.length, model[0]])
      }
    }),
  )
})
