/** The standard variables → what is sent, and what is told. */
import test from 'ava'
import { asksForTelemetry, otelSettings, type Variables } from '../../lib/otlp/settings.ts'

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const AT = { [ENDPOINT]: 'http://c:4318/' }
const addresses = (variables: Variables) => {
  const { metrics, traces } = otelSettings(variables)
  return [metrics?.url.href, traces?.url.href]
}

test('nothing is sent unless it is asked for', (t) => {
  for (const variables of [{}, { OTEL_SERVICE_NAME: 'a' }, { [ENDPOINT]: '' }]) {
    t.false(asksForTelemetry(variables))
    t.deepEqual(addresses(variables), [undefined, undefined])
  }
  for (const variables of [AT, { OTEL_METRICS_EXPORTER: 'otlp' }, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/' }])
    t.true(asksForTelemetry(variables))
})

test('the address of all gets the path of a signal, that of a signal is taken as it is', (t) => {
  t.deepEqual(addresses(AT), ['http://c:4318/v1/metrics', 'http://c:4318/v1/traces'])
  t.deepEqual(addresses({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://c/in' }), ['https://c/in', undefined])
  t.deepEqual(addresses({ OTEL_METRICS_EXPORTER: 'otlp' }), ['http://127.0.0.1:4318/v1/metrics', undefined])
  t.deepEqual(addresses({ ...AT, OTEL_TRACES_EXPORTER: 'none' }), ['http://c:4318/v1/metrics', undefined])
  t.deepEqual(addresses({ ...AT, OTEL_SDK_DISABLED: 'true' }), [undefined, undefined])
})

test('headers, time-out, compression and certificates are those of the signal, or of all', (t) => {
  const { metrics, traces } = otelSettings({
    ...AT,
    OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=a%20b, x=1',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'y=2',
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem',
  })
  t.like(metrics, { headers: { 'api-key': 'a b', x: '1' }, timeoutMs: 500, isPacked: true, ca: 'ca.pem' })
  t.like(traces, { headers: { y: '2' }, timeoutMs: 500, isPacked: false })
})

test('the resource, the interval and the sampler', (t) => {
  const settings = otelSettings({
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment=a%2Cb',
    OTEL_SERVICE_NAME: 'words',
    OTEL_METRIC_EXPORT_INTERVAL: '250',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  })
  t.deepEqual(settings.resource, { 'service.name': 'words', 'deployment.environment': 'a,b' })
  t.like(settings, { exportIntervalMs: 250, sampler: { ratio: 0.25 }, problems: [] })
  t.deepEqual(otelSettings({}).resource, { 'service.name': 'typhoon' })
  t.is(otelSettings({}).sampler.ratio, undefined)
})

test('what is wrong in a variable, or is not done, is told by its name; secrets are not', (t) => {
  const wrong: readonly (readonly [string, string])[] = [
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf'],
    ['OTEL_METRICS_EXPORTER', 'prometheus'],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'file:///etc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=secret%0d%0a'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'secret'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'lzma'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'no pair'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_PROPAGATORS', 'b3'],
  ]
  for (const [name, value] of wrong) {
    const { problems } = otelSettings({ ...AT, [name]: value })
    t.true(problems.length > 0, name)
    for (const { code, where } of problems) t.deepEqual([code, where], ['TELEMETRY_SETTING', { key: name }])
  }
  const [headers] = otelSettings({ ...AT, OTEL_EXPORTER_OTLP_HEADERS: 'key=secret%0d%0a' }).problems
  t.false(headers!.message.includes('secret'))
  t.deepEqual(addresses({ ...AT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), [undefined, undefined])
})
