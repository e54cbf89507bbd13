/**
 * What the standard variables of OpenTelemetry ask for (`OTEL_*`), and what of it is not done. Pure.
 *
 * The law: nothing is sent unless an address is named, or OTLP as an exporter; what is wrong in a variable is told, and
 * the rest is done.
 */
import type { Problem } from '../errors/typhoon-error.ts'

/** What is sent: each has an address of its own. */
export type Signal = 'metrics' | 'traces'

/** Where a signal is sent, and how. */
export interface Endpoint {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly isPacked: boolean
  /** Files in PEM: whom it believes, and what it shows. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** Which roots are sent. */
export interface Sampler {
  /** The part of the roots; undefined: as `topology.trace.sample` says. */
  readonly ratio: number | undefined
}

/** What is asked for. */
export interface OtelSettings {
  readonly metrics: Endpoint | undefined
  readonly traces: Endpoint | undefined
  readonly sampler: Sampler
  readonly exportIntervalMs: number
  readonly resource: Readonly<Record<string, string>>
  /** What was not understood, or is not done. */
  readonly problems: readonly Problem[]
}

/** Variables by their names. */
export type Variables = Readonly<Record<string, string | undefined>>

const LOCAL = 'http://127.0.0.1:4318'
const TIMEOUT_MS = 10_000
const EXPORT_INTERVAL_MS = 60_000
const LEAST_INTERVAL_MS = 100
const PATHS: Readonly<Record<Signal, string>> = { metrics: 'v1/metrics', traces: 'v1/traces' }
/** Of which we know, and that we do not heed: said once where one is set. */
const NOT_DONE = ['OTEL_PROPAGATORS', 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'OTEL_CONFIG_FILE']
const RATIOS: Readonly<Record<string, (arg: number) => number>> = {
  always_on: () => 1,
  always_off: () => 0,
  traceidratio: (arg) => arg,
  parentbased_always_on: () => 1,
  parentbased_always_off: () => 0,
  parentbased_traceidratio: (arg) => arg,
}

/** Whether something may be asked for: what costs nothing to know. */
export function asksForTelemetry(variables: Variables): boolean {
  return Object.entries(variables).some(
    ([name, value]) =>
      /^OTEL_(?:EXPORTER_OTLP_(?:\w+_)?ENDPOINT|METRICS_EXPORTER|TRACES_EXPORTER)$/.test(name) && value,
  )
}

export function otelSettings(variables: Variables): OtelSettings {
  const reader = new Reader(variables)
  const isOff = /^true$/i.test(variables['OTEL_SDK_DISABLED']?.trim() ?? '')
  const endpoint = (signal: Signal): Endpoint | undefined => (isOff ? undefined : endpointOf(reader, signal))
  const [metrics, traces] = [endpoint('metrics'), endpoint('traces')]
  for (const name of NOT_DONE) if (reader.get(name) !== undefined) reader.problem(name, 'is not heeded')
  return {
    ...{ metrics, traces, sampler: samplerOf(reader), resource: resourceOf(reader) },
    exportIntervalMs: reader.number('OTEL_METRIC_EXPORT_INTERVAL', EXPORT_INTERVAL_MS, LEAST_INTERVAL_MS),
    problems: reader.problems,
  }
}

/** Reads variables; what is empty is not set, as the specification wants it. */
class Reader {
  readonly problems: Problem[] = []
  readonly #variables: Variables

  constructor(variables: Variables) {
    this.#variables = variables
  }

  get(name: string): string | undefined {
    return this.#variables[name]?.trim() || undefined
  }

  /** That of the signal, or that of all. */
  of(signal: Signal, rest: string): { readonly name: string; readonly value: string } | undefined {
    for (const name of [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${rest}`, `OTEL_EXPORTER_OTLP_${rest}`]) {
      const value = this.get(name)
      if (value !== undefined) return { name, value }
    }
    return undefined
  }

  number(name: string, unlessGiven: number, least: number, most = 2 ** 31 - 1): number {
    const text = this.get(name)
    if (text === undefined) return unlessGiven
    const value = Number(text)
    if (value >= least && value <= most) return value
    this.problem(name, `is "${text}", and must be a number from ${least} to ${most}: ${unlessGiven} is taken`)
    return unlessGiven
  }

  problem(name: string, what: string): void {
    const where = { key: name }
    this.problems.push({ code: 'TELEMETRY_SETTING', message: `${name} ${what}`, where })
  }
}

function endpointOf(reader: Reader, signal: Signal): Endpoint | undefined {
  const exporter = `OTEL_${signal.toUpperCase()}_EXPORTER`
  const wanted = reader.get(exporter)
  const address = reader.of(signal, 'ENDPOINT')
  if (wanted === 'none' || (wanted === undefined && address === undefined)) return undefined
  if (wanted !== undefined && wanted !== 'otlp') {
    reader.problem(exporter, `is "${wanted}", and can be otlp or none: ${signal} are not sent`)
    return undefined
  }
  const protocol = reader.of(signal, 'PROTOCOL')
  if (protocol?.value === 'grpc') {
    reader.problem(protocol.name, `is grpc, which is not spoken; http/json is: ${signal} are not sent`)
    return undefined
  }
  if (protocol !== undefined && protocol.value !== 'http/json')
    reader.problem(protocol.name, `is "${protocol.value}": http/json is spoken, which every collector takes there`)
  const url = urlOf(reader, signal, address)
  if (url === undefined) return undefined
  const file = (rest: string): string | undefined => reader.of(signal, rest)?.value
  return {
    ...{
      url,
      headers: headersOf(reader, signal),
      timeoutMs: timeoutOf(reader, signal),
      isPacked: isPacked(reader, signal),
    },
    ...{ ca: file('CERTIFICATE'), cert: file('CLIENT_CERTIFICATE'), key: file('CLIENT_KEY') },
  }
}

/** The address of a signal is taken as it is; to that of all the path of the signal is added. */
function urlOf(reader: Reader, signal: Signal, address: { name: string; value: string } | undefined): URL | undefined {
  const { name, value } = address ?? { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: LOCAL }
  const isOfAll = name === 'OTEL_EXPORTER_OTLP_ENDPOINT'
  const text = isOfAll ? `${value.replace(/\/$/, '')}/${PATHS[signal]}` : value
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text)
  reader.problem(name, `is no address of HTTP or HTTPS: ${signal} are not sent`)
  return undefined
}

function headersOf(reader: Reader, signal: Signal): Record<string, string> {
  const headers = reader.of(signal, 'HEADERS')
  if (headers === undefined) return {}
  const pairs = pairsOf(reader, headers.name, headers.value)
  // What is no header would break each request. Its value may be a secret, and is not told.
  const fitting = pairs.filter(([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value))
  if (fitting.length < pairs.length) reader.problem(headers.name, 'names what can be no header: it is left out')
  return Object.fromEntries(fitting.map(([name, value]) => [name.toLowerCase(), value]))
}

function timeoutOf(reader: Reader, signal: Signal): number {
  const timeout = reader.of(signal, 'TIMEOUT')
  return timeout === undefined ? TIMEOUT_MS : reader.number(timeout.name, TIMEOUT_MS, 1)
}

function isPacked(reader: Reader, signal: Signal): boolean {
  const compression = reader.of(signal, 'COMPRESSION')
  if (compression === undefined || compression.value === 'none') return false
  if (compression.value !== 'gzip') reader.problem(compression.name, 'can be gzip or none: none is taken')
  return compression.value === 'gzip'
}

function samplerOf(reader: Reader): Sampler {
  const name = reader.get('OTEL_TRACES_SAMPLER')
  if (name === undefined) return { ratio: undefined }
  const ratio = Object.hasOwn(RATIOS, name) ? RATIOS[name] : undefined
  if (ratio !== undefined) return { ratio: ratio(reader.number('OTEL_TRACES_SAMPLER_ARG', 1, 0, 1)) }
  reader.problem('OTEL_TRACES_SAMPLER', `is "${name}", and can be ${Object.keys(RATIOS).join(', ')}`)
  return { ratio: undefined }
}

/** The name of the service is that of its own variable, or of the attributes, or typhoon. */
function resourceOf(reader: Reader): Record<string, string> {
  const text = reader.get('OTEL_RESOURCE_ATTRIBUTES')
  const given = text === undefined ? [] : pairsOf(reader, 'OTEL_RESOURCE_ATTRIBUTES', text)
  const name = reader.get('OTEL_SERVICE_NAME')
  return { 'service.name': 'typhoon', ...Object.fromEntries(given), ...(name && { 'service.name': name }) }
}

/** `key=value,key=value`, each percent-encoded. */
function pairsOf(reader: Reader, name: string, text: string): (readonly [string, string])[] {
  const parts = text.split(',').filter((part) => part.trim() !== '')
  const pairs = parts.flatMap((part) => {
    const [key, value] = [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)].map(decoded)
    return part.indexOf('=') < 1 || key === undefined || value === undefined ? [] : [[key, value] as const]
  })
  if (pairs.length < parts.length) reader.problem(name, 'is not key=value,key=value: what is not is left out')
  return pairs
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return undefined
  }
}
