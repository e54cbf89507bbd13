/**
 * One topology of a service: its code on the disk, its run, its logs, and what was asked of it. A run that fails is
 * made anew, later and later; a service that ends and begins again goes on with it.
 *
 *     submit ─▶ ACTIVE ◀─▶ INACTIVE          a run that fails: waits, then a new run
 *                 │  ▲ update, rebalance     a run whose input ends: COMPLETED
 *                 ▼  │
 *            REBALANCING                     kill, from anywhere: KILLED, and forgotten when all is gone
 *
 * The law: what is wanted is in the store before it is done. Of two commands one waits for the other.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { History } from '../../history/history.ts'
import type { Run, RunReport } from '../../run/index.ts'
import { Recorder } from '../../run/record.ts'
import { runPlain } from '../../run/run.ts'
import { Turnstile } from '../../util/turnstile.ts'
import type { Examined } from '../code/examine.ts'
import { loadCode, tryOut } from '../code/load-code.ts'
import { spreadCode } from '../code/spread-code.ts'
import { TopologyLogs } from '../logs/topology-logs.ts'
import { KeptRecord } from '../record/kept-record.ts'
import { changed, holding, type LevelChange, toldToRun } from '../record/log-levels.ts'
import type {
  Beginning,
  Change,
  LevelSet,
  Size,
  TakenRequest,
  TopologyRecord,
  TopologyStatus,
} from '../record/record.ts'
import { completed, killed, NO_REASON, stopping } from '../record/refused.ts'
import { type ChangeRequest, type KeptAnswer, takenOf } from '../record/requests.ts'
import { resized } from '../record/updated.ts'
import { Begun } from './begun.ts'
import { Completion } from './completion.ts'
import type { HostPorts } from './host-ports.ts'
import { KeptProblems, type TimedProblem } from './kept-problems.ts'
import { Placing } from './placing.ts'
import { Retries } from './retries.ts'
import { TopologyTaps } from './topology-taps.ts'
import { unlessAborted } from './unless-aborted.ts'
import { watchRun } from './watch-run.ts'

export class HostedTopology {
  readonly logs: TopologyLogs
  readonly taps = new TopologyTaps()
  readonly #ports: HostPorts
  readonly #recorder: Recorder
  readonly #kept: KeptRecord
  #run: Run | undefined
  #examined: Examined | undefined
  #report: RunReport | undefined
  readonly #errors: KeptProblems
  readonly #placing: Placing
  readonly #commands = new Turnstile(1)
  readonly #retries: Retries
  readonly #begun = new Begun()
  #isReplacing = false
  /** The service ends: nothing is started again. */
  #isClosed = false
  /** It was killed, and nothing is left of it: what comes late changes nothing any more. */
  #isGone = false
  readonly #completion: Completion
  /** Aborted where a command that takes its time is to make way for the end. */
  #wayOut = new AbortController()

  constructor(record: TopologyRecord, ports: HostPorts) {
    this.#kept = new KeptRecord(record, (changed) => ports.save(changed), ports.now)
    this.#ports = ports
    this.#recorder = new Recorder(ports.clock, ports.now)
    this.logs = new TopologyLogs(join(ports.folder, 'logs'), ports.now)
    this.#errors = new KeptProblems(ports.now)
    this.#retries = new Retries(ports.clock, () => void this.start())
    this.#completion = new Completion(ports.clock, this.#completes, (error) => this.#tell(toProblem(error)))
    this.#placing = new Placing(ports.engine, (level, message) => this.logs.say(level, message))
  }

  get record(): TopologyRecord {
    return this.#kept.now
  }

  get status(): TopologyStatus {
    if (this.#wayOut.signal.aborted && !this.#isClosed) return 'KILLED'
    return this.#isReplacing ? 'REBALANCING' : this.record.status
  }

  /** Undefined while none is under way. */
  get run(): Run | undefined {
    return this.#run
  }

  /** Of all its runs in this process. */
  get history(): History {
    return this.#recorder.history
  }

  /** What it is, as far as it was loaded. */
  get examined(): Examined | undefined {
    return this.#examined
  }

  /** Of the last run that has ended. */
  get report(): RunReport | undefined {
    return this.#report
  }

  /** The last ones, the oldest first. */
  get errors(): readonly TimedProblem[] {
    return this.#errors.all
  }

  /** Milliseconds until it is tried again; undefined where that is not what is waited for. */
  get retryInMs(): number | undefined {
    return this.#retries.inMs
  }

  /**
   * Begins, or goes on after the service was away. What hinders it is reported, and it is tried again.
   * @param examined what was loaded of it just now
   */
  start(examined?: Examined, beginning: Beginning = {}): Promise<void> {
    return this.#commands.pass(() => this.#startAgain(examined, beginning))
  }

  /** Whether it is a run of another nimbus that it may go on with. */
  expects(run: string): boolean {
    return this.#placing.expects(this.record, run)
  }

  /** There may be room where there was none: a host has come, which may have its code as well. */
  roomCame(): void {
    this.#retries.isOver('NO_SLOTS', 'CODE_MISSING')
  }

  /** Lets its spouts emit. */
  activate(request?: ChangeRequest): Promise<void> {
    return this.#setStatus('ACTIVE', (run) => run.activate(), request)
  }

  /** Its spouts stop emitting. */
  deactivate(request?: ChangeRequest): Promise<void> {
    return this.#setStatus('INACTIVE', (run) => run.deactivate(), request)
  }

  /** The levels at which it logs, where they are others than those of its configuration. */
  get logLevels(): readonly LevelSet[] {
    return holding(this.record.logLevels, this.#ports.now().getTime())
  }

  /**
   * Its components log at other levels from now on, or again as their configuration says.
   * @throws UNKNOWN_COMPONENT (rejects): then nothing has changed
   */
  setLogLevels(changes: readonly LevelChange[], request?: ChangeRequest): Promise<void> {
    return this.#commands.pass(async () => {
      if (takenOf(this.record.requests, request) !== undefined) return
      this.#checkAlive()
      const now = this.#ports.now().getTime()
      const logLevels = changed(this.logLevels, changes, this.#examined?.topology, now)
      await this.#kept.save({ ...this.record, logLevels }, request)
      this.#run?.setLogLevels(toldToRun(logLevels, now))
    })
  }

  /** Goes on in another size, as `replace` does. @param waitMs between deactivation and the end of the old run */
  resize(size: Size, waitMs: number, request?: ChangeRequest): Promise<number> {
    return this.replace((wanted) => resized(wanted, size), waitMs, {}, request)
  }

  /**
   * Goes on with other code. The old run is drained when the new one is known to load.
   * @returns for how long nothing was emitted, milliseconds
   * @throws what is wrong with the new one (rejects): then the old one goes on
   */
  async replace(change: Change, waitMs = 0, beginning: Beginning = {}, request?: ChangeRequest): Promise<number> {
    const answer = await this.#commands.pass(async (): Promise<number | TakenRequest> => {
      const taken = takenOf(this.record.requests, request)
      if (taken !== undefined) return taken
      this.#checkAlive()
      const before = this.record
      const wanted = change(before.wanted)
      const { topology } = await tryOut(this.#ports, wanted, before.name, join(this.#ports.folder, 'next'))
      await this.#unlessEnded(spreadCode(this.#ports.copies, wanted.bundle, topology, this.logs))
      this.#isReplacing = true
      const beganAt = this.#ports.clock.now()
      try {
        if (waitMs > 0) await this.#unlessEnded(this.#pause(waitMs))
        this.#placing.giveUp(before)
        await this.#stop()
        const status = before.status === 'COMPLETED' ? 'ACTIVE' : before.status
        await this.#kept.save({ ...before, status, wanted, revision: before.revision + 1 }, request, { isOpen: true })
        await this.#begin(undefined, beginning)
        await this.#unlessEnded(this.#run?.untilRunning())
        const pauseMs = this.#ports.clock.now() - beganAt
        this.#recorder.happened('rebalanced', `goes on as revision ${this.record.revision}`)
        await this.#remember(request, { pauseMs })
        return pauseMs
      } catch (error) {
        await this.#goBackTo(before)
        throw error
      } finally {
        this.#isReplacing = false
      }
    })
    return typeof answer === 'number' ? answer : this.#pauseOf(answer)
  }

  /** For how long a change that was taken has let nothing be emitted: where its nimbus has ended, until it runs. */
  async #pauseOf({ pauseMs, at }: TakenRequest): Promise<number> {
    if (pauseMs !== undefined) return pauseMs
    await this.#unlessEnded(this.#begun.untilRunning(() => this.#run))
    return Math.max(0, this.#ports.now().getTime() - at)
  }

  /**
   * Ends it for good, and removes its code; its logs are kept for a while.
   * @param waitMs between the deactivation and the end of its workers
   * @param whenStopped what is to be done before that is certain: where it throws, the topology goes on
   * @param forget removes what else is known of it
   */
  async kill(
    waitMs: number,
    whenStopped: () => Promise<KeptAnswer>,
    forget: () => Promise<void>,
    request?: ChangeRequest,
  ): Promise<void> {
    this.#wayOut.abort()
    await this.#commands.pass(async () => {
      if (this.#isGone) return
      try {
        await this.#pause(waitMs)
        await this.#stop()
        const answer = await whenStopped()
        await this.#kept.save({ ...this.record, status: 'KILLED' }, request, answer)
      } catch (error) {
        this.#wayOut = new AbortController()
        await this.#startAgain()
        throw error
      }
      await this.logs.flushed()
      await this.#ports.oldLogs.keep(this.record.id, join(this.#ports.folder, 'logs'))
      await rm(this.#ports.folder, { recursive: true, force: true })
      await forget()
      this.#isGone = true
      this.#completion.cancel()
      this.#ports.engine?.forget(this.record.id, this.record.elsewhere?.run)
      this.logs.end()
      this.taps.end()
    })
  }

  /** The service ends: the run is drained, and goes on when the service is there again. */
  close(): Promise<void> {
    this.#isClosed = true
    this.#wayOut.abort()
    this.#retries.cancel()
    this.#completion.cancel()
    return this.#commands.pass(async () => {
      await this.#stop()
      await this.logs.flushed()
      this.logs.end()
      this.taps.end()
    })
  }

  /** The service ends at once: workers are killed. */
  async stopNow(): Promise<void> {
    this.#isClosed = true
    this.#retries.cancel()
    await this.#run?.stopNow()
  }

  async #pause(ms: number): Promise<void> {
    this.#run?.deactivate()
    if (ms > 0) await new Promise<void>((resolve) => this.#ports.clock.after(ms, resolve))
  }

  /** Waits, unless the topology is to end meanwhile. @throws TOPOLOGY_UNKNOWN, SERVICE_STOPPING (rejects) */
  #unlessEnded(what: Promise<unknown> | undefined): Promise<void> {
    return unlessAborted(what, this.#wayOut.signal, () => (this.#isClosed ? stopping() : killed(this.record.name)))
  }

  #setStatus(status: 'ACTIVE' | 'INACTIVE', tell: (run: Run) => void, request?: ChangeRequest): Promise<void> {
    return this.#commands.pass(async () => {
      if (takenOf(this.record.requests, request) !== undefined) return
      this.#checkAlive()
      if (this.record.status === 'COMPLETED') throw completed(this.record.name)
      await this.#kept.save({ ...this.record, status }, request)
      const kind = status === 'ACTIVE' ? 'activated' : 'deactivated'
      this.logs.say('info', kind)
      this.#recorder.happened(kind, kind)
      if (this.#run !== undefined) tell(this.#run)
    })
  }

  /** What is wanted is again what it was. Where that cannot be kept, it goes on with what was kept last. */
  async #goBackTo(before: TopologyRecord): Promise<void> {
    this.logs.say('warn', 'it cannot begin so, and goes on as it was')
    await this.#stop()
    await this.#kept
      .save({ ...before, revision: this.record.revision + 1 })
      .catch((error) => this.#tell(toProblem(error)))
    await this.#startAgain()
  }

  async #startAgain(examined?: Examined, beginning: Beginning = {}): Promise<void> {
    const { status } = this.record
    const isOver = this.#isClosed || this.#isGone || this.#wayOut.signal.aborted
    if (isOver || status === 'KILLED' || status === 'COMPLETED' || this.#run !== undefined) return
    try {
      await this.#begin(examined, beginning, true)
    } catch (error) {
      this.#failed(toProblem(error))
    }
  }

  async #begin(known: Examined | undefined, beginning: Beginning, isAnew = false): Promise<void> {
    const { fresh = false, allowDroppedState = false } = beginning
    const code = join(this.#ports.folder, 'code')
    this.#retries.begins()
    const { wanted, name, status } = this.record
    const examined = known ?? (await loadCode(this.#ports, wanted, name, code, isAnew))
    this.#examined = examined
    for (const warning of examined.warnings) this.logs.say('warn', warning)
    const logLevels = toldToRun(this.record.logLevels, this.#ports.now().getTime())
    const placement = await this.#placing.place(this.record, examined, fresh, (elsewhere) =>
      this.#kept.save({ ...this.record, elsewhere }),
    )
    const how = { folder: code, inactive: status === 'INACTIVE', fresh, allowDroppedState, logLevels }
    const run = runPlain(examined, { ...how, elsewhere: placement?.elsewhere })
    placement?.follow(run)
    this.#run = run
    this.#begun.now()
    this.#completion.cancel()
    const watchers = { logs: this.logs, taps: this.taps, errors: this.#errors, recorder: this.#recorder }
    watchRun(run, examined, code, watchers, (port, address) => placement?.serves(port, address))
    void run.done.then(
      (report) => this.#ended(run, report),
      (error) => this.#failed(toProblem(error), run),
    )
  }

  async #stop(): Promise<void> {
    const run = this.#run
    this.#retries.cancel()
    this.#run = undefined
    if (run === undefined) return
    // What ends now was meant to.
    this.#report = await run.drain().catch(() => undefined)
  }

  #ended(run: Run, report: RunReport): void {
    if (this.#run !== run) return
    this.#report = report
    if (report.status === 'failed') {
      this.#failed(report.problem ?? NO_REASON, run)
      return
    }
    this.#run = undefined
    this.logs.say('info', `its input has ended after ${Math.round(report.seconds)} s`)
    this.#completion.ended()
  }

  /** Somebody may have killed it meanwhile, or given it other code. */
  readonly #completes = (isStill: () => boolean): Promise<void> =>
    this.#commands.pass(async () => {
      if (isStill() && !this.#isGone && !this.#isClosed) await this.#kept.save({ ...this.record, status: 'COMPLETED' })
    })

  /** It is tried again, later and later. */
  #failed(problem: Problem, run?: Run): void {
    if (this.#run !== run) return
    this.#run = undefined
    this.#tell(problem)
    if (this.#isClosed || this.#isGone) return
    const delayMs = this.#retries.failed(problem.code)
    this.logs.say('warn', `it has failed (${problem.code}), and is started again in ${delayMs} ms`)
    this.#recorder.happened('run-failed', `${problem.message}; it is started again in ${delayMs} ms`, problem.code)
  }

  #tell(problem: Problem): void {
    this.logs.problem(problem, 0)
    this.#errors.add(problem, 0)
  }

  /** Keeps what is answered to a request that is done; where that fails, it is found to be done all the same. */
  async #remember(request: ChangeRequest | undefined, answer: KeptAnswer): Promise<void> {
    if (request === undefined) return
    await this.#kept.save(this.record, request, answer).catch((error) => this.#tell(toProblem(error)))
  }

  #checkAlive(): void {
    if (this.#isClosed) throw stopping()
    if (this.#isGone || this.#wayOut.signal.aborted) throw killed(this.record.name)
  }
}
