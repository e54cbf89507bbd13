/**
 * A run: one topology's life. It hands out the plan, knows every worker, and leads them from the start to the end as
 * the table in `life.ts` says. It keeps no tuple: it can ask again.
 *
 * It knows of no other run. What holds many of them, with what lasts of each, is a nimbus, for which this room keeps
 * the name; `lib/run` is how a program asks for a run, and waits for it.
 */
import { kindOf, type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import type { TapWanted } from '../messaging/control.ts'
import type { Identity, Link, Listener } from '../messaging/link.ts'
import { isBadFrame } from '../messaging/link-end.ts'
import { type Plan, workerIds } from '../scheduler/plan.ts'
import { type Incarnation, NIMBUS, type WorkerId } from '../tuple/ids.ts'
import type { FollowedRoots } from './followed-roots.ts'
import { hear } from './hear.ts'
import { LIFE } from './life/life.ts'
import type { Actions } from './life/life-cycle.ts'
import type { TimedLevel } from './log-levels.ts'
import { makeParts } from './make-parts.ts'
import { outagesOf, type RunOutage } from './outages.ts'
import { Patience } from './patience.ts'
import { drainTimedOut, startTimedOut } from './problems.ts'
import type { Abortable, ProfileWanted } from './profiles.ts'
import type { RunStatus } from './report/events.ts'
import type { RunReport, RunTotals } from './report/report.ts'
import type { RunParts } from './run-parts.ts'
import type { RunPorts, Submission } from './submission.ts'
import type { Tapped } from './taps.ts'
import { readWorkerMessage } from './workers/from-worker.ts'
import type { Known } from './workers/roster.ts'

const STOP_TIMEOUT_MS = 5000
const LOAD_INTERVAL_MS = 1000
/** The time in which a worker that is taken over must come. */
const ADOPTION_MS = 10_000

export class Run {
  /** Settles when everything is over; rejects only where the run itself could not start. */
  readonly done: Promise<RunReport>
  readonly #ports: RunPorts
  readonly #submission: Submission
  readonly #parts: RunParts
  /** The plan by which workers are started next. */
  #nextPlan: Plan
  /** Whether the spouts may emit while it runs. */
  #active: boolean
  #listener: Listener | undefined
  #startedAt = 0
  /** Nothing has come since the workers began. */
  #isUntouched = false
  /** Calls off what happens where the present phase takes too long. */
  #cancelDeadline: () => void = () => {}
  #problem: Problem | undefined
  readonly #patience: Patience
  #finish!: (report: RunReport) => void

  constructor(submission: Submission, ports: RunPorts) {
    this.#submission = submission
    this.#nextPlan = submission.plan
    this.#ports = ports
    this.#patience = new Patience(ports.clock)
    this.#active = submission.inactive !== true
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#parts = makeParts(submission, ports, this.#actions, {
      onReady: (known) => this.#workerReady(known),
      onFatal: (problem, worker, stack) => this.#fatal(problem, worker, stack),
      onLeft: () => this.#checkEmpty(),
      onQuiet: (activity) => {
        this.#isUntouched = activity === 0
        this.#parts.life.on('quiet')
      },
      fail: (problem) => this.fail(problem),
    })
  }

  get totals(): RunTotals {
    return this.#parts.totals
  }

  get status(): RunStatus {
    return this.#parts.life.status
  }

  /** Which tasks there are, and who runs them now. */
  get plan(): Plan {
    return this.#parts.roster.plan
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#ports.clock.now() - this.#startedAt) / 1000
  }

  /** What it cannot do for a while. */
  get outages(): readonly RunOutage[] {
    return outagesOf(this.#parts, this.#ports.clock)
  }

  /** Listens and starts the workers. @throws PORT_TAKEN (rejects) */
  async start(): Promise<void> {
    const { config, roster, timers, rounds } = this.#parts
    this.#startedAt = this.#ports.clock.now()
    const identity: Identity = { run: this.#submission.run, worker: NIMBUS, incarnation: 1 }
    this.#listener = await this.#ports.network.listen({
      identity,
      port: config['topology.nimbus.port'],
      accept: (peer) => roster.refusal(peer),
      onLink: (link) => this.#linked(link),
      onTrouble: (problem) => this.#ports.events.onProblem?.(problem, NIMBUS),
    })
    if (!config['topology.disable.loadaware.messaging'])
      timers.every(LOAD_INTERVAL_MS, () => roster.broadcast({ type: 'loads', loads: this.totals.loads }))
    await rounds?.find(this.#submission.fresh)
    // It may have been ended meanwhile.
    if (this.#parts.life.phase !== 'starting') return
    if (this.#submission.adopts === undefined) this.#startWorkers()
    else this.#adoptWorkers(this.#submission.adopts)
  }

  /** Lets the spouts emit. */
  activate(): void {
    this.#active = true
    this.#parts.life.on('activate')
  }

  /** The spouts stop emitting; what is in flight goes on. */
  deactivate(): void {
    this.#active = false
    this.#parts.life.on('deactivate')
  }

  /**
   * Ends the run in good order: spouts stop, what is in flight finishes within the drain timeout, workers exit.
   * @param endInput whether the bolts get the end of their input, as when a time limit was set beforehand
   */
  drain(endInput = false): void {
    const what = endInput ? 'end-input' : 'drain'
    this.#parts.recovery?.asked(what)
    this.#parts.life.on(what)
  }

  /** Ends the run at once: workers are killed, and no listener is waited for. */
  stopNow(): void {
    this.#patience.end()
    this.#parts.life.on('stop-now')
  }

  /** Ends the run, for it cannot go on: workers close, what is in flight is lost. */
  fail(problem: Problem): void {
    const { life } = this.#parts
    // What a component says after the time to start is up is why it was not ready.
    const isCause = life.ending !== 'failed' || this.#problem?.code === 'WORKER_START_FAILED'
    if (isCause && life.takes('fail')) this.#problem = problem
    life.on('fail')
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
    this.#parts.life.on('replan')
  }

  /** Levels at which components log from now on, in place of those of the configuration; those from before are gone. */
  setLogLevels(levels: readonly TimedLevel[]): void {
    this.#parts.logLevels.set(levels)
  }

  /** Shows tuples when they are emitted. @returns ends it */
  tap(wanted: Omit<TapWanted, 'tap'>, onTapped: (tapped: Tapped) => void): () => void {
    return this.#parts.taps.open(wanted, onTapped)
  }

  /** The tuple trees that are followed. */
  get followed(): FollowedRoots {
    return this.#parts.followed
  }

  /**
   * Takes a profile of a worker, as text that comes in parts.
   * @param signal nobody wants it any more
   * @throws PROFILE_BUSY, PROFILE_FAILED (rejects)
   */
  profile(worker: WorkerId, wanted: ProfileWanted, signal: Abortable): AsyncGenerator<string> {
    return this.#parts.profiles.take(worker, wanted, signal)
  }

  /** Ends one worker as a crash would; it is started again. For tests and drills. */
  killWorker(worker: WorkerId): void {
    this.#parts.supervisor.kill(worker)
  }

  readonly #actions: Actions = {
    activate: () => {
      if (this.#active) this.#parts.roster.broadcast({ type: 'activate' })
    },
    deactivate: () => this.#parts.roster.broadcast({ type: 'deactivate' }),
    drain: () => {
      this.#parts.roster.broadcast({ type: 'drain' })
      this.#setDeadline(this.#parts.config['topology.drain.timeout.secs'] * 1000)
    },
    watch: () => this.#parts.quiescence.watch(workerIds(this.plan)),
    unwatch: () => this.#parts.quiescence.cancel(),
    'begin-end': () => this.#beginEnd(),
    'tell-next': () => {
      const component = this.#parts.endOfInput.next()
      if (component === undefined) this.#parts.life.on('all-ended')
      else this.#parts.roster.broadcast({ type: 'end-of-input', component })
    },
    'blame-start': () => {
      this.#problem = startTimedOut(
        this.#parts.roster.late,
        this.plan,
        this.#parts.config['topology.start.timeout.secs'],
      )
    },
    'blame-drain': () => {
      this.#problem = drainTimedOut(this.totals.unfinished, this.#parts.config['topology.drain.timeout.secs'])
    },
    stop: () => this.#stop(),
    kill: () => {
      this.#parts.quiescence.cancel()
      this.#parts.supervisor.killAll()
      this.#checkEmpty()
    },
    'take-first': () => {
      const { roster } = this.#parts
      for (const worker of roster.lostBefore) roster.broadcast({ type: 'lost', worker })
      roster.lostBefore.clear()
      if (this.#parts.recovery === undefined) this.#parts.life.on('committed')
      else this.#parts.recovery.rounds.takeFirst()
    },
    'take-snapshots': () => {
      this.#parts.rounds?.start()
      // Those that were taken over may have been so before.
      if (this.#parts.roster.allExhausted) this.#parts.life.on('exhausted')
    },
    'take-last': () => {
      if (this.#parts.rounds === undefined) this.#parts.life.on('committed')
      else this.#parts.rounds.takeLast(this.#parts.life.phase === 'committing')
    },
    'find-snapshot': () => void this.#parts.recovery?.findSnapshot(),
    'ask-again': () => this.#parts.recovery?.askAgain(),
    'begin-plan': () => void this.#beginPlan(),
    conclude: () => this.#conclude(),
  }

  /** Where nothing has come since a run before has told the bolts, they are not told again. */
  #beginEnd(): void {
    const { recovery, rounds, endOfInput } = this.#parts
    const isTold = recovery?.rounds.restoredEnd === true && this.#isUntouched
    // Where positions alone are kept, nothing that the bolts do then is kept with them.
    if (recovery !== undefined) rounds?.endBegins(isTold)
    endOfInput.begin(this.plan, isTold)
  }

  /** What is being written then could become the snapshot that some of the workers begin from, and others not. */
  async #beginPlan(): Promise<void> {
    const { roster, inquest, rounds, life } = this.#parts
    if (rounds !== undefined) await rounds.atRest
    if (life.phase !== 'starting') return
    roster.follow(this.#nextPlan)
    this.totals.follow(this.#nextPlan)
    inquest.startOver()
    rounds?.goBack()
    this.#startWorkers()
  }

  #startWorkers(): void {
    const { config, supervisor } = this.#parts
    this.#setDeadline(config['topology.start.timeout.secs'] * 1000)
    for (const worker of workerIds(this.plan)) supervisor.add(worker, this.#listener!.address)
  }

  /** What lives already goes on. One that does not come is ended, and started again as any other. */
  #adoptWorkers(adopts: ReadonlyMap<WorkerId, Incarnation>): void {
    const { config, supervisor, roster, timers } = this.#parts
    this.#setDeadline(config['topology.start.timeout.secs'] * 1000)
    for (const [worker, incarnation] of adopts) supervisor.adopt(worker, incarnation, this.#listener!.address)
    timers.after(ADOPTION_MS, () => {
      for (const { worker, isAdopted } of roster.late) if (isAdopted) supervisor.kill(worker)
    })
  }

  #setDeadline(ms: number): void {
    const { timers, life } = this.#parts
    this.#cancelDeadline()
    this.#cancelDeadline = timers.after(ms, () => life.on('overdue'))
  }

  #linked(link: Link): void {
    const { roster, silence, rounds, recovery, checkpoints, logLevels } = this.#parts
    const { worker, incarnation } = link.peer
    const known = roster.get(worker)!
    known.link = link
    link.onFrame((bytes) => {
      const message = readWorkerMessage(bytes, worker, this.plan)
      if (roster.get(worker)?.incarnation !== incarnation) return
      silence.heard(worker)
      hear(message, known, this.#parts)
    })
    link.onClose((reason) => {
      if (known.link === link) delete known.link
      if (reason !== undefined && isBadFrame(reason)) this.totals.badFrame()
      // A worker without its nimbus ends itself; the supervisor hears of that.
      if (reason !== undefined && reason.code !== 'LINK_LOST') this.#ports.events.onProblem?.(reason, worker)
    })
    if (known.isAdopted) return
    const { source, allowsDropped = false } = this.#submission
    const snapshot = rounds?.restored
    const restore = snapshot === undefined ? {} : { snapshot, allowsDropped }
    known.logLevels = logLevels.all
    const levels = logLevels.all.length === 0 ? {} : { logLevels: logLevels.all }
    roster.assign(known, source, checkpoints, { ...restore, ...levels, ...recovery?.search.orders })
  }

  /** Often the same in every worker: reported once. */
  #fatal(problem: Problem, worker: WorkerId, stack?: string): void {
    const { roster, supervisor } = this.#parts
    const known = roster.get(worker)
    if (known?.ready === false && known.incarnation > 1) {
      // It could begin before, so what hinders it may pass: a database that is away.
      this.#ports.events.onProblem?.(problem, worker, stack)
      supervisor.kill(worker)
      return
    }
    const isKnown = this.#problem !== undefined && kindOf(this.#problem) === kindOf(problem)
    if (!isKnown) this.#ports.events.onProblem?.(problem, worker, stack)
    this.fail({ ...problem, where: { worker, ...problem.where } })
  }

  #workerReady(known: Known): void {
    const { life, roster, inquest, silence } = this.#parts
    known.ready = true
    const { spouts, on } = LIFE[life.phase]
    // It was asked to stop, and says only now that it could have begun.
    if (spouts === undefined && on.ready === undefined) return
    if (inquest.isOn) roster.send(known, { type: 'trials', on: true })
    inquest.ready()
    if (spouts === undefined && roster.allReady) life.on('ready')
    if (spouts === undefined) return
    roster.tellSilent(silence)
    if (spouts === 'drain' || this.#active) roster.send(known, { type: spouts })
  }

  /** Asks the workers to close; those that do not are killed. */
  #stop(): void {
    const { quiescence, rounds, silence, supervisor, roster } = this.#parts
    quiescence.cancel()
    rounds?.stop()
    silence.stop()
    supervisor.removeAll()
    roster.broadcast({ type: 'stop' })
    for (const worker of roster.unlinked) supervisor.kill(worker)
    this.#setDeadline(STOP_TIMEOUT_MS)
    this.#checkEmpty()
  }

  #checkEmpty(): void {
    const { supervisor, life } = this.#parts
    if (supervisor.living === 0) life.on('empty')
  }

  #conclude(): void {
    const { timers, life, config, rounds } = this.#parts
    timers.cancelAll()
    const { ending } = life
    // What is left was reported where somebody insisted or a failure ended the run.
    if (ending === 'completed' || ending === 'drained') this.#problem ??= this.totals.imbalance()
    const outcome = ending === 'drained' ? 'stopped' : ending
    const report = this.totals.report(outcome, this.seconds, this.#problem)
    const waitMs = outcome === 'stopped' ? config['topology.drain.timeout.secs'] * 1000 : Infinity
    const taken = this.#patience.until(this.#ports.launcher.outputTaken?.(), waitMs)
    // Whoever comes next may have the store: a manifest that appeared then would be one of two runs.
    void Promise.allSettled([this.#listener?.close(), taken, rounds?.atRest]).then(() => this.#finish(report))
  }
}
