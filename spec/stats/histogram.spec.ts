import test from 'ava'
import fc from 'fast-check'
import { Histogram } from '../../lib/stats/histogram.ts'

/** Microseconds, spread over the powers of two, up to 285 years. */
const micros = fc
  .tuple(fc.integer({ min: 0, max: 52 }), fc.maxSafeNat())
  .map(([power, rest]) => 2 ** power + (rest % 2 ** power))
const part = fc.double({ min: 0.001, max: 1, noNaN: true })

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

test('a percentile is at most 1/64 over the value that has this rank, and never under it', (t) => {
  fc.assert(
    fc.property(fc.array(micros, { minLength: 1, maxLength: 60 }), part, (values, rank) => {
      const exact = [...values].sort((a, b) => a - b)[Math.ceil(values.length * rank) - 1]!
      const found = histogramOf(values).percentile(rank)
      return found >= exact && found - exact <= exact / 64
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('values under 128 microseconds are kept as they are', (t) => {
  for (let value = 0; value < 128; value++) t.is(histogramOf([value]).percentile(1), value)
})

for (const power of [31, 32, 53]) {
  test(`the largest duration of ${power} bits has a bucket, and keeps it on the way to the nimbus`, (t) => {
    const value = 2 ** power - 1
    t.is(histogramOf([value]).percentile(0.5), value)
    const sum = new Histogram()
    sum.add(histogramOf([value]).data())
    t.is(sum.percentile(0.5), value)
  })
}

test('a negative duration counts as 0', (t) => {
  t.is(histogramOf([-5]).percentile(1), 0)
  t.is(histogramOf([-5]).total, 1)
})

test('without records every percentile is 0', (t) => {
  t.deepEqual(new Histogram().percentilesMs(), { p50: 0, p99: 0, p999: 0, max: 0 })
  t.deepEqual(new Histogram().data(), [])
})

test('adding the data of parts is the same as recording everything in one, also after a trip through JSON', (t) => {
  fc.assert(
    fc.property(fc.array(fc.array(micros, { maxLength: 20 }), { maxLength: 5 }), (lists) => {
      const sum = new Histogram()
      for (const list of lists) sum.add(JSON.parse(JSON.stringify(histogramOf(list).data())))
      const whole = histogramOf(lists.flat())
      return sum.total === whole.total && JSON.stringify(sum.data()) === JSON.stringify(whole.data())
    }),
  )
  t.pass()
})

test('percentiles are shown in milliseconds', (t) => {
  const histogram = histogramOf([...new Array<number>(989).fill(64), ...new Array<number>(10).fill(96), 120])
  t.deepEqual(histogram.percentilesMs(), { p50: 0.064, p99: 0.096, p999: 0.096, max: 0.12 })
})
