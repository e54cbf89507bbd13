import test from 'ava'
import { BUSY_MS, EMITTED, EXECUTED, WAITING_MS } from '../../lib/stats/counters.ts'
import { busyShare, completeLatencyMs, executeLatencyMs, perSecond } from '../../lib/stats/rates.ts'
import { emptyTotals } from '../../lib/stats/snapshot.ts'

function totals(counts: Readonly<Record<number, number>>, ...micros: readonly number[]) {
  const made = emptyTotals()
  Object.assign(made.counters, counts)
  for (const one of micros) made.latency.record(one)
  return made
}

test('a rate is what a counter grew by, for each second that has passed', (t) => {
  t.is(perSecond(EMITTED, totals({ [EMITTED]: 100 }), totals({ [EMITTED]: 400 }), 2000), 150)
  t.is(perSecond(EMITTED, totals({ [EMITTED]: 100 }), totals({ [EMITTED]: 40 }), 2000), 0, 'it has begun anew')
  t.is(perSecond(EMITTED, totals({}), totals({ [EMITTED]: 400 }), 0), 0, 'no time has passed')
})

test('capacity is the share of the time at work, and of a task that began anew what it has worked since', (t) => {
  t.is(busyShare(1000, 1500, 2000), 0.25)
  t.is(busyShare(1000, 500, 2000), 0.25)
  t.is(busyShare(0, 2100, 2000), 1)
  t.is(busyShare(0, 100, 0), 0)
})

test('the latency of a bolt is the mean of those that were executed in between, with their promises', (t) => {
  const before = totals({ [EXECUTED]: 10, [BUSY_MS]: 1000 })
  t.is(executeLatencyMs(before, totals({ [EXECUTED]: 14, [BUSY_MS]: 1004, [WAITING_MS]: 8 })), 3)
  t.is(executeLatencyMs(before, before), undefined)
})

test('the latency of a spout is the median of those that were acked in between', (t) => {
  const before = totals({}, 100_000, 100_000, 100_000)
  t.is(completeLatencyMs(before, totals({}, 100_000, 100_000, 100_000, 1, 2, 3)), 0.002)
  t.is(completeLatencyMs(before, before), undefined)
})
