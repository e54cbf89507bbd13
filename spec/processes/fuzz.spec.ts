/**
 * Whoever knows the secret of a run can end its links, and nothing else. Sound frames with senseless contents go to the
 * ports of a real worker and of the nimbus; each is either taken or ends its link with BAD_FRAME, and no process ends.
 * The seed is printed; `TYPHOON_TEST_SEED` sets it.
 */
import test from 'ava'
import { TupleBatchWriter } from '../../lib/codec/tuple-batch-writer.ts'
import type { RunEvents } from '../../lib/daemon/report/events.ts'
import { Run } from '../../lib/daemon/run.ts'
import type { Launcher, WorkerEvents, WorkerExit } from '../../lib/daemon/workers/launcher.ts'
import { ProcessLauncher } from '../../lib/daemon/workers/process-launcher.ts'
import type { FromWorker } from '../../lib/messaging/control.ts'
import { encodeFrame } from '../../lib/messaging/frames.ts'
import type { Identity, Link, Listener } from '../../lib/messaging/link.ts'
import { webSocketNetwork } from '../../lib/messaging/websocket.ts'
import { WORKER_MODULE } from '../../lib/run/spare.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { type Plan, planTopology } from '../../lib/scheduler/plan.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { fields } from '../../lib/tuple/fields.ts'
import { SYSTEM_SOURCES } from '../../lib/tuple/system-sources.ts'
import { Tuple, type TupleSource } from '../../lib/tuple/tuple.ts'
import { Prng } from '../../lib/util/prng.ts'
import { realClock } from '../../lib/util/time/real-clock.ts'
import { volume } from '../volume.ts'
import { topologyFile } from './cli.ts'
import { RUN, SECRET } from './known-run.ts'

const MESSAGES = volume(600, 1500)
const TUPLES = volume(600, 1500)
/** Nobody is given up, however often its link is ended. */
const CONFIG = { 'topology.worker.max.restarts': 1_000_000, 'topology.worker.restart.max.delay.ms': 0 }
const seed = Number(process.env['TYPHOON_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
test.before((t) => t.log(`seed of fuzz.spec: ${seed}`))

const network = webSocketNetwork({ secret: SECRET, maxFrameBytes: 65_536 })
const me: Identity = { run: RUN, worker: 2, incarnation: 1 }

/** Anything that JSON can say, or that the codec can carry. */
function strange(random: Prng, depth = 0): any {
  const simple = [
    null,
    true,
    0,
    -1,
    1,
    2,
    7,
    0.5,
    1e15,
    -(2 ** 31),
    2 ** 53,
    '',
    'x',
    '__proto__',
    'constructor',
    'numbers',
  ]
  if (depth > 2 || random.below(3) > 0) return simple[random.below(simple.length)]
  const items = Array.from({ length: random.below(4) }, () => strange(random, depth + 1))
  if (random.below(2) === 0) return items
  return Object.fromEntries(items.map((item, at) => [['length', 'type', 'tasks', 'kind'][at], item]))
}

/** A copy of which one place, at any depth, is something else, or is not there. */
function mutated(value: any, random: Prng): any {
  if (typeof value !== 'object' || value === null || random.below(4) === 0) return strange(random)
  const copy = Array.isArray(value) ? [...value] : { ...value }
  const keys = Object.keys(copy).filter((key) => key !== 'type')
  if (keys.length === 0) return copy
  const key = keys[random.below(keys.length)]!
  if (random.below(4) === 0) delete copy[key]
  else copy[key] = mutated(copy[key], random)
  return copy
}

const TASK = {
  task: 2,
  component: 'faulty',
  counters: new Array(11).fill(1),
  named: { own: 1 },
  queued: 1,
  load: 0.5,
  pending: 0,
  latency: [1, 1],
}
const snapshot = { tasks: [TASK], memoryBytes: 1, cpuMs: 1, stallMs: 0, badFrames: 0 }
const problem = { code: 'EXECUTE_FAILED', message: 'x', where: { component: 'faulty', task: 2 }, hint: 'x' } as const

/** One of each that a worker says. */
const SAID: readonly FromWorker[] = [
  { type: 'listening', address: 'ws://127.0.0.1:1' },
  { type: 'ready' },
  { type: 'snapshot', snapshot },
  { type: 'exhausted', exhausted: true },
  {
    type: 'probed',
    round: 1,
    idle: true,
    pending: 0,
    held: 0,
    activity: 1,
    sent: [{ peer: 1, frames: 1 }],
    received: [],
  },
  { type: 'ended', component: 'faulty' },
  { type: 'link-silent', peer: 1, silent: true },
  { type: 'link-lost', peer: 1, incarnation: 1, problem },
  { type: 'checkpoint', task: 2, value: 1 },
  { type: 'problem', problem, stack: 'x' },
  { type: 'log', record: { level: 'info', message: 'x', component: 'faulty', task: 2, root: '0' } },
  { type: 'stopped', snapshot },
]

/** Starts no process: the test is the worker, and tells when it has died. */
class NoLauncher implements Launcher {
  readonly exits = new Map<number, (exit: WorkerExit) => void>()
  readonly incarnations = new Map<number, number>()

  launch(worker: number, incarnation: number, _nimbus: string, { onExit }: WorkerEvents) {
    this.exits.set(worker, onExit)
    this.incarnations.set(worker, incarnation)
    return { kill: () => onExit({ how: 'killed', lastWords: [] }) }
  }
}

test.serial('the nimbus takes a message of a worker or ends its link, whatever is in it', async (t) => {
  const random = new Prng(seed)
  const launcher = new NoLauncher()
  let address = ''
  const listening = {
    ...network,
    listen: async (...args: Parameters<typeof network.listen>): Promise<Listener> => {
      const listener = await network.listen(...args)
      address = listener.address
      return listener
    },
  }
  const { definition: made, source } = await definition()
  const plan = planTopology(made.topology)
  const ports = { clock: realClock, network: listening, launcher, events: {} satisfies RunEvents }
  const running = new Run({ run: RUN, plan, source }, ports)
  await running.start()
  t.teardown(() => running.stopNow())
  let refused = 0
  let link: Link | undefined
  let ended: Promise<unknown> = Promise.resolve()
  const dial = async (): Promise<Link> => {
    const made = await network.dial(address, { ...me, incarnation: launcher.incarnations.get(2)! }, { worker: 0 })
    made.onFrame(() => {})
    ended = new Promise((resolve) => made.onClose(resolve)).then((reason) => {
      t.is((reason as { code?: string } | undefined)?.code, 'BAD_FRAME')
      refused++
      link = undefined
      launcher.exits.get(2)!({ how: 'its link was ended', lastWords: [] })
    })
    return made
  }
  for (let count = 0; count < MESSAGES; count++) {
    link ??= await dial()
    const whole = SAID[random.below(SAID.length)]!
    const message = random.below(10) === 0 ? strange(random) : mutated(whole, random)
    link.send(encodeFrame({ kind: 'control', message: message ?? null }))
    if (count % 3 === 2) {
      // What makes no sense at all ends the link for sure: all before it has been read then.
      link?.send(encodeFrame({ kind: 'pulse', sequence: 0 }))
      await ended
      while (launcher.incarnations.get(2)! <= refused) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  t.is(refused, MESSAGES / 3)
  // And those that strange reports tell of.
  t.true(running.totals.badFrames >= refused)
  t.not(running.status, 'done')
  t.notThrows(() => running.totals.report('stopped', 1))
})

/** A tuple of what a worker or an acker sends, with something wrong in it or nothing. */
function strangeTuple(plan: Plan, random: Prng): [number, Tuple] {
  const int = (): number =>
    [0, 1, 2, 3, 4, 5, 6, 1 << 18, (1 << 18) | 1, (1 << 18) | 6, -1, random.int32()][random.below(12)]!
  const rows = (): Int32Array => Int32Array.from({ length: random.below(11) }, int)
  const reasons = [
    { kind: 'worker lost' },
    { kind: 'explicit', component: 'x', task: 1 },
    { kind: 'x' },
    null,
    undefined,
    7,
  ]
  const value = (): unknown =>
    [rows, int, () => reasons[random.below(reasons.length)], () => strange(random), () => undefined][random.below(5)]!()
  const isSystem = random.below(2) === 0
  const { task, component } = plan.tasks[random.below(plan.tasks.length)]!
  const streams = Object.entries(plan.topology.components[component]!.outputs)
  const [name, spec] = streams[random.below(Math.max(1, streams.length))] ?? ['default', { fields: ['x'] }]
  const source: TupleSource = isSystem
    ? SYSTEM_SOURCES[random.below(SYSTEM_SOURCES.length)]!
    : {
        component,
        task,
        stream: name,
        fields: fields(...spec.fields),
        streamIndex: Math.max(
          0,
          streams.findIndex(([one]) => one === name),
        ),
      }
  const width = random.below(8) === 0 ? random.below(5) : source.fields.size
  const values = Array.from({ length: width }, value)
  const target = random.below(plan.tasks.length + 3)
  const isTracked = random.below(2) === 0
  return [target, new Tuple(values, source, isTracked ? int() : 0, int(), int(), int(), 0, undefined)]
}

test.serial('a worker takes a tuple or ends its link, whatever is in it, and lives on', async (t) => {
  const random = new Prng(seed)
  const loaded = await definition()
  const plan = planTopology(loaded.definition.topology)
  const lost: number[] = []
  const problems: string[] = []
  const events: RunEvents = {
    onWorkerLost: (worker) => lost.push(worker),
    onProblem: ({ code }) => problems.push(code),
  }
  const config = resolveConfig(plan.topology.config)
  const worker = { workerModule: WORKER_MODULE, file: loaded.source.file }
  const real = new ProcessLauncher({ ...worker, run: RUN, secret: SECRET, config, events, keepsState: false })
  let address = ''
  const launcher: Launcher = {
    launch: (worker, incarnation, nimbus, told) => {
      address = nimbus
      return worker === 1
        ? real.launch(worker, incarnation, nimbus, told)
        : { kill: () => told.onExit({ how: '', lastWords: [] }) }
    },
  }
  const running = new Run({ run: RUN, plan, source: loaded.source }, { clock: realClock, network, launcher, events })
  // This process is worker 2: worker 1 dials it for the tuples that it is to send.
  const links: Link[] = []
  let onLink: () => void = () => {}
  const listener = await network.listen({
    identity: me,
    accept: () => undefined,
    onLink: (link) => {
      links.push(link)
      link.onFrame(() => {})
      onLink()
    },
  })
  await running.start()
  t.teardown(async () => {
    running.stopNow()
    await listener.close()
  })
  const toNimbus = await network.dial(address, me, { worker: 0 })
  t.teardown(() => toNimbus.close())
  toNimbus.onFrame(() => {})
  toNimbus.send(encodeFrame({ kind: 'control', message: { type: 'listening', address: listener.address } }))
  let refused = 0
  for (let count = 0; count < TUPLES; ) {
    while (links.length === 0) await new Promise<void>((resolve) => (onLink = resolve))
    const link = links.shift()!
    let sequence = 0
    const ended = new Promise<string | undefined>((resolve) => link.onClose((reason) => resolve(reason?.code)))
    for (let burst = 0; burst < 3; burst++, count++) {
      const writer = new TupleBatchWriter({ maxFrameBytes: 65_536 })
      writer.add(...strangeTuple(plan, random))
      link.send(encodeFrame({ kind: 'tuples', sequence: ++sequence, body: writer.take()! }))
    }
    // If all of them were taken, this one is not.
    link.send(encodeFrame({ kind: 'pulse', sequence: 0 }))
    if ((await ended) === 'BAD_FRAME') refused++
  }
  t.deepEqual(lost, [])
  t.true(refused > TUPLES / 20, `${refused} links were ended by a tuple`)
  t.is(running.status, 'starting')
  t.true(
    problems.every((code) => code === 'BAD_FRAME' || code === 'FRAME_LOST' || code === 'LINK_LOST'),
    problems.join(', '),
  )
})

/** The topology of both tests. */
async function definition() {
  const source = { file: topologyFile('faulty'), variables: { count: '10' }, config: CONFIG }
  const { definition } = await loadTopology(source.file, source)
  return { definition, source }
}
