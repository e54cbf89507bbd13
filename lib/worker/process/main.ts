/**
 * The process of a worker. The supervisor writes one line of JSON to stdin: where the nimbus is, the secret, who this
 * worker is. File descriptor 3 is the lifeline: when it closes the parent is gone, and so is this process, whatever it
 * is doing. How a definition is loaded is not known here: whoever starts the process says it.
 */
import { createInterface } from 'node:readline'
import { formatProblem } from '../../errors/format.ts'
import { isOutOfDescriptors, outOfDescriptorsAt } from '../../errors/out-of-descriptors.ts'
import { messageOf, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { type Follow, STDIN_FD, type TaskCounts } from '../../messaging/control.ts'
import type { Link, Network } from '../../messaging/link.ts'
import { webSocketNetwork } from '../../messaging/websocket.ts'
import { openSnapshots, watchState } from '../../snapshots/open-snapshots.ts'
import { openBases } from '../../state/embedded/open-bases.ts'
import type { LeaseOfRun } from '../../topology/component/lease-of-run.ts'
import type { StdinOfRun } from '../../topology/component/stdin-of-run.ts'
import { NIMBUS } from '../../tuple/ids.ts'
import { LEASE_RESOURCE, STDIN_RESOURCE } from '../../tuple/system-ids.ts'
import { Prng } from '../../util/prng.ts'
import { realClock, runningTimers } from '../../util/time/real-clock.ts'
import { userStack } from '../report/thrown.ts'
import type { Worker } from '../worker.ts'
import type { WorkerPorts } from '../worker-ports.ts'
import type { Bootstrap } from './bootstrap.ts'
import { drillOf } from './drill.ts'
import { lastWord, type Scene } from './last-word.ts'
import { tellFirst, tellParent } from './lifeline.ts'
import { profilerOf } from './profiler.ts'
import { Pulse } from './pulse.ts'
import { Vitals } from './vitals.ts'

const DIALS = 50
const REDIAL_MS = 100
/** The frames between the end of a process and the component that ended it. */
const STACK_FRAMES = 50

/** It ends as it should, or has said why it does not. */
let endIsKnown = false
let taskCounts = (): readonly TaskCounts[] => []
let scene = (): Scene => ({ turn: 0, components: [], classes: new Map() })

/** Lines of stdin. */
type Lines = AsyncIterableIterator<string>

/** Makes a definition from where it came. */
export type LoadDefinition = WorkerPorts['loadDefinition']

/**
 * Runs the worker that this process is; the process ends with it.
 * @param loader called at once, so that its modules are loaded while the nimbus answers
 */
export async function runWorker(loader: () => Promise<LoadDefinition>): Promise<void> {
  tellEnd()
  try {
    await begin(loader)
  } catch (error) {
    cannotBegin(error)
  }
}

/** Something of the worker itself has failed, and nothing of a component's. */
function cannotBegin(error: unknown): never {
  endIsKnown = true
  const isOut = isOutOfDescriptors(error)
  const problem = toProblem(isOut ? outOfDescriptorsAt('a worker cannot open its files', error) : error)
  if (!tellParent({ ended: problem, tasks: [] })) console.error(formatProblem(problem))
  process.exit(1)
}

async function begin(loader: () => Promise<LoadDefinition>): Promise<void> {
  const pulse = new Pulse()
  // What is left to load is loaded while the watching thread comes up and the nimbus answers.
  const [{ bootstrap, orders, network, nimbus }, { Worker }, loadDefinition] = await Promise.all([
    linkToNimbus(pulse),
    import('../worker.ts'),
    loader(),
    pulse.watches,
  ])
  const { identity } = bootstrap
  const drill = await drillOf(bootstrap.drill, identity)
  const vitals = new Vitals()
  let checkLease = (): void => {}

  const worker = new Worker(nimbus, {
    clock: realClock,
    random: new Prng(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)),
    network: drill?.network(network) ?? network,
    identity,
    resources: {
      ...bootstrap.resources,
      [STDIN_RESOURCE]: stdinOf(bootstrap),
      [LEASE_RESOURCE]: { check: () => checkLease() } satisfies LeaseOfRun,
    },
    async loadDefinition(source) {
      const definition = await loadDefinition(source)
      return drill?.definition(definition) ?? definition
    },
    snapshotStore(topology) {
      const store = openSnapshots(topology)
      const { keepsState } = bootstrap
      if (keepsState || store !== undefined) checkLease = watchState(topology, identity, keepsState, endNow)
      return store
    },
    stateBases: (topology) => openBases(topology, identity),
    vitals: () => vitals.take(pulse.takeStall()),
    profiler: profilerOf(pulse),
    hasForeignTimers: () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length > runningTimers(),
    onPlan({ tasks, topology }) {
      process.title = titleOf(identity.worker, topology.name)
      const components = tasks.map(({ component }) => component)
      taskCounts = () => worker.counts
      scene = () => ({ turn: pulse.task, components, classes: worker.classes })
      const own = tasks.filter(({ worker }) => worker === identity.worker)
      pulse.setPlan(
        components,
        own.map(({ task, component }) => ({
          task,
          streams: Object.keys(topology.components[component]!.outputs).length,
        })),
      )
    },
    outputWritten,
    countersOf: (task) => pulse.countersOf(task),
    onReady: () => pulse.start(),
    onTurn: (task) => pulse.setTask(task),
    tellHand: tellFirst,
    inHand: pulse.inHand,
    outlivesNimbus: bootstrap.place !== undefined,
    onStopped() {
      endIsKnown = true
      process.exit(0)
    },
  })

  void follow(orders, (address) => dialNimbus(network, { ...bootstrap, nimbus: address }), worker)
  // The parent decides when a worker stops.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
}

/** Nothing more of what it does is to be seen: no component is asked to close. Its parent hears why. */
function endNow(because: TyphoonError): void {
  tellParent({ ended: toProblem(because), tasks: [] })
  process.kill(process.pid, 'SIGKILL')
}

/** No nimbus can take it over. */
function endUnready(): never {
  endIsKnown = true
  process.exit(0)
}

/** Whenever the parent names another nimbus, the worker goes over to that one. */
async function follow(orders: Lines, dial: (address: string) => Promise<Link>, worker: Worker): Promise<void> {
  for await (const line of orders) {
    const { follow: address, resources } = JSON.parse(line) as Follow
    if (!worker.isReady) endUnready()
    worker.follow(await dial(address).catch(cannotBegin), resources)
  }
}

/** The stdin of the run, for who reads it. */
function stdinOf({ isStdinBegun }: Bootstrap): StdinOfRun {
  return { descriptor: STDIN_FD, isBegun: isStdinBegun, begin: () => tellFirst({ reads: 'stdin' }) }
}

/** Waits for the bootstrap, which says where the nimbus is. */
async function linkToNimbus(pulse: Pulse) {
  const { bootstrap, orders } = await readBootstrap()
  process.title = titleOf(bootstrap.identity.worker)
  pulse.watch(bootstrap)
  const { secret, maxFrameBytes, place } = bootstrap
  const network = webSocketNetwork({ secret, maxFrameBytes, ...place })
  return { bootstrap, orders, network, nimbus: await dialNimbus(network, bootstrap) }
}

/** Tells the parent why the process ends, where it does not end as it should. */
function tellEnd(): void {
  process.on('uncaughtException', (error) => {
    // It was reported where it was made, and ends the run.
    if (error instanceof TyphoonError && (error.code === 'LATE_EMIT' || error.code === 'LATE_WRITE')) return
    endIsKnown = true
    // What was thrown, or what a promise was rejected with, may be anything.
    const cause: Error = error instanceof Error ? error : new Error(String(error))
    if (isOutOfDescriptors(cause)) cannotBegin(cause)
    const how = `ended its worker by an uncaught error: ${messageOf(error)}`
    const problem = { ...lastWord(cause, how, scene()), hint: 'catch it in the component, or await the promise' }
    const isHeard = tellParent({ ended: problem, tasks: taskCounts(), ...userStack(cause) })
    if (!isHeard) console.error(`${formatProblem(problem)}\n${cause.stack ?? ''}`)
    process.exit(1)
  })

  // The stack leads from here to whoever called process.exit.
  process.on('exit', (code) => {
    if (endIsKnown) return
    Error.stackTraceLimit = STACK_FRAMES
    const problem = lastWord(new Error(), `ended its worker: it called process.exit(${code})`, scene())
    const hint = 'throw an error instead: it fails the tuple alone'
    tellParent({ ended: { ...problem, hint }, tasks: taskCounts() })
  })
}

/** Node.js keeps what a pipe has no room for, without a bound; who writes it waits here. */
function outputWritten(): Promise<void> | undefined {
  const full = [process.stdout, process.stderr].filter((stream) => stream.writableLength > 0)
  if (full.length === 0) return undefined
  return Promise.all(full.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve())))).then(
    () => {},
  )
}

/** What `ps` and `top` show: which worker it is, and of what. */
function titleOf(worker: number, topology = 'starting'): string {
  return `typhoon worker ${worker} ${topology}`
}

/**
 * Others may keep the nimbus so busy that a worker is not let in at once.
 * @throws REFUSED, LINK_LOST after the last attempt (rejects)
 */
async function dialNimbus(network: Network, { nimbus, identity }: Bootstrap): Promise<Link> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await network.dial(nimbus, identity, { worker: NIMBUS })
    } catch (error) {
      if (attempt === DIALS || (error as TyphoonError).code === 'REFUSED') throw error
      await new Promise((resolve) => setTimeout(resolve, REDIAL_MS))
    }
  }
}

/** The bootstrap, and what comes behind it. */
async function readBootstrap(): Promise<{ readonly bootstrap: Bootstrap; readonly orders: Lines }> {
  const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const first = await orders.next()
  if (first.done === true) throw new Error('a worker is started by the supervisor, which writes its bootstrap to stdin')
  return { bootstrap: JSON.parse(first.value) as Bootstrap, orders }
}
