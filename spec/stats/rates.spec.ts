import test from 'ava'
import { Histogram, type HistogramData } from '../../lib/stats/histogram.ts'
import { busyShare, completeLatencyMs, executeLatencyMs, perSecond } from '../../lib/stats/rates.ts'

function latencies(...micros: readonly number[]): HistogramData {
  const histogram = new Histogram()
  for (const one of micros) histogram.record(one)
  return histogram.data()
}

test('a rate is what a count grew by, for each second that has passed', (t) => {
  t.is(perSecond(100, 400, 2000), 150)
  t.is(perSecond(100, 40, 2000), 0, 'it has begun anew')
  t.is(perSecond(0, 400, 0), 0, 'no time has passed')
})

test('capacity is the share of the time at work, and of a task that began anew what it has worked since', (t) => {
  t.is(busyShare(1000, 1500, 2000), 0.25)
  t.is(busyShare(1000, 500, 2000), 0.25)
  t.is(busyShare(0, 2100, 2000), 1)
  t.is(busyShare(0, 100, 0), 0)
})

test('the latency of a bolt is the mean of those that were executed in between, with their promises', (t) => {
  const before = { executed: 10, busyMs: 1000, waitingMs: 0 }
  t.is(executeLatencyMs(before, { executed: 14, busyMs: 1004, waitingMs: 8 }), 3)
  t.is(executeLatencyMs(before, before), undefined)
})

test('the latency of a spout is the median of those that were acked in between', (t) => {
  const before = latencies(100_000, 100_000, 100_000)
  t.is(completeLatencyMs(before, latencies(100_000, 100_000, 100_000, 1, 2, 3)), 0.002)
  t.is(completeLatencyMs(before, before), undefined)
})
