/**
 * The nimbus: hands out the plan, knows every worker, leads the topology through its life. It keeps no tuple: it can
 * ask again.
 *
 *     starting ──all ready──▶ running ──all spouts exhausted──▶ finishing ──every bolt has ended──▶ stopping ──▶ done
 *        │                      │  ▲                               │
 *        │                      │  └────────a worker died──────────┘
 *        │                      └──drain──▶ draining ──nothing in flight, or time is up──▶ stopping
 *        └── a failure, from any state ──▶ stopping
 */
import type { Problem } from '../errors/typhoon-error.ts'
import type { Identity, Link, Listener } from '../messaging/link.ts'
import { isBadFrame } from '../messaging/link-end.ts'
import { type Plan, tasksIn, workerIds } from '../scheduler/plan.ts'
import { type ResolvedConfig, resolveConfig } from '../topology/config.ts'
import type { Incarnation, TaskId, WorkerId } from '../tuple/ids.ts'
import { EndOfInput } from './end-of-input.ts'
import type { RunStatus } from './events.ts'
import { readWorkerMessage, type WorkerMessage } from './from-worker.ts'
import { Inquest } from './inquest/inquest.ts'
import { hearWitness, toStagingSpouts } from './inquest/staging-spouts.ts'
import type { WorkerExit } from './launcher.ts'
import { blamesCode, deathOf, describeExit, drainTimedOut, gaveUp, inquestBegins, startTimedOut } from './problems.ts'
import { Quiescence } from './quiescence.ts'
import { type Outcome, type RunReport, Tally } from './report.ts'
import { type Known, Roster } from './roster.ts'
import type { RunOptions, RunPorts } from './run-options.ts'
import { Silence } from './silence.ts'
import { Supervisor } from './supervisor.ts'
import { Timers } from './timers.ts'

const STOP_TIMEOUT_MS = 5000
const LOAD_INTERVAL_MS = 1000
/** A link that broke because its peer died is seen before the death is. */
const LINK_GRACE_MS = 200

export class Run {
  readonly plan: Plan
  readonly tally: Tally
  /** Settles when everything is over; rejects only where the nimbus itself could not start. */
  readonly done: Promise<RunReport>
  readonly #ports: RunPorts
  readonly #options: RunOptions
  readonly #config: ResolvedConfig
  readonly #supervisor: Supervisor
  readonly #quiescence: Quiescence
  readonly #inquest: Inquest
  readonly #silence: Silence
  readonly #roster: Roster
  readonly #checkpoints = new Map<TaskId, unknown>()
  readonly #endOfInput: EndOfInput
  readonly #timers: Timers
  #status: RunStatus = 'starting'
  #active: boolean
  #listener: Listener | undefined
  #startedAt = 0
  /** The input ends when all is drained, as if the spouts had been exhausted. */
  #endAfterDrain = false
  /** It was stopped, and what was in flight has finished. */
  #drained = false
  #outcome: Outcome = 'completed'
  #problem: Problem | undefined
  #finish!: (report: RunReport) => void

  constructor(options: RunOptions, ports: RunPorts) {
    this.#options = options
    this.plan = options.plan
    this.#ports = ports
    this.#timers = new Timers(ports.clock)
    this.#config = resolveConfig(options.plan.topology.config)
    this.#active = options.inactive !== true
    this.tally = new Tally(options.plan)
    this.#roster = new Roster(options.plan.workers.length)
    this.#endOfInput = new EndOfInput(options.plan)
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#supervisor = new Supervisor({
      clock: ports.clock,
      launcher: ports.launcher,
      config: this.#config,
      onStarted: (worker, incarnation) => {
        this.#roster.started(worker, incarnation)
        ports.events.onWorkerStarted?.(worker, incarnation)
      },
      onBlocked: (worker, { how, ends, root, tasks }) => {
        this.#silence.setBlocked(worker)
        this.tally.counted(worker, tasks)
        if (ends && root !== undefined) this.#inquest.accuse(root, { worker, how, own: true })
      },
      onDied: (worker, incarnation, exit, restartInMs) => this.#workerDied(worker, incarnation, exit, restartInMs),
    })
    this.#silence = new Silence({
      clock: ports.clock,
      config: this.#config,
      onChange: () => this.#roster.tellSilent(this.#silence),
      onProblem: (problem, worker) => ports.events.onProblem?.(problem, worker),
      end: (worker) => this.#supervisor.kill(worker),
    })
    this.#quiescence = new Quiescence(workerIds(options.plan), {
      clock: ports.clock,
      ask: (round) => this.#roster.ask({ type: 'probe', round }),
      onQuiet: () => this.#quiet(),
    })
    this.#inquest = new Inquest(workerIds(options.plan), {
      now: () => ports.clock.now(),
      after: this.#timers.after,
      onProgress: () => this.#supervisor.forgive(),
      anyAcked: () => this.tally.anyAcked,
      ...toStagingSpouts(options.plan, this.#roster, ports.events),
    })
  }

  get status(): RunStatus {
    return this.#status
  }

  /** Listens and starts the workers. @throws PORT_TAKEN (rejects) */
  async start(): Promise<void> {
    this.#startedAt = this.#ports.clock.now()
    const identity: Identity = { run: this.#options.run, worker: 0, incarnation: 1 }
    this.#listener = await this.#ports.network.listen({
      identity,
      port: this.#config['topology.nimbus.port'],
      accept: (peer) => this.#roster.refusal(peer),
      onLink: (link) => this.#linked(link),
      onTrouble: (problem) => this.#ports.events.onProblem?.(problem, 0),
    })
    this.#timers.after(this.#config['topology.start.timeout.secs'] * 1000, () => {
      if (this.#status === 'starting')
        this.fail(startTimedOut(this.#roster.late, this.#config['topology.start.timeout.secs']))
    })
    if (!this.#config['topology.disable.loadaware.messaging'])
      this.#timers.every(LOAD_INTERVAL_MS, () => this.#roster.broadcast({ type: 'loads', loads: this.tally.loads }))
    this.#supervisor.start(workerIds(this.#options.plan), this.#listener.address)
  }

  /** Lets the spouts emit. */
  activate(): void {
    this.#active = true
    if (this.#status === 'running') this.#roster.broadcast({ type: 'activate' })
  }

  /** The spouts stop emitting; what is in flight goes on. */
  deactivate(): void {
    this.#active = false
    if (this.#status === 'running') this.#roster.broadcast({ type: 'deactivate' })
  }

  /**
   * Ends the run in good order: spouts stop, what is in flight finishes within the drain timeout, workers exit.
   * @param endInput the bolts are told that the input has ended, as where a time limit was set beforehand
   */
  drain(endInput = false): void {
    if (this.#status === 'draining' || this.#status === 'stopping' || this.#status === 'done') return
    if (this.#status === 'starting') {
      this.#stop('stopped')
      return
    }
    this.#endAfterDrain = endInput
    this.#active = false
    this.#setStatus('draining')
    this.#roster.broadcast({ type: 'drain' })
    this.#timers.after(this.#config['topology.drain.timeout.secs'] * 1000, () => this.#drainTimedOut())
    this.#quiescence.watch()
  }

  /** Ends the run at once: workers are killed. */
  stopNow(): void {
    if (this.#status === 'done') return
    if (this.#status !== 'stopping') this.#outcome = 'stopped'
    this.#quiescence.cancel()
    this.#setStatus('stopping')
    this.#supervisor.killAll()
    this.#checkOver()
  }

  /** Ends the run, for it cannot go on: workers close, what is in flight is lost. */
  fail(problem: Problem): void {
    if (this.#status === 'done' || this.#outcome === 'failed') return
    this.#problem = problem
    // While the workers close: what they find then spoils the run as well.
    if (this.#status === 'stopping') this.#outcome = 'failed'
    else this.#stop('failed')
  }

  /** Ends one worker as a crash would; it is started again. For tests and drills. */
  killWorker(worker: WorkerId): void {
    this.#supervisor.kill(worker)
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#ports.clock.now() - this.#startedAt) / 1000
  }

  #linked(link: Link): void {
    const { worker, incarnation } = link.peer
    const known = this.#roster.get(worker)!
    known.link = link
    link.onFrame((bytes) => {
      const message = readWorkerMessage(bytes, worker, this.#options.plan)
      if (this.#roster.get(worker)?.incarnation !== incarnation) return
      this.#silence.heard(worker)
      if (message.type === 'alive' && known.ready) this.#roster.send(known, { type: 'heard' })
      this.#handle(worker, known, message)
    })
    link.onClose((reason) => {
      if (known.link === link) delete known.link
      if (reason !== undefined && isBadFrame(reason)) this.tally.badFrame()
      // A worker without its nimbus ends itself; the supervisor hears of that.
      if (reason !== undefined && reason.code !== 'LINK_LOST') this.#ports.events.onProblem?.(reason, worker)
    })
    this.#roster.assign(known, this.#options.source, this.plan, this.#checkpoints)
  }

  #handle(worker: WorkerId, known: Known, message: WorkerMessage): void {
    const { events } = this.#ports
    switch (message.type) {
      case 'listening':
        known.address = message.address
        this.#roster.sendMesh()
        break
      case 'ready':
        this.#workerReady(known)
        break
      case 'snapshot':
      case 'stopped':
        known.stopped = message.type === 'stopped'
        this.tally.update(worker, message.snapshot)
        break
      case 'exhausted':
        known.exhausted = message.exhausted
        this.#checkExhausted()
        break
      case 'probed':
        this.#quiescence.answer(worker, message)
        break
      case 'staged':
      case 'sent':
      case 'settled':
      case 'condemned':
      case 'pong':
        hearWitness(this.#inquest, worker, message)
        break
      case 'ended':
        if (this.#endOfInput.ended(worker, message.component)) this.#quiescence.watch()
        break
      case 'link-silent':
        this.#silence.setLink(worker, message.peer, message.silent)
        break
      case 'link-lost':
        this.#linkLost(worker, message.peer, message.incarnation, message.problem)
        break
      case 'checkpoint':
        this.#checkpoints.set(message.task, message.value)
        break
      case 'problem':
        events.onProblem?.(message.problem, worker, message.stack, message.times)
        break
      case 'log':
        events.onLog?.(message.record, worker)
        break
      case 'fatal': // often the same in every worker: told once
        if (this.#problem?.message !== message.problem.message)
          events.onProblem?.(message.problem, worker, message.stack)
        this.fail({ ...message.problem, where: { worker, ...message.problem.where } })
        break
    }
  }

  /**
   * What was on the link may be lost, so all that is in flight fails. Of a peer that died there is more to say than
   * this.
   */
  #linkLost(worker: WorkerId, peer: WorkerId, incarnation: Incarnation, problem: Problem): void {
    this.#roster.broadcast({ type: 'lost', worker: peer })
    const tell = (): void => {
      if (this.#roster.isLinked(peer, incarnation)) this.#ports.events.onProblem?.(problem, worker)
    }
    if (problem.code === 'LINK_LOST') this.#timers.after(LINK_GRACE_MS, tell)
    else this.#ports.events.onProblem?.(problem, worker)
  }

  #workerReady(known: Known): void {
    known.ready = true
    // It has been told to stop, and says only now that it could have begun.
    if (this.#status === 'stopping') return
    this.#silence.watch(known.worker)
    if (this.#inquest.isOn) this.#roster.send(known, { type: 'trials', on: true })
    this.#inquest.ready()
    if (this.#status === 'starting') {
      if (!this.#roster.allReady) return
      this.#setStatus('running')
      if (this.#active) this.#roster.broadcast({ type: 'activate' })
      return
    }
    this.#roster.tellSilent(this.#silence)
    if (this.#active) this.#roster.send(known, { type: 'activate' })
    else if (this.#status === 'draining') this.#roster.send(known, { type: 'drain' })
  }

  #workerDied(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit, restartInMs: number | undefined): void {
    const { stopped } = this.#roster.died(worker)
    this.#silence.forget(worker)
    if (this.#status === 'stopping') {
      if (exit.problem !== undefined) this.#ports.events.onProblem?.(exit.problem, worker)
      if (!stopped) this.tally.lost(worker, exit.tasks)
      this.#checkOver()
      return
    }
    this.tally.lost(worker, exit.tasks)
    if (restartInMs === undefined || exit.badOption !== undefined) {
      this.fail(gaveUp(worker, incarnation, exit, this.#status === 'starting', this.#options.source))
      return
    }
    this.#ports.events.onWorkerLost?.(worker, incarnation, describeExit(exit), restartInMs)
    // Before the others hear of it: what they replay is staged already.
    if (this.#status !== 'starting') {
      const suspicious = exit.wasBlocked === true || this.#supervisor.diesAgain(worker)
      if (this.#inquest.died(worker, tasksIn(this.plan, worker), suspicious, deathOf(exit)))
        this.#ports.events.onLog?.({ level: 'warn', message: inquestBegins(worker) }, worker)
    }
    if (this.#inquest.blamesCode) this.fail(blamesCode(worker, incarnation, exit))
    this.#roster.broadcast({ type: 'lost', worker })
    this.#roster.tellSilent(this.#silence)
    // While the bolts were told of the end: what its spouts replay comes before the end.
    if (this.#status === 'finishing') this.#setStatus(this.#endAfterDrain ? 'draining' : 'running')
    // It may have died with a question unanswered, or between its answer and the last one: all that was found out is
    // void.
    if (this.#status === 'draining') this.#quiescence.watch()
    else this.#quiescence.cancel()
  }

  #checkExhausted(): void {
    if (this.#status !== 'running') return
    if (this.#roster.allExhausted) this.#quiescence.watch()
    else this.#quiescence.cancel()
  }

  /** Nothing is in flight. */
  #quiet(): void {
    if (this.#status === 'draining' && !this.#endAfterDrain) {
      this.#drained = true
      this.#stop('stopped')
    } else if (this.#status === 'running' || (this.#status === 'draining' && this.#endAfterDrain)) {
      this.#setStatus('finishing')
      this.#endOfInput.begin()
      this.#endNext()
    } else if (this.#status === 'finishing') this.#endNext()
  }

  #endNext(): void {
    const component = this.#endOfInput.next()
    if (component === undefined) this.#stop('completed')
    else this.#roster.broadcast({ type: 'end-of-input', component })
  }

  #drainTimedOut(): void {
    if (this.#status !== 'draining' && this.#status !== 'finishing') return
    this.#problem = drainTimedOut(this.tally.unfinished, this.#config['topology.drain.timeout.secs'])
    this.#stop('stopped')
  }

  /** Asks the workers to close; those that do not are killed. */
  #stop(outcome: Outcome): void {
    this.#outcome = outcome
    this.#quiescence.cancel()
    this.#silence.stop()
    this.#setStatus('stopping')
    this.#supervisor.stopRestarting()
    this.#roster.broadcast({ type: 'stop' })
    for (const worker of this.#roster.unlinked) this.#supervisor.kill(worker)
    this.#timers.after(STOP_TIMEOUT_MS, () => this.#supervisor.killAll())
    this.#checkOver()
  }

  #checkOver(): void {
    if (this.#status !== 'stopping' || this.#supervisor.living > 0) return
    this.#setStatus('done')
    this.#timers.cancelAll()
    // Whoever insisted, or failed, has been told of what is left.
    if (this.#outcome === 'completed' || this.#drained) this.#problem ??= this.tally.imbalance()
    const report = this.tally.report(this.#outcome, this.seconds, this.#problem)
    void Promise.allSettled([this.#listener?.close(), this.#ports.launcher.outputTaken?.()]).then(() =>
      this.#finish(report),
    )
  }

  #setStatus(status: RunStatus): void {
    if (this.#status === status) return
    this.#status = status
    this.#ports.events.onStatus?.(status)
  }
}
