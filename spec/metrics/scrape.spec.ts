/** What a scrape gets, by its lines; and what Prometheus's own tool says of it. */
import { spawnSync } from 'node:child_process'
import test from 'ava'
import fc from 'fast-check'
import { Samples } from '../../lib/metrics/samples.ts'
import { scrape } from '../../lib/metrics/scrape.ts'
import { METRICS } from '../../lib/metrics/table.ts'
import { Histogram } from '../../lib/stats/histogram.ts'
import { component } from '../history/parts.ts'
import { allOfIt, scraped, topology, withPrometheus } from './parts.ts'

/** The value of a sample. */
function valueIn(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length))
}

test('counts, times in seconds and reasons stand under the names of the table', (t) => {
  const failedBy = { timeout: 1, explicit: 2, workerLost: 3 }
  const counts = component({ kind: 'spout', emitted: 12, failed: 6, failedBy, busyMs: 1234.5 })
  const text = scrape(scraped(topology('words', { split: counts })), 'prometheus')
  const of = '{topology="words",component="split"}'
  t.is(valueIn(text, `typhoon_component_emitted_total${of}`), 12)
  t.is(valueIn(text, `typhoon_component_busy_seconds_total${of}`), 1.2345)
  const lost = 'typhoon_component_failed_roots_total{topology="words",component="split",reason="worker-lost"}'
  t.is(valueIn(text, lost), 3)
  t.is(valueIn(text, 'typhoon_topology_longest_stall_seconds{topology="words"}'), 0.02)
})

test('a topology without a run is there, and has no counts; a service without topologies has its own', (t) => {
  const waiting = { name: 'words', isActive: false, workersPlanned: 2, metrics: undefined }
  const text = scrape(scraped(waiting), 'openmetrics')
  t.is(valueIn(text, 'typhoon_topology_running{topology="words"}'), 0)
  t.false(text.includes('typhoon_component'))
  t.is(valueIn(scrape(scraped(), 'openmetrics'), 'typhoon_topologies'), 0)
})

test('OpenMetrics describes a counter without its suffix, and ends; the other form does neither', (t) => {
  const open = scrape(scraped(), 'openmetrics')
  t.true(open.includes('# TYPE typhoon_process_cpu_seconds counter\ntyphoon_process_cpu_seconds_total 1.5\n'))
  t.true(open.endsWith('# EOF\n') && open.indexOf('# EOF') === open.lastIndexOf('# EOF'))
  const plain = scrape(scraped(), 'prometheus')
  t.true(plain.includes('# TYPE typhoon_process_cpu_seconds_total counter\n'))
  t.false(plain.includes('# EOF'))
})

test('names of users are values of labels, whatever stands in them', (t) => {
  const text = scrape(allOfIt(), 'openmetrics')
  const name = 'a \\"b\\" \\\\ \\n ü \u{1f600} \ufffd'
  t.is(valueIn(text, `typhoon_user_events_total{topology="${name}",component="split",name="${name}"}`), 3)
  t.is(valueIn(text, `typhoon_user_level{topology="${name}",component="split",name="${name}",stat="least"}`), -3)
  t.false(text.includes('name="held"'), 'what the runtime counts is no counter of a user')
  t.false(text.includes('Infinity'))
})

test('each metric has one description, and all its samples behind it', (t) => {
  const two = scraped(topology('a'), topology('b'))
  const described = scrape({ ...two, hosts: allOfIt().hosts }, 'prometheus')
  const names = [...described.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  t.is(new Set(names).size, names.length)
  let family = ''
  for (const line of described.trimEnd().split('\n'))
    if (line.startsWith('# TYPE ')) family = line.split(' ')[2]!
    else if (!line.startsWith('#')) t.true(line.startsWith(family), line)
})

test('a histogram never has less under a greater bound, and all of it in the end', (t) => {
  const bounds = [1, 2.5, 10, 1000]
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(fc.nat(5_000_000), { maxLength: 50 }), (values) => {
        const histogram = new Histogram()
        for (const value of values) histogram.record(value)
        const samples = new Samples()
        samples.addHistogram(METRICS.latency.metrics.completeLatency, {}, histogram, bounds, 1000)
        const lines = samples.text('openmetrics').split('\n')
        const counts = lines.filter((line) => line.includes('_bucket{')).map((line) => Number(line.split(' ')[1]))
        const under = (bound: number) => values.filter((value) => value <= bound * 1000).length
        return (
          counts.length === bounds.length + 1 &&
          counts.at(-1) === values.length &&
          bounds.every((bound, at) => counts[at]! <= under(bound) && counts[at]! >= under(bound * (63 / 64)))
        )
      }),
    ),
  )
})

test('where there is no room for more the rest is left out, and it is said of how much', (t) => {
  const many = Array.from({ length: 50 }, (_, index) => [`bolt-${index}`, component()] as const)
  const all = scraped(topology('words', Object.fromEntries(many) as never))
  const text = scrape(all, 'prometheus', 100)
  const samples = text.split('\n').filter((line) => line.startsWith('typhoon_'))
  const leftOut = valueIn(text, 'typhoon_left_out_samples')!
  t.true(leftOut > 0)
  t.is(samples.length, 100 + 6)
  t.is(valueIn(scrape(all, 'prometheus'), 'typhoon_left_out_samples'), 0)
})

withPrometheus("Prometheus's own tool finds nothing wrong with it", (t) => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: scrape(allOfIt(), 'prometheus'),
    encoding: 'utf8',
  })
  t.is(`${stdout}${stderr}`, '')
  t.is(status, 0)
})
