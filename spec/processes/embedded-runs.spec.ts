/** Topologies that a program runs in itself, with `typhoon/run`: real workers, and a process that stays its own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { DrpcClient } from '../../lib/drpc/index.ts'
import {
  type LoadedTopology,
  type LoadOptions,
  load,
  type Run,
  type RunOptions,
  type RunStatus,
  run,
} from '../../lib/run/index.ts'
import { topologyFile } from './cli.ts'

const PRINTING = topologyFile('printing')
const EXCLAIM = fileURLToPath(new URL('../drpc/topologies/exclaim.js', import.meta.url))
const FREE_PORT = { 'drpc.http.port': 0 }
/** More than any test waits for. */
const ENDLESS = { variables: { count: '1000000000' }, config: { 'topology.stats.interval.ms': 20 } }

/** Waits for what the workers report. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

/** A run that is over when its test is, however that ends. */
function running(t: ExecutionContext, file: string | URL, options: RunOptions & LoadOptions): Run {
  const started = run(file, options)
  t.teardown(() => started.stopNow().catch(() => {}))
  return started
}

test.serial('a file is run to its end, and two listeners hear of it from the beginning on', async (t) => {
  const printed = new Set<string>()
  const statuses: RunStatus[] = []
  const counting = running(t, pathToFileURL(PRINTING), { variables: { count: '1000' } })
  counting.listen({ onOutput: (line) => void printed.add(line) })
  counting.listen({ onStatus: (status) => statuses.push(status) })
  t.is(counting.status, 'starting')
  t.is(counting.metrics(), undefined)
  const { status, roots } = await counting.done
  t.is(status, 'completed')
  t.is(roots.acked, 1000)
  t.is(printed.size, 1000)
  t.deepEqual(statuses, ['running', 'finishing', 'stopping', 'done'])
  t.is(counting.status, 'done')
  const metrics = counting.metrics()!
  t.like(metrics.components['print'], { kind: 'bolt', tasks: 1, executed: 1000, acked: 1000 })
  t.deepEqual(JSON.parse(JSON.stringify(metrics)), metrics)
})

test.serial('spouts that begin inactive emit when they are activated, until they are not', async (t) => {
  const counting = await running(t, PRINTING, { ...ENDLESS, inactive: true }).untilRunning()
  const emitted = (): number => counting.metrics()!.components['numbers']!.emitted
  await until(() => Object.keys(counting.metrics()!.workers).length === 2)
  t.is(emitted(), 0)
  counting.activate()
  await until(() => emitted() > 0)
  counting.deactivate()
  await until(() => counting.metrics()!.components['numbers']!.pending === 0)
  counting.activate()
  const before = emitted()
  await until(() => emitted() > before)
  t.is((await counting.drain()).status, 'stopped')
})

test.serial('an aborted signal drains: what is in flight finishes, and nothing is lost', async (t) => {
  const controller = new AbortController()
  const counting = running(t, PRINTING, { ...ENDLESS, signal: controller.signal })
  await counting.untilRunning()
  await until(() => counting.metrics()!.components['numbers']!.acked > 0)
  controller.abort()
  const { status, roots, problem } = await counting.done
  t.is(status, 'stopped')
  t.is(problem, undefined)
  t.is(roots.acked, roots.emitted)
  const never = running(t, PRINTING, { ...ENDLESS, signal: controller.signal })
  t.is((await never.done).status, 'stopped')
  await t.notThrowsAsync(never.untilRunning())
})

test.serial('the end of a block that uses a run drains it', async (t) => {
  const counting = await running(t, PRINTING, ENDLESS).untilRunning()
  await counting[Symbol.asyncDispose]()
  t.is(counting.status, 'done')
  t.is((await counting.done).status, 'stopped')
})

test.serial('two runs of one process know nothing of each other', async (t) => {
  const one = running(t, PRINTING, { variables: { count: '100' } })
  const other = await running(t, PRINTING, ENDLESS).untilRunning()
  t.is((await one.done).roots.acked, 100)
  t.is(other.status, 'running')
  t.is((await other.drain()).status, 'stopped')
})

test.serial('an HTTP server answers by its topology, in the process and for clients elsewhere', async (t) => {
  const services: string[] = []
  const exclaiming = running(t, EXCLAIM, { config: FREE_PORT })
  exclaiming.listen({ onServing: ({ url, functions }) => services.push(url, ...functions) })
  const server = createServer((request, response) => {
    exclaiming.execute('exclaim', request.url!.slice(1)).then(
      (answer) => response.end(answer),
      () => response.writeHead(503).end(),
    )
  }).listen(0, '127.0.0.1')
  t.teardown(() => void server.close())
  await exclaiming.untilRunning()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.is(await (await fetch(`${url}/hello`)).text(), 'hello!')
  const [drpcUrl, ...functions] = services
  t.deepEqual(functions, ['exclaim'])
  const client = await DrpcClient.connect(drpcUrl!)
  t.is(await client.execute('exclaim', 'hi'), 'hi!')
  client.close()
  await t.throwsAsync(exclaiming.execute('nothing', ''), { code: 'DRPC_BAD_REQUEST' })
  await exclaiming.drain()
  t.is((await fetch(`${url}/late`)).status, 503)
  await t.throwsAsync(exclaiming.execute('exclaim', 'late'), { code: 'DRPC_SHUTDOWN' })
})

test.serial('where no function is served, none can be asked for', async (t) => {
  const counting = running(t, PRINTING, ENDLESS)
  await t.throwsAsync(counting.execute('exclaim', 'hello'), { code: 'DRPC_BAD_REQUEST' })
})

test.serial('a run takes nothing of its process over', async (t) => {
  const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'exit', 'warning']
  const counts = (): number[] => events.map((name) => process.listenerCount(name))
  const before = { counts: counts(), title: process.title, directory: process.cwd(), exitCode: process.exitCode }
  const counting = await running(t, PRINTING, ENDLESS).untilRunning()
  t.deepEqual({ ...before, counts: counts() }, before)
  await counting.drain()
  t.deepEqual({ counts: counts(), title: process.title, directory: process.cwd(), exitCode: process.exitCode }, before)
})

test.serial('what is wrong with a definition rejects, as it does for whoever loads it first', async (t) => {
  await t.throwsAsync(load(`${PRINTING}x`), { code: 'FILE_NOT_FOUND' })
  const wrong = run(PRINTING, { ...ENDLESS, config: { 'topology.workers': 0 } })
  await t.throwsAsync(wrong.untilRunning(), { name: 'DefinitionError', code: 'BAD_CONFIG' })
  await t.throwsAsync(wrong.done, { name: 'DefinitionError', code: 'BAD_CONFIG' })
  t.is(wrong.status, 'done')
})

test.serial('a definition without a file is refused: a worker could not make it', async (t) => {
  const { definition } = await load(PRINTING, ENDLESS)
  await t.throwsAsync(run(definition as unknown as LoadedTopology).done, { code: 'NO_TOPOLOGY' })
})

test.serial('a run that cannot begin has a report that says why', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => void server.close())
  const port = (server.address() as AddressInfo).port
  const loaded = await load(PRINTING, { ...ENDLESS, config: { 'topology.nimbus.port': port } })
  const late = run(loaded)
  await t.throwsAsync(late.untilRunning(), { code: 'PORT_TAKEN' })
  const { status, problem } = await late.done
  t.is(status, 'failed')
  t.is(problem!.code, 'PORT_TAKEN')
})
