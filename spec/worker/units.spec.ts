import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { Inbox } from '../../lib/executor/task/inbox.ts'
import type { LogRecord } from '../../lib/messaging/control.ts'
import type { Link } from '../../lib/messaging/link.ts'
import { planTopology } from '../../lib/scheduler/plan.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import { type ConfigMap, resolveConfig } from '../../lib/topology/config/config.ts'
import { Prng } from '../../lib/util/prng.ts'
import { lifelineText } from '../../lib/worker/process/lifeline.ts'
import { Checkpoints } from '../../lib/worker/report/checkpoints.ts'
import { ErrorThrottle } from '../../lib/worker/report/error-throttle.ts'
import { LogPipe } from '../../lib/worker/report/log-pipe.ts'
import { Resources } from '../../lib/worker/tasks/context/resources.ts'
import { WorkerTaskContext } from '../../lib/worker/tasks/context/task-context.ts'
import { Ticker } from '../../lib/worker/tasks/ticker.ts'
import { ScriptBolt, ScriptSpout } from '../executor/harness.ts'

function problem(message: string, component = 'a') {
  return { code: 'EXECUTE_FAILED' as const, message, where: { component } }
}

test('the first few errors of a component in an interval are shown, the rest is counted and told at its end', async (t) => {
  const clock = new SimulatedClock()
  const shown: string[] = []
  const config = resolveConfig({
    'topology.max.error.report.per.interval': 2,
    'topology.error.throttle.interval.secs': 10,
  })
  const throttle = new ErrorThrottle(config, clock, ({ message }) => shown.push(message))
  for (let i = 1; i <= 5; i++) throttle.report(problem(`error ${i}`))
  throttle.report(problem('another component', 'b'))
  t.deepEqual(shown, ['error 1', 'error 2', 'another component'])
  await clock.advance(9_999)
  t.is(shown.length, 3)
  await clock.advance(1)
  t.deepEqual(shown.slice(3), ['3 further errors; the last one: error 5'])
  throttle.report(problem('error 6'))
  t.is(shown.at(-1), 'error 6')
  await clock.advance(60_000)
  t.is(shown.length, 5)
})

test('errors of one kind are shown once in an interval, and counted', async (t) => {
  const clock = new SimulatedClock()
  const shown: [string, number][] = []
  const throttle = new ErrorThrottle(resolveConfig({}), clock, ({ message }, _stack, times) =>
    shown.push([message, times]),
  )
  for (let i = 1; i <= 100; i++) {
    const { where, ...rest } = problem(`no line ${i}`)
    throttle.report({ ...rest, where: { ...where, file: '/a.ts', line: 3, column: 5 } })
  }
  throttle.report(problem('elsewhere'))
  t.deepEqual(shown, [
    ['no line 1', 1],
    ['elsewhere', 1],
  ])
  await clock.advance(10_000)
  t.deepEqual(shown.slice(2), [['no line 100', 99]])
})

test('of the checkpoints of a task the latest one is sent, a while after the first; a flush sends what is waiting', async (t) => {
  const clock = new SimulatedClock()
  const sent: unknown[] = []
  const checkpoints = new Checkpoints(clock, (task, value) => sent.push([task, value]))
  checkpoints.put(1, 'a')
  checkpoints.put(2, 'b')
  checkpoints.put(1, 'c')
  t.deepEqual(sent, [])
  await clock.advance(1_000)
  t.deepEqual(sent, [
    [1, 'c'],
    [2, 'b'],
  ])
  checkpoints.put(1, 'd')
  checkpoints.flush()
  t.deepEqual(sent.slice(2), [[1, 'd']])
  await clock.advance(1_000)
  t.is(sent.length, 3)
})

test('a resource is made at its first use and shared; one that nobody made or set is an error', (t) => {
  const resources = new Resources()
  let made = 0
  const make = () => ({ number: ++made })
  t.is(resources.resource('pool', make), resources.resource('pool', make))
  t.is(made, 1)
  resources.setResource('resource-key1', 'resource-value1')
  t.is(resources.resource('resource-key1'), 'resource-value1')
  resources.setResource('nothing', undefined)
  t.is(resources.resource('nothing', make), undefined as never)
  t.is(t.throws(() => resources.resource('other'), { instanceOf: TyphoonError }).code, 'COMPONENT_FAILED')
})

/** spout → bolt (two tasks), and the contexts of all tasks. */
function contexts(config: ConfigMap = {}, boltConfig: ConfigMap = {}) {
  const builder = new TopologyBuilder('name', config)
  builder.setSpout('words', () => new ScriptSpout())
  builder
    .setBolt('bolt', () => new ScriptBolt(() => {}), 2)
    .addConfigurations(boltConfig)
    .grouping('words', 'default', { type: 'fields', fields: ['word'] })
  const plan = planTopology(builder.createTopology().topology)
  const clock = new SimulatedClock()
  const logs: LogRecord[] = []
  const checkpoints: unknown[] = []
  const ports = {
    plan,
    worker: 1,
    clock,
    random: new Prng(1),
    run: 'run',
    codeDir: '.',
    wake: () => {},
    onTurn: () => {},
    restoredOf: () => undefined,
    resources: new Resources(),
    log: (record: LogRecord) => logs.push(record),
    checkpoint: (task: number, value: unknown) => checkpoints.push([task, value]),
    report: () => {},
    fatal: () => {},
  }
  const byTask = new Map(plan.tasks.map((task) => [task.task, new WorkerTaskContext(task, ports, `kept ${task.task}`)]))
  return { plan, clock, logs, checkpoints, byTask }
}

/** A ticker over inboxes that remember when something came. */
function ticker(config: ConfigMap, boltConfig: ConfigMap = {}) {
  const { clock, byTask, plan } = contexts(config, boltConfig)
  const ticks: [at: number, component: string, seconds: unknown][] = []
  const inboxes = [...byTask.values()].map(({ component }) => {
    const inbox = new Inbox(
      100,
      () => {},
      () => {},
    )
    inbox.push = (tuple) => void ticks.push([clock.now(), component, tuple.values[0]])
    return inbox
  })
  const made = new Ticker(byTask, [undefined, ...inboxes], clock)
  return { clock, ticks, plan, ticker: made, of: (component: string) => ticks.filter(([, id]) => id === component) }
}

test('a bolt with a tick frequency gets its first tick after so long and then one for each such time', async (t) => {
  const it = ticker({}, { 'topology.tick.tuple.freq.secs': 2 })
  it.ticker.start()
  await it.clock.advance(1_999)
  t.deepEqual(it.of('bolt'), [])
  await it.clock.advance(1)
  t.deepEqual(it.of('bolt'), [
    [2_000, 'bolt', 2],
    [2_000, 'bolt', 2],
  ])
  await it.clock.advance(4_000)
  t.deepEqual(
    it.of('bolt').map(([at]) => at),
    [2_000, 2_000, 4_000, 4_000, 6_000, 6_000],
  )
  it.ticker.stop()
  await it.clock.advance(10_000)
  t.is(it.of('bolt').length, 6)
})

test('spouts and ackers tick four times in a message timeout; with timeouts off spouts do not', async (t) => {
  const it = ticker({ 'topology.message.timeout.secs': 28 })
  it.ticker.start()
  await it.clock.advance(14_000)
  t.deepEqual(it.ticks.map(([at, component]) => `${at} ${component}`).sort(), [
    '14000 __acker',
    '14000 words',
    '7000 __acker',
    '7000 words',
  ])
  const off = ticker(
    { 'topology.message.timeout.secs': 28, 'topology.enable.message.timeouts': false },
    { 'topology.tick.tuple.freq.secs': 5 },
  )
  off.ticker.start()
  await off.clock.advance(14_000)
  t.deepEqual(
    off.ticks.map(([at, component]) => `${at} ${component}`),
    ['5000 bolt', '5000 bolt', '7000 __acker', '10000 bolt', '10000 bolt', '14000 __acker'],
  )
})

test('ticks that were missed while the event loop was blocked are left out: two at once would time roots out early', async (t) => {
  const it = ticker({ 'topology.message.timeout.secs': 4 })
  let blockedMs = 0
  const clock = it.clock
  const now = clock.now.bind(clock)
  clock.now = () => now() + blockedMs
  it.ticker.start()
  clock.after(500, () => {
    blockedMs = 5_300
  })
  await clock.advance(4_000)
  const times = it.of('words').map(([at]) => at)
  t.is(times[0], 6_300, 'late, as the loop was blocked')
  for (const [index, at] of times.slice(1).entries()) t.is(at, 7_000 + index * 1_000)
})

test('a task knows itself, its topology and its neighbours, and of the runtime no stream', (t) => {
  const { byTask } = contexts()
  const words = byTask.get(1)!
  const second = byTask.get(3)!
  t.deepEqual(
    [words.topology, words.component, words.task, words.taskIndex, words.worker, words.isSpout],
    ['name', 'words', 1, 0, 1, true],
  )
  t.deepEqual([second.component, second.task, second.taskIndex, second.isSpout], ['bolt', 3, 1, false])
  t.deepEqual(words.tasksOf('bolt'), [2, 3])
  t.deepEqual(second.tasksOf(), [2, 3])
  t.is(words.componentOf(3), 'bolt')
  t.is(words.componentOf(99), undefined)
  t.deepEqual(
    [...words.taskToComponent],
    [
      [1, 'words'],
      [2, 'bolt'],
      [3, 'bolt'],
      [4, '__acker'],
    ],
  )
  const grouping = { type: 'fields', fields: ['word'] }
  t.deepEqual(
    [...words.targets].map(([stream, to]) => [stream, [...to]]),
    [['default', [['bolt', grouping]]]] as never,
  )
  t.deepEqual(
    [...second.sources].map(([from, streams]) => [from, [...streams]]),
    [['words', [['default', grouping]]]] as never,
  )
  t.is(words.sources.size, 0)
  t.deepEqual(
    [...words.streamsOf('words')].map(([id, { names }]) => [id, names]),
    [['default', ['word']]],
  )
  t.is(words.streamsOf('nobody').size, 0)
  t.is(second.checkpointed, 'kept 3')
})

test('a task has the configuration of its component over that of the topology, over the defaults', (t) => {
  const { byTask } = contexts({ 'topology.message.timeout.secs': 5, mine: 'a', yours: 'a' }, { mine: 'b' })
  const config = byTask.get(2)!.config
  t.deepEqual(
    [config['topology.message.timeout.secs'], config['mine'], config['yours'], config['topology.debug']],
    [5, 'b', 'a', false],
  )
})

test('a task logs, counts, keeps a checkpoint of a bounded size, and has simulated time and seeded chance', async (t) => {
  const { byTask, logs, checkpoints, clock } = contexts()
  const context = byTask.get(2)!
  context.log('warn', 'hear')
  t.deepEqual(logs, [{ level: 'warn', message: 'hear', component: 'bolt', task: 2 }])
  context.count('seen')
  context.count('seen', 2)
  t.deepEqual(context.named, { seen: 3 })
  context.checkpoint({ offset: 1 })
  t.deepEqual(checkpoints, [[2, { offset: 1 }]])
  t.is(
    t.throws(() => context.checkpoint('x'.repeat(1024 * 1024)), { instanceOf: TyphoonError }).code,
    'CHECKPOINT_TOO_LARGE',
  )
  t.is(checkpoints.length, 1)
  let called = 0
  context.after(10, () => called++)
  context.after(10, () => called++)()
  await clock.advance(10)
  t.deepEqual([called, context.now()], [1, 10])
  t.true(context.random() < 1)
})

test('a log line that is longer than a message may be is cut, and says how long it was', (t) => {
  const records: LogRecord[] = []
  const pipe = new LogPipe(
    () => ({ bufferedBytes: 0 }) as Link,
    (record) => records.push(record),
  )
  pipe.write({ level: 'info', message: 'y'.repeat(9_000_000) })
  pipe.write({ level: 'info', message: 'short' })
  t.regex(records[0]!.message, /^y{100000}… \(9000000 characters\)$/)
  t.is(records[1]!.message, 'short')
})

test('a last word that a pipe would not take whole goes without its counts', (t) => {
  const ended = problem('ended its worker')
  const counted = (tasks: number) => ({
    ended,
    tasks: Array.from({ length: tasks }, (_, index) => ({ task: index + 1, component: 'a', counters: [1, 2, 3] })),
  })
  t.deepEqual(JSON.parse(lifelineText(counted(2))), counted(2))
  t.deepEqual(JSON.parse(lifelineText(counted(5000))), { ended, tasks: [] })
  t.true(lifelineText(counted(5000)).endsWith('\n'))
})
