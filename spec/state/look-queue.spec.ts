import test from 'ava'
import fc from 'fast-check'
import { LookQueue } from '../../lib/state/timers/look-queue.ts'

interface Look {
  readonly time: number
  readonly order: number
}

const acts = fc.array(
  fc.oneof(
    fc.record({ is: fc.constant('push' as const), time: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ is: fc.constant('shift' as const) }),
    fc.record({ is: fc.constant('keep' as const), rest: fc.nat(2) }),
  ),
)

test('what is earlier comes first, and of what has one time that which came first', (t) =>
  fc.assert(
    fc.property(acts, (all) => {
      const queue = new LookQueue<Look>()
      let model: Look[] = []
      let order = 0
      for (const act of all) {
        if (act.is === 'push') {
          const look = { time: act.time, order: order++ }
          queue.push(look.time, look)
          model.push(look)
          model.sort((a, b) => a.time - b.time || a.order - b.order)
        } else if (act.is === 'shift') t.is(queue.shift(), model.shift())
        else {
          queue.keep((look) => look.order % 3 !== act.rest)
          model = model.filter((look) => look.order % 3 !== act.rest)
        }
        t.is(queue.firstTime, model[0]?.time)
      }
    }),
  ))
