/**
 * Sends what is measured to a collector of OpenTelemetry, for as long as a service or a run goes on.
 *
 * The promise: no topology waits for it, whatever the collector does; what it costs when it is off is one look at the
 * variables.
 */
import { hostname } from 'node:os'
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { Scraped } from '../../metrics/scrape.ts'
import type { Clock } from '../../util/time/clock.ts'
import { attributes } from '../attributes.ts'
import { metricPoints } from '../points.ts'
import { type Endpoint, otelSettings, type Variables } from '../settings.ts'
import { spansOf } from '../spans.ts'
import { Outbox } from './outbox.ts'
import { postTo } from './post.ts'
import { type Watched, WatchedRuns, type WatchedTopology } from './watched-runs.ts'

/** What it needs. */
export interface TelemetryPorts {
  readonly clock: Clock
  readonly now: () => Date
  readonly variables: Variables
  /** Of Typhoon. */
  readonly version: string
  /** What is counted now; undefined while it is another's to say that. */
  scraped(): Scraped | undefined
  /** Whose roots are sent, as far as they are followed. */
  topologies(): readonly WatchedTopology[]
  /** Something is not sent, or not understood. */
  onTrouble(problem: Problem): void
}

/** How long the last words may take. */
const LAST_MS = 2000
/** The beginning of a run is computed from how long it goes on: what differs by less is the same. */
const SAME_MS = 2000
/** How often it is looked which runs there are. */
const LOOK_MS = 500

export class Telemetry {
  readonly #ports: TelemetryPorts
  readonly #resource: object
  readonly #begun = new Map<string, number>()
  readonly #outboxes: Outbox[] = []
  #metrics: Outbox | undefined
  #traces: Outbox | undefined
  #cancel: () => void = () => {}
  #cancelLook: () => void = () => {}
  readonly #toldLeftOut = new Set<string>()

  private constructor(ports: TelemetryPorts, resource: Readonly<Record<string, string>>) {
    this.#ports = ports
    const id = `${hostname()}-${process.pid}`
    const own = { 'service.version': ports.version, 'service.instance.id': id, 'host.name': hostname() }
    this.#resource = { attributes: attributes({ ...own, 'process.pid': process.pid, ...resource }) }
  }

  /** Begins to send. What cannot be done is told, and never thrown. */
  static async begin(ports: TelemetryPorts): Promise<Telemetry> {
    const { metrics, traces, sampler, exportIntervalMs, resource, problems } = otelSettings(ports.variables)
    for (const problem of problems) ports.onTrouble(problem)
    const telemetry = new Telemetry(ports, resource)
    telemetry.#metrics = metrics && (await telemetry.#outbox(metrics))
    if (telemetry.#metrics !== undefined) telemetry.#sendMetrics(exportIntervalMs)
    telemetry.#traces = traces && (await telemetry.#outbox(traces))
    if (telemetry.#traces !== undefined) telemetry.#look(new WatchedRuns(sampler.ratio, (seen) => telemetry.#add(seen)))
    return telemetry
  }

  /** Sends the last figures, and waits a little for what is under way. */
  async close(): Promise<void> {
    this.#cancel()
    this.#cancelLook()
    this.#addMetrics()
    await Promise.all(this.#outboxes.map((outbox) => outbox.close(LAST_MS)))
  }

  async #outbox(endpoint: Endpoint): Promise<Outbox | undefined> {
    const { clock, onTrouble } = this.#ports
    try {
      const { origin, pathname } = endpoint.url
      const ports = { post: await postTo(endpoint), address: origin + pathname, random: Math.random, clock, onTrouble }
      const outbox = new Outbox(ports)
      this.#outboxes.push(outbox)
      return outbox
    } catch (error) {
      onTrouble({ ...toProblem(error, 'TELEMETRY_SETTING'), code: 'TELEMETRY_SETTING' })
      return undefined
    }
  }

  #sendMetrics(everyMs: number): void {
    this.#cancel = this.#ports.clock.after(everyMs, () => {
      this.#addMetrics()
      this.#sendMetrics(everyMs)
    })
  }

  #look(runs: WatchedRuns): void {
    runs.see(this.#ports.topologies())
    this.#cancelLook = this.#ports.clock.after(LOOK_MS, () => this.#look(runs))
  }

  #add({ topology, run, traces, leftOut }: Watched): void {
    const spans = traces.flatMap((trace) => spansOf(trace, topology, run))
    if (spans.length > 0) {
      const scopeSpans = [{ ...this.#scope, spans }]
      this.#traces?.add(JSON.stringify({ resourceSpans: [{ resource: this.#resource, scopeSpans }] }))
    }
    if (leftOut === 0 || this.#toldLeftOut.has(run)) return
    this.#toldLeftOut.add(run)
    this.#ports.onTrouble({
      code: 'TELEMETRY_UNSENT',
      message: `of ${topology} more roots are followed than are sent`,
      where: {},
      hint: 'traces of some are left out from here on; let OTEL_TRACES_SAMPLER_ARG be less',
    })
  }

  #addMetrics(): void {
    const scraped = this.#metrics && this.#ports.scraped()
    if (scraped === undefined) return
    const now = this.#ports.now().getTime()
    const since = (name: string): number => {
      const { metrics } = scraped.topologies.find((topology) => topology.name === name) ?? {}
      const begun = now - Math.round((metrics?.seconds ?? 0) * 1000)
      const known = this.#begun.get(name)
      if (known === undefined || Math.abs(known - begun) > SAME_MS) this.#begun.set(name, begun)
      return this.#begun.get(name)!
    }
    const scopeMetrics = [{ ...this.#scope, metrics: metricPoints(scraped, now, since) }]
    this.#metrics?.add(JSON.stringify({ resourceMetrics: [{ resource: this.#resource, scopeMetrics }] }))
  }

  get #scope(): object {
    return { scope: { name: 'typhoon', version: this.#ports.version } }
  }
}
