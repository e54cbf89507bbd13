/** Values of Storm's own tests: apache/storm `WaterMarkEventGeneratorTest.java`. */
import test from 'ava'
import { NewestTimestamps } from '../../lib/marks/newest-timestamps.ts'

const NEVER = Number.NEGATIVE_INFINITY

test('a watermark is the newest timestamp less the lag, and an older one changes nothing', (t) => {
  const newest = new NewestTimestamps(5, null, ['s1'], 0)
  t.is(newest.watermark(0).time, NEVER)
  newest.observe('s1', 100)
  newest.observe('s1', 110)
  t.is(newest.watermark(0).time, 105)
  newest.observe('s1', 104)
  t.is(newest.watermark(0).time, 105)
})

test('of two streams the one counts that is behind, and nothing is known before both have been heard', (t) => {
  const newest = new NewestTimestamps(5, null, ['s1', 's2'], 0)
  newest.observe('s1', 100)
  newest.observe('s1', 110)
  t.is(newest.watermark(0).time, NEVER)
  newest.observe('s2', 95)
  newest.observe('s2', 98)
  t.is(newest.watermark(0).time, 93)
})

test('a partition is waited for from its first tuple on', (t) => {
  const newest = new NewestTimestamps(0, null, [], 0)
  t.deepEqual(newest.watermark(1000), { time: NEVER, isIdle: false })
  newest.observe(1, 50)
  t.is(newest.watermark(0).time, 50)
  newest.observe(2, 20)
  t.is(newest.watermark(0).time, 20)
  newest.observe(2, 70)
  newest.observe(1, 60)
  t.is(newest.watermark(0).time, 60)
})

test('a partition of which nothing comes for a while holds nothing back, until something comes', (t) => {
  const newest = new NewestTimestamps(0, 100, ['a', 'b'], 0)
  newest.observe('a', 50)
  newest.observe('b', 20)
  t.deepEqual(newest.watermark(10), { time: 20, isIdle: false })
  newest.observe('a', 60)
  t.deepEqual(newest.watermark(109), { time: 20, isIdle: false })
  newest.observe('a', 70)
  t.deepEqual(newest.watermark(110), { time: 70, isIdle: false })
  newest.observe('b', 30)
  t.deepEqual(newest.watermark(120), { time: 30, isIdle: false })
})

test('where all are idle the furthest counts; what nobody could ask for makes none idle', (t) => {
  const newest = new NewestTimestamps(0, 100, ['a', 'b'], 0)
  newest.observe('a', 50)
  t.deepEqual(newest.watermark(0), { time: NEVER, isIdle: false })
  newest.rested(90)
  t.deepEqual(newest.watermark(180), { time: NEVER, isIdle: false })
  t.deepEqual(newest.watermark(190), { time: 50, isIdle: true })
  t.deepEqual(new NewestTimestamps(0, 100, [], 0).watermark(100), { time: NEVER, isIdle: true })
})
