/** What a task measures by itself. */
import test from 'ava'
import type { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { Histogram } from '../../lib/stats/histogram.ts'
import { NamedMetrics, type ReportMetric } from '../../lib/worker/tasks/context/named-metrics.ts'

function named() {
  const reported: string[] = []
  const report: ReportMetric = ({ code }) => void reported.push(code)
  return { metrics: new NamedMetrics(report), reported }
}

test('a counter is the same one for the same name, and what count adds to', (t) => {
  const { metrics } = named()
  metrics.counter('lines').inc()
  metrics.counter('lines').inc(2)
  metrics.count('lines', 3)
  t.is(metrics.counted['lines'], 6)
  t.is(metrics.counter('lines'), metrics.counter('lines'))
})

test('a name that objects have is a name', (t) => {
  const { metrics } = named()
  metrics.count('constructor', 2)
  metrics.count('constructor', 2)
  t.is(metrics.counted['constructor'], 4)
})

test('a gauge has what was set last, or what is read', (t) => {
  const { metrics } = named()
  metrics.gauge('never set')
  metrics.gauge('set').set(1)
  metrics.gauge('set').set(-2.5)
  let size = 3
  metrics.gauge('read', () => size)
  size = 4
  t.deepEqual(metrics.readGauges(), { set: -2.5, read: 4 })
})

test('a gauge that cannot be read is reported once, and left out', (t) => {
  const { metrics, reported } = named()
  metrics.gauge('bad', () => {
    throw new Error('oops')
  })
  metrics.gauge('endless', () => Number.POSITIVE_INFINITY)
  metrics.gauge('good', () => 1)
  t.deepEqual(metrics.readGauges(), { good: 1 })
  t.deepEqual(metrics.readGauges(), { good: 1 })
  t.deepEqual(reported, ['COMPONENT_FAILED'])
})

test('a histogram keeps thousandths, and a negative value counts as 0', (t) => {
  const { metrics } = named()
  for (const value of [0.005, 0.005, 100, -1]) metrics.histogram('ms').record(value)
  const histogram = new Histogram()
  histogram.add(metrics.histograms['ms']!)
  t.is(histogram.total, 4)
  t.is(histogram.percentilesMs().p50, 0.005)
  t.true(Math.abs(histogram.percentilesMs().max - 100) <= 100 / 64)
})

test('so many that there is no room for more: reported once, and nothing fails', (t) => {
  const { metrics, reported } = named()
  for (let i = 0; i < 300; i++) metrics.count(`seen user-${i}`, 1)
  metrics.gauge('late').set(1)
  metrics.gauge('late', () => 2)
  metrics.histogram('later').record(1)
  metrics.count('waiting', 1)
  t.is(Object.keys(metrics.counted).length, 101, 'what the runtime counts is counted')
  t.deepEqual(metrics.readGauges(), {})
  t.deepEqual(metrics.histograms, {})
  t.deepEqual(reported, ['TOO_MANY_METRICS'])
})

for (const name of ['', '__mine', 'a\nb', 'x'.repeat(101), 'waiting', 5, undefined])
  test(`${JSON.stringify(name)?.slice(0, 20)} is no name`, (t) => {
    const { metrics } = named()
    for (const kind of ['counter', 'gauge', 'histogram'] as const)
      t.is(t.throws<TyphoonError>(() => metrics[kind](name as string))!.code, 'BAD_ARGUMENT')
  })

test('what is no value is reported once for each metric, and fails nothing', (t) => {
  const { metrics, reported } = named()
  const wrong = [
    () => metrics.counter('c').inc(-1),
    () => metrics.counter('c').inc(Number.NaN),
    () => metrics.counter('c').inc('1' as never),
    () => metrics.gauge('g').set('1' as never),
    () => metrics.histogram('h').record(Number.NaN),
  ]
  for (const call of wrong) t.notThrows(call)
  t.deepEqual(reported, ['BAD_ARGUMENT', 'BAD_ARGUMENT', 'BAD_ARGUMENT'])
  t.is(metrics.counted['c'], 0)
  t.deepEqual(metrics.readGauges(), {})
  t.is(t.throws<TyphoonError>(() => metrics.gauge('g', 5 as never))!.code, 'BAD_ARGUMENT')
})
