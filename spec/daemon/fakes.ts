/** A run with workers that are played by the test: it hears what they are told and says what they say. */
import type { RunEvents, RunStatus } from '../../lib/daemon/report/events.ts'
import type { RunReport } from '../../lib/daemon/report/report.ts'
import { Run } from '../../lib/daemon/run.ts'
import type { Submission } from '../../lib/daemon/submission.ts'
import type { Launcher, WorkerExit } from '../../lib/daemon/workers/launcher.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import type { FromWorker, ToWorker } from '../../lib/messaging/control.ts'
import { decodeFrame, encodeFrame } from '../../lib/messaging/frames.ts'
import type { Link } from '../../lib/messaging/link.ts'
import { type Plan, planTopology, workerIds } from '../../lib/scheduler/plan.ts'
import type { SnapshotStore } from '../../lib/snapshots/snapshot-store.ts'
import type { WorkerSnapshot } from '../../lib/stats/snapshot.ts'
import { SimulatedNetwork } from '../../lib/testing/network/simulated-network.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import type { Topology } from '../../lib/topology/topology.ts'
import { Prng } from '../../lib/util/prng.ts'
import { bolt, spout, stream, topologyOf } from '../topology/parts.ts'

const NOTHING: WorkerSnapshot = { tasks: [], memoryBytes: 0, cpuMs: 0, stallMs: 0, badFrames: 0 }

/** words → first → second on two workers. */
export function topology(config: ConfigMap = {}) {
  return topologyOf(
    {
      words: spout(),
      first: bolt('words', { type: 'shuffle' }, { outputs: { default: stream('word') } }),
      second: bolt('first'),
    },
    { config: { 'topology.workers': 2, ...config } },
  )
}

export class FakeWorker {
  readonly worker: number
  readonly incarnation: number
  readonly heard: ToWorker<Plan>[] = []
  /** How it answers a probe by itself; undefined: not at all. */
  answer: { idle: boolean } | undefined = { idle: true }
  /** Whether it says nothing by itself. */
  silent = false
  /** Whether it stops when it is told to. */
  obeys = true
  link!: Link
  #isOver = false
  #stopSpeaking: () => void = () => {}
  readonly #onExit: (exit: WorkerExit) => void
  readonly #network: SimulatedNetwork

  constructor(worker: number, incarnation: number, network: SimulatedNetwork, onExit: (exit: WorkerExit) => void) {
    this.worker = worker
    this.incarnation = incarnation
    this.#network = network
    this.#onExit = (exit) => {
      this.#isOver = true
      this.#stopSpeaking()
      onExit(exit)
    }
  }

  /** @param clock it says now and then that it lives, as workers do */
  attach(link: Link, clock: SimulatedClock): void {
    this.link = link
    this.#speak(clock)
    link.onFrame((bytes) => {
      const frame = decodeFrame(bytes)
      if (frame.kind === 'control') this.#hear(frame.message as ToWorker<Plan>)
    })
  }

  say(message: FromWorker<WorkerSnapshot>): void {
    this.link.send(encodeFrame({ kind: 'control', message }))
  }

  /** It has captured nothing, as nothing has happened. */
  sayCaptured(number: number): void {
    const inFlight = { file: '', offset: 0, length: 0, records: 0 }
    this.say({ type: 'captured', number, part: { tasks: [], inFlight, isUntouched: true, isAtRest: true } })
  }

  die(how = 'signal SIGKILL', lastWords: readonly string[] = []): void {
    this.#network.crash(this.worker)
    this.#onExit({ how, lastWords })
  }

  /** What it was told of these kinds, in short. */
  told(...types: ToWorker['type'][]): string[] {
    return this.heard
      .filter(({ type }) => types.length === 0 || types.includes(type))
      .map((message) =>
        message.type === 'end-of-input'
          ? `end of ${message.component}`
          : message.type === 'lost'
            ? `lost ${message.worker}`
            : message.type,
      )
  }

  #speak(clock: SimulatedClock): void {
    if (this.#isOver) return
    if (!this.silent) this.say({ type: 'alive' })
    this.#stopSpeaking = clock.after(1000, () => this.#speak(clock))
  }

  #hear(message: ToWorker<Plan>): void {
    this.heard.push(message)
    if (message.type === 'probe' && this.answer !== undefined) {
      this.say({
        type: 'probed',
        round: message.round,
        pending: 0,
        held: 0,
        activity: 0,
        sent: [],
        received: [],
        ...this.answer,
      })
    }
    if (message.type === 'stop' && this.obeys) {
      this.say({ type: 'stopped', snapshot: NOTHING })
      void this.link.close().then(() => this.#onExit({ how: 'exit code 0', lastWords: [] }))
    }
  }
}

export class FakeCluster {
  readonly clock = new SimulatedClock()
  readonly network: SimulatedNetwork
  readonly run: Run
  readonly statuses: RunStatus[] = []
  readonly problems: Problem[] = []
  readonly lost: string[] = []
  /** Every worker that was launched, in that order. */
  readonly launched: FakeWorker[] = []
  report: RunReport | undefined
  /** What takes the output of workers; it settles at once unless a test sets it. */
  outputTaken: Promise<void> = Promise.resolve()
  readonly #topology: Topology

  constructor(
    topology: Topology,
    { snapshots, ...options }: Pick<Submission, 'inactive' | 'logLevels'> & { snapshots?: SnapshotStore } = {},
    onStatus: (status: RunStatus) => void = () => {},
  ) {
    this.#topology = topology
    this.network = new SimulatedNetwork({ clock: this.clock, prng: new Prng(1) })
    const events: RunEvents = {
      onStatus: (status) => {
        this.statuses.push(status)
        onStatus(status)
      },
      onProblem: (problem) => this.problems.push(problem),
      onWorkerLost: (worker, incarnation, how, restartInMs) =>
        this.lost.push(`${worker}.${incarnation} ${how}, again in ${restartInMs} ms`),
    }
    const launcher: Launcher = {
      launch: (worker, incarnation, nimbus, { onExit }) => {
        let over = false
        const made = new FakeWorker(worker, incarnation, this.network, (exit) => {
          if (!over) this.clock.soon(() => onExit(exit))
          over = true
        })
        this.launched.push(made)
        void this.network.dial(nimbus, { run: 'run', worker, incarnation }, { worker: 0 }).then(
          (link) => made.attach(link, this.clock),
          () => {},
        )
        return { kill: () => made.die() }
      },
      outputTaken: () => this.outputTaken,
    }
    const plan = planTopology(this.#topology)
    const source = { file: 'topology.ts', variables: {}, config: {} }
    this.run = new Run(
      { run: 'run', plan, source, ...options },
      { clock: this.clock, network: this.network, launcher, events, snapshotStore: () => snapshots },
    )
    void this.run.done.then((report) => {
      this.report = report
    })
  }

  /** The present incarnation of a worker. */
  worker(worker: number): FakeWorker {
    return this.launched.findLast((made) => made.worker === worker)!
  }

  async start(): Promise<void> {
    await this.run.start()
    await this.clock.advance(1)
  }

  /** A worker says that it listens, and is ready. */
  async ready(worker: number): Promise<void> {
    const it = this.worker(worker)
    it.say({ type: 'listening', address: `address ${worker}.${it.incarnation}` })
    it.say({ type: 'ready' })
    await this.clock.advance(1)
  }

  /** Starts, with all workers ready. */
  async startAll(): Promise<FakeWorker[]> {
    await this.start()
    const workers = workerIds(this.run.plan)
    for (const worker of workers) await this.ready(worker)
    return workers.map((worker) => this.worker(worker))
  }

  exhausted(worker: number, exhausted = true): void {
    this.worker(worker).say({ type: 'exhausted', exhausted })
  }

  /** Lets time pass until the run is over. */
  async end(limitMs = 120_000): Promise<RunReport> {
    if (await this.clock.until(() => this.report !== undefined, limitMs)) return this.report!
    throw new Error(`the run is ${this.run.status} after ${limitMs} ms`)
  }
}

/** Writes a manifest when the test lets it. */
export class HeldManifests extends MemorySnapshots {
  /** Lets the one be written that is waited for. */
  write = (): void => {}

  override async complete(...args: Parameters<MemorySnapshots['complete']>): Promise<void> {
    await new Promise<void>((resolve) => {
      this.write = resolve
    })
    await super.complete(...args)
  }
}
