/** A run and a service send what they count to a collector, as the environment asks for it. */
import { join } from 'node:path'
import test from 'ava'
import { folderOf } from '../folder.ts'
import { collector, type Received } from '../otlp/collector.ts'
import { CliRun, typhoonProcess } from './cli.ts'
import { startedService } from './service-process.ts'

const WORDS = `
name: words
config: { topology.stats.interval.ms: 50 }
spouts:
  - { id: lines, className: RandomSentenceSpout }
bolts:
  - { id: split, className: SplitBolt }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
`
const EVERY = { OTEL_METRIC_EXPORT_INTERVAL: '100', OTEL_SERVICE_NAME: 'books' }

const metricsOf = ({ body }: Received): any[] => body.resourceMetrics?.[0].scopeMetrics[0].metrics ?? []
const hasCounted = (received: Received): boolean =>
  metricsOf(received).some(
    ({ name, sum }) => name === 'typhoon_component_acked' && sum.dataPoints.some((point: any) => point.asDouble > 0),
  )

test('a run sends its figures', async (t) => {
  const { url, until } = await collector(t)
  const cwd = folderOf(t, { 'words.yaml': WORDS, 'package.json': '{}' })
  const env = { ...EVERY, OTEL_EXPORTER_OTLP_ENDPOINT: url }
  const run = new CliRun(['run', 'words.yaml', '--quiet'], { cwd, env, lasts: true })
  t.teardown(async () => {
    run.signal('SIGTERM')
    await run.ended
  })
  const { path, body } = await until(hasCounted)
  t.is(path, '/v1/metrics')
  const { attributes } = body.resourceMetrics[0].resource
  t.deepEqual(attributes.find(({ key }: any) => key === 'service.name').value, { stringValue: 'books' })
})

const spansIn = ({ body }: Received): any[] => body.resourceSpans?.[0].scopeSpans[0].spans ?? []

test('a run sends whole trees, of two workers, as traces', async (t) => {
  const { url, until } = await collector(t)
  const cwd = folderOf(t, {
    'words.yaml': WORDS.replace('config: {', 'config: { topology.workers: 2,'),
    'package.json': '{}',
  })
  const env = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/spans`,
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
  }
  const run = new CliRun(['run', 'words.yaml', '--quiet'], { cwd, env, lasts: true })
  t.teardown(async () => {
    run.signal('SIGTERM')
    await run.ended
  })
  const received = await until((one) => spansIn(one).some(({ parentSpanId }) => parentSpanId !== undefined))
  t.is(received.path, '/spans')
  const spans = spansIn(received)
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined)
  t.true(spans.every(({ parentSpanId }) => parentSpanId === undefined || ids.has(parentSpanId)))
  t.is(new Set(spans.map(({ traceId }) => traceId)).size, roots.length)
  t.true(roots.every(({ name, traceId, spanId }) => name === 'lines' && traceId.endsWith(spanId)))
})

test('a run whose collector does not answer ends as any other, and says so once', async (t) => {
  const cwd = folderOf(t, { 'words.yaml': WORDS, 'package.json': '{}' })
  const env = { ...EVERY, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:1/' }
  const { code, stderr } = await typhoonProcess(['run', 'words.yaml', '--for', '1s', '--quiet'], { cwd, env })
  t.is(code, 0)
  t.is(stderr.split('TELEMETRY_UNSENT').length - 1, 2, stderr)
})

test('a service sends the figures of its topologies', async (t) => {
  const { url, until } = await collector(t)
  const cwd = folderOf(t, { 'words.yaml': WORDS, 'package.json': '{}' })
  const folder = folderOf(t)
  const env = { ...EVERY, OTEL_EXPORTER_OTLP_ENDPOINT: url, XDG_CONFIG_HOME: join(folder, 'config') }
  await startedService(t, folder, env)
  const { code, stderr } = await typhoonProcess(['submit', 'words.yaml'], { cwd, env })
  t.is(code, 0, stderr)
  await until(hasCounted)
  t.pass()
})

test('daemons and runs write their logs as JSON lines, with one set of fields', async (t) => {
  const cwd = folderOf(t, { 'words.yaml': WORDS, 'package.json': '{}' })
  const run = await typhoonProcess(['run', 'words.yaml', '--for', '1s', '--log-format', 'json'], { cwd })
  const service = await typhoonProcess(['up', '--dir', 'words.yaml', '--port', '0', '--log-format', 'json'], { cwd })
  const linesOf = ({ stderr }: { stderr: string }): any[] =>
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  for (const line of [...linesOf(run), ...linesOf(service)])
    t.true(typeof line.message === 'string' && !Number.isNaN(Date.parse(line.time)) && 'level' in line)
  t.true(linesOf(run).every(({ topology }) => topology === 'words'))
  t.is(service.code, 1)
  t.truthy(linesOf(service).at(-1).code)
})
