/** The metrics of the table as OTLP has them, held against what Prometheus gets of the same. */
import test from 'ava'
import { scrape } from '../../lib/metrics/scrape.ts'
import { metricPoints } from '../../lib/otlp/points.ts'
import { component } from '../history/parts.ts'
import { allOfIt, scraped, topology } from '../metrics/parts.ts'

const NOW = 1_700_000_000_123
const pointsOf = (all = allOfIt()): any[] => metricPoints(all, NOW, () => NOW - 5000)

test('all that is scraped is sent, with as many points, under names without their suffix', (t) => {
  const described = [...scrape(allOfIt(), 'openmetrics').matchAll(/^# TYPE (\S+) (\S+)/gm)]
  const kinds = { sum: 'counter', gauge: 'gauge', histogram: 'histogram' } as Record<string, string>
  const sent = pointsOf().map((metric) => [metric.name, kinds[Object.keys(metric).at(-1)!]])
  t.deepEqual(
    sent,
    described.map(([, name, type]) => [name, type]),
  )
})

test('sums count from the beginning of the run, gauges are of now', (t) => {
  const points = pointsOf(scraped(topology('words', { split: component({ emitted: 12, busyMs: 1234.5 }) })))
  const named = (name: string) => points.find((metric) => metric.name === name)
  const attributes = [
    { key: 'topology', value: { stringValue: 'words' } },
    { key: 'component', value: { stringValue: 'split' } },
  ]
  const times = { startTimeUnixNano: '1699999995123000000', timeUnixNano: '1700000000123000000' }
  const { sum, unit } = named('typhoon_component_busy_seconds')
  t.deepEqual(sum.dataPoints, [{ attributes, ...times, asDouble: 1.2345 }])
  t.like({ ...sum, unit }, { aggregationTemporality: 2, isMonotonic: true, unit: 's' })
  t.is(named('typhoon_component_emitted').sum.dataPoints[0].asDouble, 12)
  t.false('startTimeUnixNano' in named('typhoon_component_queued').gauge.dataPoints[0])
})

test('a histogram has one count more than bounds, which together are all', (t) => {
  const values = pointsOf().find(({ name }) => name === 'typhoon_user_values').histogram.dataPoints[0]
  t.is(values.bucketCounts.length, values.explicitBounds.length + 1)
  t.is(String(values.bucketCounts.reduce((sum: number, count: string) => sum + Number(count), 0)), values.count)
})

test('names of users are whole texts, and what is no number is left out', (t) => {
  const text = JSON.stringify(pointsOf())
  t.is(Buffer.from(text).toString(), text)
  t.false(text.includes('\\ud800'))
  t.false(text.includes('null'))
})
