/** A real Prometheus scrapes a service and a run in the foreground; its Debian package may be missing. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { dashboard } from '../house/metric-tables.ts'
import { HAS_PROMETHEUS, withPrometheus } from '../metrics/parts.ts'
import { ServerChild } from '../server-child.ts'
import { freePort } from '../trident/state/fixtures.ts'
import { CliRun, typhoonProcess } from './cli.ts'
import { startedService } from './service-process.ts'

const BOLT = `
import { BasicBolt, fields } from 'typhoon'
export class Lengths extends BasicBolt {
  outputs = fields('word')
  prepare({ metrics }) {
    this.short = metrics.counter('short words')
    this.lengths = metrics.histogram('letters')
    metrics.gauge('answer', () => 42)
  }
  execute(tuple, collector) {
    const word = tuple.get('word')
    if (word.length < 3) this.short.inc()
    this.lengths.record(word.length)
    collector.emit([word])
  }
}
`
const WORDS = `
name: words
config: { topology.workers: 2, topology.stats.interval.ms: 50 }
spouts:
  - { id: lines, className: RandomSentenceSpout }
bolts:
  - { id: split, className: SplitBolt, parallelism: 2 }
  - { id: lengths, className: './lengths.mjs#Lengths' }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: lengths, grouping: { type: FIELDS, args: [word] } }
`
const PROJECT = { 'words.yaml': WORDS, 'lengths.mjs': BOLT, 'package.json': '{}' }

class Prometheus extends ServerChild {
  readonly url: string

  private constructor(port: number) {
    super()
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(t: ExecutionContext, target: string, credentials_file: string): Promise<Prometheus> {
    const port = await freePort()
    const server = new Prometheus(port)
    const folder = folderOf(t)
    const job = { job_name: 'typhoon', scrape_interval: '1s', scrape_timeout: '1s' }
    const scraped = { ...job, authorization: { credentials_file }, static_configs: [{ targets: [target] }] }
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({ scrape_configs: [scraped] }))
    const files = ['--config.file', join(folder, 'prometheus.yml'), '--storage.tsdb.path', join(folder, 'data')]
    const args = [...files, '--web.listen-address', `127.0.0.1:${port}`, '--log.level', 'error']
    server.child = spawn('prometheus', args, { stdio: 'ignore' })
    t.teardown(() => server.kill())
    return server
  }

  /** What a query comes to; undefined while it is not up. */
  async query(query: string): Promise<any> {
    const asked = `${this.url}/api/v1/query?${new URLSearchParams({ query })}`
    return fetch(asked).then(
      (answer) => (answer.ok ? answer.json() : undefined),
      () => undefined,
    )
  }

  /** Asks until the first value of a query is so. */
  async until(query: string, isSo: (value: number) => boolean): Promise<void> {
    for (;;) {
      const answer = await this.query(query)
      const [first] = answer?.data?.result ?? []
      if (first !== undefined && isSo(Number(first.value[1]))) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

withPrometheus(
  'Prometheus scrapes a service, from the first millisecond on, and knows all of the dashboard',
  async (t) => {
    const project = folderOf(t, PROJECT)
    mkdirSync(join(project, 'node_modules'))
    symlinkSync(fileURLToPath(new URL('../../..', import.meta.url)), join(project, 'node_modules/typhoon'))
    const folder = folderOf(t)
    const env = { XDG_CONFIG_HOME: join(folder, 'config') }
    await startedService(t, folder, env)
    const { server } = JSON.parse(readFileSync(join(folder, 'config/typhoon/service.json'), 'utf8'))
    const first = await fetch(`${server}/metrics`)
    t.is(first.status, 401)
    const { stdout } = await typhoonProcess(['token', 'make', 'prometheus', '--role', 'read'], { cwd: project, env })
    const token = join(folder, 'typhoon.token')
    writeFileSync(token, stdout)
    const prometheus = await Prometheus.start(t, new URL(server).host, token)
    await prometheus.until('up', (value) => value === 1)
    const { code, stderr } = await typhoonProcess(['submit', 'words.yaml'], { cwd: project, env })
    t.is(code, 0, stderr)
    const acked = 'typhoon_component_acked_total{topology="words",component="lines"}'
    await prometheus.until(acked, (value) => value > 1000)
    await prometheus.until('count(typhoon_worker_memory_bytes)', (value) => value === 2)
    await prometheus.until('min_over_time(up[1m])', (value) => value === 1)
    await prometheus.until('typhoon_user_level{name="answer",stat="sum"}', (value) => value === 42)
    await prometheus.until('typhoon_user_events_total{name="short words"}', (value) => value > 0)
    const quantile = 'histogram_quantile(0.5, typhoon_user_values_bucket{name="letters"})'
    await prometheus.until(quantile, (value) => value >= 1 && value <= 10)
    for (const panel of (dashboard() as any).panels) {
      for (const { expr } of panel.targets ?? []) {
        const asked = expr.replaceAll('$topology', '.*').replaceAll('$__rate_interval', '1m')
        t.is((await prometheus.query(asked)).status, 'success', asked)
      }
    }
  },
)

test('a run in the foreground is scraped with the token of its file, and by nobody else', async (t) => {
  const project = folderOf(t, { ...PROJECT, 'words.yaml': WORDS.replaceAll('./lengths.mjs#Lengths', 'CountBolt') })
  const token = join(project, 'scraper.token')
  const args = ['run', 'words.yaml', '--metrics', token, '--metrics-port', '0', '--quiet']
  const run = new CliRun(args, { cwd: project, lasts: true })
  t.teardown(async () => {
    run.signal('SIGTERM')
    await run.ended
  })
  const url = /http\S+\/metrics/.exec(await run.line(/\/metrics$/))![0]
  t.is(statSync(token).mode & 0o777, 0o600)
  const authorization = `Bearer ${readFileSync(token, 'utf8').trim()}`
  t.is((await fetch(url)).status, 401)
  const kill = await fetch(url.replace('/metrics', '/v1/topologies/words/deactivate'), {
    ...{ method: 'POST', headers: { authorization } },
  })
  t.is(kill.status, 403)
  const text = async (accept: string) => (await fetch(url, { headers: { authorization, accept } })).text()
  for (;;) if (/acked_total.* [1-9]/.test(await text('text/plain'))) break
  t.true((await text('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')).endsWith('# EOF\n'))
  if (HAS_PROMETHEUS) {
    const prometheus = await Prometheus.start(t, new URL(url).host, token)
    await prometheus.until('typhoon_topology_running{topology="words"}', (value) => value === 1)
  }
})
