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
import { takeAway } from '../../bundle/take-away.ts'
import { toProblem } from '../../errors/typhoon-error.ts'
import type { History } from '../../history/history.ts'
import type { Run, RunReport } from '../../run/index.ts'
import { Turnstile } from '../../util/turnstile.ts'
import { BundlePaths } from '../code/bundle-paths.ts'
import type { Examined } from '../code/examine.ts'
import { tryOut } from '../code/load-code.ts'
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
  Wanted,
} from '../record/record.ts'
import { type AsBefore, completed, killed, notReplaced, stopping } from '../record/refused.ts'
import { type ChangeRequest, type KeptAnswer, takenOf } from '../record/requests.ts'
import { resized } from '../record/updated.ts'
import type { HostPorts } from './host-ports.ts'
import type { TimedProblem } from './kept-problems.ts'
import { Runs } from './runs.ts'
import type { TopologyTaps } from './topology-taps.ts'
import { unlessAborted } from './unless-aborted.ts'

export class HostedTopology {
  readonly logs: TopologyLogs
  readonly #ports: HostPorts
  readonly #kept: KeptRecord
  readonly #runs: Runs
  readonly #commands = new Turnstile(1)
  #isReplacing = false
  /** The service ends: nothing is started again. */
  #isClosed = false
  /** It was killed, and nothing is left of it: what comes late changes nothing any more. */
  #isGone = false
  /** Aborted where a command that takes its time is to make way for the end. */
  #wayOut = new AbortController()

  constructor(record: TopologyRecord, ports: HostPorts) {
    this.#kept = new KeptRecord(record, (changed) => ports.save(changed), ports.now)
    this.#ports = ports
    this.logs = new TopologyLogs(join(ports.folder, 'logs'), ports.now)
    const owner = {
      kept: this.#kept,
      logs: this.logs,
      isEnding: () => this.#isEnding,
      start: () => void this.start(),
      completes: (isStill: () => boolean) => this.#completes(isStill),
    }
    this.#runs = new Runs(owner, ports)
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
    return this.#runs.present
  }

  get taps(): TopologyTaps {
    return this.#runs.taps
  }

  /** Of all its runs in this process. */
  get history(): History {
    return this.#runs.recorder.history
  }

  /** What it is, as far as it was loaded. */
  get examined(): Examined | undefined {
    return this.#runs.examined
  }

  /** Of the last run that has ended. */
  get report(): RunReport | undefined {
    return this.#runs.report
  }

  /** The last ones, the oldest first. */
  get errors(): readonly TimedProblem[] {
    return this.#runs.errors.all
  }

  /** Milliseconds until it is tried again; undefined where that is not what is waited for. */
  get retryInMs(): number | undefined {
    return this.#runs.retries.inMs
  }

  /**
   * Begins, or goes on after the service was away. What hinders it is reported, and it is tried again.
   * @param examined what was loaded of it just now
   */
  start(examined?: Examined, beginning: Beginning = {}): Promise<void> {
    return this.#commands.pass(() => this.#runs.startAgain(examined, beginning))
  }

  /** Whether it is a run of another nimbus that it may go on with. */
  expects(run: string): boolean {
    return this.#runs.placing.expects(this.record, run)
  }

  /** There may be room where there was none: a host has come, which may have its code as well. */
  roomCame(): void {
    this.#runs.retries.isOver('NO_SLOTS', 'CODE_MISSING')
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
      const logLevels = changed(this.logLevels, changes, this.#runs.examined?.topology, now)
      await this.#kept.save({ ...this.record, logLevels }, request)
      this.run?.setLogLevels(toldToRun(logLevels, now))
    })
  }

  /**
   * Goes on in another size, as `replace` does; or in its own, on hosts that are chosen anew. Where there are no hosts
   * to choose from, nothing is done then.
   * @param waitMs between deactivation and the end of the old run
   */
  async resize(size: Size, waitMs: number, request?: ChangeRequest): Promise<number> {
    const isSame = size.workers === undefined && Object.keys(size.parallelism).length === 0
    if (isSame && this.#ports.engine === undefined) {
      this.#checkAlive()
      return 0
    }
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
      await this.#tryOut(wanted).catch((error: unknown) => this.#refuse(error, 'goes on'))
      this.#isReplacing = true
      const beganAt = this.#ports.clock.now()
      try {
        if (waitMs > 0) await this.#unlessEnded(this.#pause(waitMs))
        this.#runs.placing.giveUp(before)
        await this.#runs.stop()
        const status = before.status === 'COMPLETED' ? 'ACTIVE' : before.status
        await this.#kept.save({ ...before, status, wanted, revision: before.revision + 1 }, request, { isOpen: true })
        await this.#runs.begin(undefined, beginning)
        await this.#unlessEnded(this.run?.untilRunning())
        const pauseMs = this.#ports.clock.now() - beganAt
        this.#runs.recorder.happened('rebalanced', `goes on as revision ${this.record.revision}`)
        await this.#remember(request, { pauseMs })
        return pauseMs
      } catch (error) {
        return this.#refuse(error, await this.#goBackTo(before))
      } finally {
        this.#isReplacing = false
      }
    })
    return typeof answer === 'number' ? answer : this.#pauseOf(answer)
  }

  /** @throws why it cannot be run so (rejects) */
  async #tryOut(wanted: Wanted): Promise<void> {
    const { folder, copies } = this.#ports
    const { topology } = await tryOut(this.#ports, wanted, this.record.name, join(folder, 'next'))
    await this.#unlessEnded(spreadCode(copies, wanted.bundle, topology, this.logs))
  }

  /** @throws it, with what the topology does now */
  #refuse(error: unknown, before: AsBefore): never {
    if (this.#isEnding) throw error
    const known = new BundlePaths(this.#runs.code).error(error)
    throw notReplaced(this.record.name, known, this.#runs.retries.inMs === undefined ? before : 'is tried again')
  }

  /** For how long a change that was taken has let nothing be emitted: where its nimbus has ended, until it runs. */
  async #pauseOf({ pauseMs, at }: TakenRequest): Promise<number> {
    if (pauseMs !== undefined) return pauseMs
    await this.#unlessEnded(this.#runs.begun.untilRunning(() => this.run))
    return Math.max(0, this.#ports.now().getTime() - at)
  }

  /**
   * Ends it for good, and removes its code; its logs are kept for a while, and what it has written beside its code is
   * kept for good.
   * @param waitMs between the deactivation and the end of its workers
   * @param whenStopped what is to be done before that is certain: where it throws, the topology goes on
   * @param forget removes what else is known of it
   * @returns the folder of what it has written, where there is something
   */
  async kill(
    waitMs: number,
    whenStopped: () => Promise<KeptAnswer>,
    forget: () => Promise<void>,
    request?: ChangeRequest,
  ): Promise<string | undefined> {
    this.#wayOut.abort()
    return this.#commands.pass(async () => {
      if (this.#isGone) return undefined
      try {
        await this.#pause(waitMs)
        await this.#runs.stop()
        const answer = await whenStopped()
        await this.#kept.save({ ...this.record, status: 'KILLED' }, request, answer)
      } catch (error) {
        this.#wayOut = new AbortController()
        await this.#runs.startAgain()
        throw error
      }
      await this.logs.flushed()
      await this.#ports.oldLogs.keep(this.record, join(this.#ports.folder, 'logs'))
      const { folder, left } = this.#ports
      const hasLeft = await takeAway(this.#runs.code, left)
      await rm(folder, { recursive: true, force: true })
      await forget()
      this.#isGone = true
      this.#runs.close()
      this.#ports.engine?.forget(this.record.id, this.record.elsewhere?.run)
      this.logs.end()
      this.#runs.taps.end()
      return hasLeft ? left : undefined
    })
  }

  /** The service ends: the run is drained, and goes on when the service is there again. */
  close(): Promise<void> {
    this.#isClosed = true
    this.#wayOut.abort()
    this.#runs.close()
    return this.#commands.pass(async () => {
      await this.#runs.stop()
      await this.logs.flushed()
      this.logs.end()
      this.#runs.taps.end()
    })
  }

  /** The service ends at once: workers are killed. */
  async stopNow(): Promise<void> {
    this.#isClosed = true
    this.#runs.retries.cancel()
    await this.run?.stopNow()
  }

  async #pause(ms: number): Promise<void> {
    this.run?.deactivate()
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
      this.#runs.recorder.happened(kind, kind)
      if (this.run !== undefined) tell(this.run)
    })
  }

  /** Somebody may have killed it meanwhile, or given it other code. */
  #completes(isStill: () => boolean): Promise<void> {
    return this.#commands.pass(async () => {
      if (isStill() && !this.#isGone && !this.#isClosed) await this.#kept.save({ ...this.record, status: 'COMPLETED' })
    })
  }

  /** What is wanted is again what it was. Where that cannot be kept, it goes on with what was kept last. */
  async #goBackTo(before: TopologyRecord): Promise<AsBefore> {
    this.logs.say('warn', 'it cannot begin so, and goes on as it was')
    await this.#runs.stop()
    await this.#kept
      .save({ ...before, revision: this.record.revision + 1 })
      .catch((error) => this.#runs.tell(toProblem(error)))
    await this.#runs.startAgain()
    const runs = this.#unlessEnded(this.run?.untilRunning())
    return runs.then<AsBefore, AsBefore>(
      () => 'runs again',
      () => 'is tried again',
    )
  }

  /** Keeps what is answered to a request that is done; where that fails, it is found to be done all the same. */
  async #remember(request: ChangeRequest | undefined, answer: KeptAnswer): Promise<void> {
    if (request === undefined) return
    await this.#kept.save(this.record, request, answer).catch((error) => this.#runs.tell(toProblem(error)))
  }

  /** Nothing is started again. */
  get #isEnding(): boolean {
    return this.#isClosed || this.#isGone || this.#wayOut.signal.aborted
  }

  #checkAlive(): void {
    if (this.#isClosed) throw stopping()
    if (this.#isGone || this.#wayOut.signal.aborted) throw killed(this.record.name)
  }
}
