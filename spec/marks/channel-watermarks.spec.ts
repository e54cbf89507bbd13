import test from 'ava'
import fc from 'fast-check'
import { ChannelWatermarks } from '../../lib/marks/channel-watermarks.ts'

test('event time is that of the channel which is furthest behind, and of none that is idle', (t) => {
  const heard = fc.record({ sender: fc.nat(3), time: fc.integer({ min: -50, max: 50 }), isIdle: fc.boolean() })
  fc.assert(
    fc.property(fc.array(heard, { maxLength: 40 }), (all) => {
      const channels = new ChannelWatermarks([0, 1, 2, 3])
      const times = [0, 0, 0, 0].map(() => Number.NEGATIVE_INFINITY)
      const idle = [false, false, false, false]
      for (const { sender, time, isIdle } of all) {
        channels.heard(sender, { time, isIdle })
        times[sender] = Math.max(times[sender]!, time)
        idle[sender] = isIdle
        const active = times.filter((_, channel) => !idle[channel])
        const expected = active.length > 0 ? Math.min(...active) : Math.max(...times)
        t.deepEqual(channels.least, { time: expected, isIdle: active.length === 0 })
      }
    }),
  )
})

test('a task that nobody tells anything knows nothing of event time, and is not idle for that', (t) => {
  t.deepEqual(new ChannelWatermarks([]).least, { time: Number.NEGATIVE_INFINITY, isIdle: false })
})

test('who is none of the channels is not heard', (t) => {
  const channels = new ChannelWatermarks([1])
  channels.heard(2, { time: 100, isIdle: false })
  t.is(channels.least.time, Number.NEGATIVE_INFINITY)
})
