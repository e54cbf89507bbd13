/**
 * A run: one topology's life. It hands out the plan, knows every worker, and leads them from the start to the end as
 * the table in `life.ts` says. It keeps no tuple: it can ask again.
 *
 * It knows of no other run. What holds many of them, with what lasts of each, is a nimbus, for which this room keeps
 * the name; `lib/run` is how a program asks for a run, and waits for it.
 */
import { kindOf, type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import type { Identity, Link, Listener } from '../messaging/link.ts'
import { isBadFrame } from '../messaging/link-end.ts'
import { type Plan, workerIds } from '../scheduler/plan.ts'
import { type ResolvedConfig, resolveConfig } from '../topology/config/config.ts'
import { NIMBUS, type TaskId, type WorkerId } from '../tuple/ids.ts'
import { Timers } from '../util/time/timers.ts'
import { type Hearers, hear } from './hear.ts'
import { Inquest } from './inquest/inquest.ts'
import { toStagingSpouts } from './inquest/staging-spouts.ts'
import { EndOfInput } from './life/end-of-input.ts'
import { LIFE } from './life/life.ts'
import { type Actions, LifeCycle } from './life/life-cycle.ts'
import { Quiescence } from './life/quiescence.ts'
import { Losses } from './losses.ts'
import { Patience } from './patience.ts'
import { drainTimedOut, startTimedOut } from './problems.ts'
import { makeRecovery, makeRounds, type Recovery } from './recovery.ts'
import type { RunStatus } from './report/events.ts'
import { type RunReport, Tally } from './report/report.ts'
import type { Rounds } from './rounds/rounds.ts'
import type { RunOptions, RunPorts } from './run-options.ts'
import { readWorkerMessage } from './workers/from-worker.ts'
import { type Known, Roster } from './workers/roster.ts'
import { Silence } from './workers/silence.ts'
import { Supervisor } from './workers/supervisor.ts'

const STOP_TIMEOUT_MS = 5000
const LOAD_INTERVAL_MS = 1000

export class Run {
  readonly tally: Tally
  /** Settles when everything is over; rejects only where the run itself could not start. */
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
  readonly #endOfInput = new EndOfInput()
  readonly #timers: Timers
  readonly #life: LifeCycle
  readonly #losses: Losses
  /** The plan by which workers are started next. */
  #nextPlan: Plan
  /** Whether the spouts may emit while it runs. */
  #active: boolean
  #listener: Listener | undefined
  #startedAt = 0
  /** Where snapshots are taken. */
  readonly #rounds: Rounds | undefined
  /** Where a tuple is atomic. */
  readonly #recovery: Recovery | undefined
  /** Nothing has come since the workers began. */
  #isUntouched = false
  /** Calls off what happens where the present phase takes too long. */
  #cancelDeadline: () => void = () => {}
  #problem: Problem | undefined
  readonly #patience: Patience
  #finish!: (report: RunReport) => void

  constructor(options: RunOptions, ports: RunPorts) {
    const { plan } = options
    this.#options = options
    this.#nextPlan = plan
    this.#ports = ports
    this.#timers = new Timers(ports.clock)
    this.#patience = new Patience(ports.clock)
    this.#config = resolveConfig(plan.topology.config)
    this.#active = options.inactive !== true
    this.tally = new Tally(plan)
    this.#roster = new Roster(plan)
    this.#life = new LifeCycle(this.#actions, (status) => ports.events.onStatus?.(status))
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#supervisor = new Supervisor({
      clock: ports.clock,
      launcher: ports.launcher,
      config: this.#config,
      onStarted: (worker, incarnation) => {
        this.#roster.started(worker, incarnation)
        this.#silence.expect(worker)
        ports.events.onWorkerStarted?.(worker, incarnation)
      },
      onBlocked: (worker, { how, ends, root, tasks }) => {
        this.#silence.setBlocked(worker)
        this.tally.counted(worker, tasks)
        if (ends && root !== undefined) this.#inquest.accuse(root, { worker, how, own: true })
      },
      onDied: (...death) => this.#losses.workerDied(...death),
      onLeft: (worker, exit) => {
        this.#losses.workerLeft(worker, exit)
        this.#checkEmpty()
      },
    })
    this.#silence = new Silence({
      clock: ports.clock,
      config: this.#config,
      onChange: () => this.#roster.tellSilent(this.#silence),
      onProblem: (problem, worker) => ports.events.onProblem?.(problem, worker),
      end: (worker) => this.#supervisor.kill(worker),
    })
    this.#quiescence = new Quiescence({
      clock: ports.clock,
      ask: (round) => this.#roster.ask({ type: 'probe', round }),
      onQuiet: (activity) => {
        this.#isUntouched = activity === 0
        this.#life.on('quiet')
      },
    })
    this.#rounds = makeRounds(options, ports, this.#life, this.#roster, (problem) => this.fail(problem))
    this.#recovery = makeRecovery(plan, this.#rounds, {
      life: this.#life,
      timers: this.#timers,
      checkpoints: this.#checkpoints,
      fail: (problem) => this.fail(problem),
    })
    this.#inquest = new Inquest({
      now: () => ports.clock.now(),
      after: this.#timers.after,
      onProgress: () => this.#supervisor.forgive(),
      anyAcked: () => this.tally.anyAcked,
      ...toStagingSpouts(this.#roster, ports.events),
    })
    this.#losses = this.#makeLosses()
  }

  #makeLosses(): Losses {
    return new Losses({
      events: this.#ports.events,
      life: this.#life,
      roster: this.#roster,
      silence: this.#silence,
      supervisor: this.#supervisor,
      inquest: this.#inquest,
      tally: this.tally,
      timers: this.#timers,
      recovery: this.#recovery,
      rounds: this.#rounds,
      source: this.#options.source,
      fail: (problem) => this.fail(problem),
    })
  }

  get status(): RunStatus {
    return this.#life.status
  }

  /** Which tasks there are, and who runs them now. */
  get plan(): Plan {
    return this.#roster.plan
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#ports.clock.now() - this.#startedAt) / 1000
  }

  /** Listens and starts the workers. @throws PORT_TAKEN (rejects) */
  async start(): Promise<void> {
    this.#startedAt = this.#ports.clock.now()
    const identity: Identity = { run: this.#options.run, worker: NIMBUS, incarnation: 1 }
    this.#listener = await this.#ports.network.listen({
      identity,
      port: this.#config['topology.nimbus.port'],
      accept: (peer) => this.#roster.refusal(peer),
      onLink: (link) => this.#linked(link),
      onTrouble: (problem) => this.#ports.events.onProblem?.(problem, NIMBUS),
    })
    if (!this.#config['topology.disable.loadaware.messaging'])
      this.#timers.every(LOAD_INTERVAL_MS, () => this.#roster.broadcast({ type: 'loads', loads: this.tally.loads }))
    await this.#rounds?.find(this.#options.fresh)
    this.#startWorkers()
  }

  /** Lets the spouts emit. */
  activate(): void {
    this.#active = true
    this.#life.on('activate')
  }

  /** The spouts stop emitting; what is in flight goes on. */
  deactivate(): void {
    this.#active = false
    this.#life.on('deactivate')
  }

  /**
   * Ends the run in good order: spouts stop, what is in flight finishes within the drain timeout, workers exit.
   * @param endInput whether the bolts get the end of their input, as when a time limit was set beforehand
   */
  drain(endInput = false): void {
    const what = endInput ? 'end-input' : 'drain'
    this.#recovery?.asked(what)
    this.#life.on(what)
  }

  /** Ends the run at once: workers are killed, and no listener is waited for. */
  stopNow(): void {
    this.#patience.end()
    this.#life.on('stop-now')
  }

  /** Ends the run, for it cannot go on: workers close, what is in flight is lost. */
  fail(problem: Problem): void {
    // What a component says after the time to start is up is why it was not ready.
    const isCause = this.#life.ending !== 'failed' || this.#problem?.code === 'WORKER_START_FAILED'
    if (isCause && this.#life.takes('fail')) this.#problem = problem
    this.#life.on('fail')
  }

  /**
   * Goes on with another plan for the same topology. The spouts stop, what is in flight finishes within the drain
   * timeout, all workers stop, and those of the new plan begin with what the tasks asked to keep. A run that is about
   * to end does so by the plan that it has.
   * @throws INTERNAL where the plan is for another topology, or not newer than the last one
   */
  replan(plan: Plan): void {
    const { hash, version } = this.#nextPlan
    if (plan.hash !== hash || plan.version <= version)
      throw new TyphoonError(
        'INTERNAL',
        `version ${plan.version} of a plan cannot take the place of version ${version}`,
      )
    this.#nextPlan = plan
    this.#life.on('replan')
  }

  /** Ends one worker as a crash would; it is started again. For tests and drills. */
  killWorker(worker: WorkerId): void {
    this.#supervisor.kill(worker)
  }

  readonly #actions: Actions = {
    activate: () => {
      if (this.#active) this.#roster.broadcast({ type: 'activate' })
    },
    deactivate: () => this.#roster.broadcast({ type: 'deactivate' }),
    drain: () => {
      this.#roster.broadcast({ type: 'drain' })
      this.#setDeadline(this.#config['topology.drain.timeout.secs'] * 1000)
    },
    watch: () => this.#quiescence.watch(workerIds(this.plan)),
    unwatch: () => this.#quiescence.cancel(),
    'begin-end': () => this.#beginEnd(),
    'tell-next': () => {
      const component = this.#endOfInput.next()
      if (component === undefined) this.#life.on('all-ended')
      else this.#roster.broadcast({ type: 'end-of-input', component })
    },
    'blame-start': () => {
      this.#problem = startTimedOut(this.#roster.late, this.plan, this.#config['topology.start.timeout.secs'])
    },
    'blame-drain': () => {
      this.#problem = drainTimedOut(this.tally.unfinished, this.#config['topology.drain.timeout.secs'])
    },
    stop: () => this.#stop(),
    kill: () => {
      this.#quiescence.cancel()
      this.#supervisor.killAll()
      this.#checkEmpty()
    },
    'take-first': () => {
      if (this.#recovery === undefined) this.#life.on('committed')
      else this.#recovery.rounds.takeFirst()
    },
    'take-snapshots': () => this.#rounds?.start(),
    'take-last': () => {
      if (this.#rounds === undefined) this.#life.on('committed')
      else this.#rounds.takeLast(this.#life.phase === 'committing')
    },
    'find-snapshot': () => void this.#recovery?.findSnapshot(),
    'ask-again': () => this.#recovery?.askAgain(),
    'begin-plan': () => {
      this.#roster.follow(this.#nextPlan)
      this.tally.follow(this.#nextPlan)
      this.#inquest.startOver()
      this.#startWorkers()
    },
    conclude: () => this.#conclude(),
  }

  /** Where nothing has come since a run before has told the bolts, they are not told again. */
  #beginEnd(): void {
    const isTold = this.#recovery?.rounds.restoredEnd === true && this.#isUntouched
    this.#rounds?.endBegins(isTold)
    this.#endOfInput.begin(this.plan, isTold)
  }

  #startWorkers(): void {
    this.#setDeadline(this.#config['topology.start.timeout.secs'] * 1000)
    for (const worker of workerIds(this.plan)) this.#supervisor.add(worker, this.#listener!.address)
  }

  #setDeadline(ms: number): void {
    this.#cancelDeadline()
    this.#cancelDeadline = this.#timers.after(ms, () => this.#life.on('overdue'))
  }

  #linked(link: Link): void {
    const { worker, incarnation } = link.peer
    const known = this.#roster.get(worker)!
    known.link = link
    const hearers = this.#hearers()
    link.onFrame((bytes) => {
      const message = readWorkerMessage(bytes, worker, this.plan)
      if (this.#roster.get(worker)?.incarnation !== incarnation) return
      this.#silence.heard(worker)
      hear(message, known, hearers)
    })
    link.onClose((reason) => {
      if (known.link === link) delete known.link
      if (reason !== undefined && isBadFrame(reason)) this.tally.badFrame()
      // A worker without its nimbus ends itself; the supervisor hears of that.
      if (reason !== undefined && reason.code !== 'LINK_LOST') this.#ports.events.onProblem?.(reason, worker)
    })
    const { source, allowsDropped = false } = this.#options
    const snapshot = this.#rounds?.restored
    this.#roster.assign(known, source, this.#checkpoints, snapshot === undefined ? {} : { snapshot, allowsDropped })
  }

  #hearers(): Hearers {
    return {
      events: this.#ports.events,
      roster: this.#roster,
      tally: this.tally,
      quiescence: this.#quiescence,
      endOfInput: this.#endOfInput,
      inquest: this.#inquest,
      silence: this.#silence,
      checkpoints: this.#checkpoints,
      rounds: this.#rounds,
      on: (event) => this.#life.on(event),
      onReady: (known) => this.#workerReady(known),
      onLinkLost: (worker, lost) => this.#losses.linkLost(worker, lost),
      onFatal: (problem, worker, stack) => this.#fatal(problem, worker, stack),
    }
  }

  /** Often the same in every worker: reported once. */
  #fatal(problem: Problem, worker: WorkerId, stack?: string): void {
    const isKnown = this.#problem !== undefined && kindOf(this.#problem) === kindOf(problem)
    if (!isKnown) this.#ports.events.onProblem?.(problem, worker, stack)
    this.fail({ ...problem, where: { worker, ...problem.where } })
  }

  #workerReady(known: Known): void {
    known.ready = true
    const { spouts, on } = LIFE[this.#life.phase]
    // It was asked to stop, and says only now that it could have begun.
    if (spouts === undefined && on.ready === undefined) return
    if (this.#inquest.isOn) this.#roster.send(known, { type: 'trials', on: true })
    this.#inquest.ready()
    if (spouts === undefined && this.#roster.allReady) this.#life.on('ready')
    if (spouts === undefined) return
    this.#roster.tellSilent(this.#silence)
    if (spouts === 'drain' || this.#active) this.#roster.send(known, { type: spouts })
  }

  /** Asks the workers to close; those that do not are killed. */
  #stop(): void {
    this.#quiescence.cancel()
    this.#rounds?.stop()
    this.#silence.stop()
    this.#supervisor.removeAll()
    this.#roster.broadcast({ type: 'stop' })
    for (const worker of this.#roster.unlinked) this.#supervisor.kill(worker)
    this.#setDeadline(STOP_TIMEOUT_MS)
    this.#checkEmpty()
  }

  #checkEmpty(): void {
    if (this.#supervisor.living === 0) this.#life.on('empty')
  }

  #conclude(): void {
    this.#timers.cancelAll()
    const { ending } = this.#life
    // What is left was reported where somebody insisted or a failure ended the run.
    if (ending === 'completed' || ending === 'drained') this.#problem ??= this.tally.imbalance()
    const outcome = ending === 'drained' ? 'stopped' : ending
    const report = this.tally.report(outcome, this.seconds, this.#problem)
    const waitMs = outcome === 'stopped' ? this.#config['topology.drain.timeout.secs'] * 1000 : Infinity
    const taken = this.#patience.until(this.#ports.launcher.outputTaken?.(), waitMs)
    void Promise.allSettled([this.#listener?.close(), taken]).then(() => this.#finish(report))
  }
}
