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
import { type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import type { Run, RunReport } from '../run/index.ts'
import { runPlain } from '../run/run.ts'
import type { Clock } from '../util/time/clock.ts'
import { Deaths } from '../util/time/deaths.ts'
import { Turnstile } from '../util/turnstile.ts'
import type { Examined } from './examine.ts'
import { type CodePorts, loadCode } from './load-code.ts'
import { TopologyLogs } from './logs/topology-logs.ts'
import type { Size, TopologyRecord, TopologyStatus, Wanted } from './record.ts'

const LONGEST_DELAY_MS = 60_000
const MOST_ERRORS = 100

/** What it needs of its service. */
export interface HostPorts extends CodePorts {
  readonly clock: Clock
  readonly now: () => Date
  /** Where its files are: `code` and `logs` below it. */
  readonly folder: string
  /** Settles when it lasts. */
  save(record: TopologyRecord): Promise<void>
}

/** An error of a topology, and when it was. */
export interface TimedProblem {
  /** ISO 8601, in UTC. */
  readonly time: string
  readonly problem: Problem
  /** 0: none. */
  readonly worker: number
}

export class HostedTopology {
  readonly logs: TopologyLogs
  readonly #ports: HostPorts
  #record: TopologyRecord
  #run: Run | undefined
  #examined: Examined | undefined
  #report: RunReport | undefined
  readonly #errors: TimedProblem[] = []
  readonly #commands = new Turnstile(1)
  readonly #deaths = new Deaths()
  #runBegan = 0
  #isReplacing = false
  /** The service ends: nothing is started again. */
  #isClosed = false
  #retryAt: number | undefined
  #cancelRetry: () => void = () => {}

  constructor(record: TopologyRecord, ports: HostPorts) {
    this.#record = record
    this.#ports = ports
    this.logs = new TopologyLogs(join(ports.folder, 'logs'), ports.now)
  }

  get record(): TopologyRecord {
    return this.#record
  }

  get status(): TopologyStatus | 'REBALANCING' {
    return this.#isReplacing ? 'REBALANCING' : this.#record.status
  }

  /** Undefined while none is under way. */
  get run(): Run | undefined {
    return this.#run
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
    return this.#errors
  }

  /** Milliseconds until it is tried again; undefined where that is not what is waited for. */
  get retryInMs(): number | undefined {
    return this.#retryAt === undefined ? undefined : Math.max(0, this.#retryAt - this.#ports.clock.now())
  }

  /**
   * Begins, or goes on after the service was away. What hinders it is reported, and it is tried again.
   * @param examined what was loaded of it just now
   */
  start(examined?: Examined): Promise<void> {
    return this.#commands.pass(() => this.#startAgain(examined))
  }

  /** Lets its spouts emit. */
  activate(): Promise<void> {
    return this.#setStatus('ACTIVE', (run) => run.activate())
  }

  /** Its spouts stop emitting. */
  deactivate(): Promise<void> {
    return this.#setStatus('INACTIVE', (run) => run.deactivate())
  }

  /** Goes on in another size, as `replace` does. @param waitMs between deactivation and the end of the old run */
  resize({ workers, parallelism }: Size, waitMs: number): Promise<number> {
    const change = (wanted: Wanted): Wanted => ({
      ...wanted,
      ...(workers === undefined ? {} : { workers }),
      parallelism: { ...wanted.parallelism, ...parallelism },
    })
    return this.replace(change, waitMs)
  }

  /**
   * Goes on with other code. The old run is drained when the new one is known to load.
   * @returns for how long nothing was emitted, milliseconds
   * @throws what is wrong with the new one (rejects): then the old one goes on
   */
  replace(change: (wanted: Wanted) => Wanted, waitMs = 0): Promise<number> {
    return this.#commands.pass(async () => {
      this.#checkAlive()
      const before = this.#record
      const wanted = change(before.wanted)
      await this.#tryOut(wanted)
      this.#isReplacing = true
      if (waitMs > 0) await this.#pause(waitMs)
      const beganAt = this.#ports.clock.now()
      try {
        await this.#stop()
        const status = before.status === 'COMPLETED' ? 'ACTIVE' : before.status
        await this.#save({ ...before, status, wanted, revision: before.revision + 1 })
        await this.#begin()
        await this.#run?.untilRunning()
        return this.#ports.clock.now() - beganAt
      } catch (error) {
        this.logs.say('warn', 'it cannot begin so, and goes on as it was')
        await this.#stop()
        await this.#save({ ...before, revision: this.#record.revision + 1 })
        await this.#startAgain()
        throw error
      } finally {
        this.#isReplacing = false
      }
    })
  }

  /**
   * Ends it for good, and removes what it has on the disk, but for its savepoints.
   * @param waitMs before it is drained
   */
  async kill(waitMs: number, whenStopped: () => Promise<void>): Promise<void> {
    await this.#commands.pass(async () => {
      await this.#save({ ...this.#record, status: 'KILLED' })
      await this.#pause(waitMs)
      await this.#stop()
      await whenStopped()
      await this.logs.flushed()
      await rm(this.#ports.folder, { recursive: true, force: true })
    })
  }

  /** The service ends: the run is drained, and goes on when the service is there again. */
  close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry()
    return this.#commands.pass(async () => {
      await this.#stop()
      await this.logs.flushed()
    })
  }

  /** The service ends at once: workers are killed. */
  async stopNow(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry()
    await this.#run?.stopNow()
  }

  /** Its spouts emit nothing for a while. */
  async #pause(ms: number): Promise<void> {
    this.#run?.deactivate()
    if (ms > 0) await new Promise<void>((resolve) => this.#ports.clock.after(ms, resolve))
  }

  #setStatus(status: 'ACTIVE' | 'INACTIVE', tell: (run: Run) => void): Promise<void> {
    return this.#commands.pass(async () => {
      this.#checkAlive()
      if (this.#record.status === 'COMPLETED') throw this.#completed()
      await this.#save({ ...this.#record, status })
      this.logs.say('info', status === 'ACTIVE' ? 'activated' : 'deactivated')
      if (this.#run !== undefined) tell(this.#run)
    })
  }

  async #startAgain(examined?: Examined): Promise<void> {
    const { status } = this.#record
    if (this.#isClosed || status === 'KILLED' || status === 'COMPLETED') return
    try {
      await this.#begin(examined)
    } catch (error) {
      this.#failed(toProblem(error))
    }
  }

  async #begin(known?: Examined): Promise<void> {
    const { clock, folder } = this.#ports
    const code = join(folder, 'code')
    this.#retryAt = undefined
    const { wanted, name } = this.#record
    const examined = known ?? (await loadCode(this.#ports, wanted, name, code))
    this.#examined = examined
    for (const warning of examined.warnings) this.logs.say('warn', warning)
    const run = runPlain(examined, { folder: code, inactive: this.#record.status === 'INACTIVE' })
    this.#run = run
    this.#runBegan = clock.now()
    run.listen(this.logs.listener)
    run.listen({
      onProblem: (problem, worker) => this.#remember(problem, worker),
      onStatus: (status) => this.logs.say('info', status),
      onServing: ({ url, functions }) => this.logs.say('info', `DRPC on ${url}: ${functions.join(', ')}`),
    })
    void run.done.then(
      (report) => this.#ended(run, report),
      (error) => this.#failed(toProblem(error), run),
    )
  }

  /** Whether it loads; nothing of it is left. */
  async #tryOut(wanted: Wanted): Promise<void> {
    const folder = join(this.#ports.folder, 'next')
    try {
      await loadCode(this.#ports, wanted, this.#record.name, folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async #stop(): Promise<void> {
    const run = this.#run
    this.#cancelRetry()
    this.#retryAt = undefined
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
    void this.#commands.pass(() => this.#completes()).catch((error) => this.#tell(toProblem(error)))
  }

  /** Somebody may have killed it meanwhile, or given it other code. */
  async #completes(): Promise<void> {
    if (this.#run === undefined && this.#record.status !== 'KILLED')
      await this.#save({ ...this.#record, status: 'COMPLETED' })
  }

  /** It is tried again, later and later. */
  #failed(problem: Problem, run?: Run): void {
    if (this.#run !== run) return
    this.#run = undefined
    const { clock } = this.#ports
    const delayMs = this.#deaths.add(clock.now() - this.#runBegan, LONGEST_DELAY_MS)
    this.#tell(problem)
    if (this.#isClosed || this.#record.status === 'KILLED') return
    this.logs.say('warn', `it has failed (${problem.code}), and is started again in ${delayMs} ms`)
    this.#retryAt = clock.now() + delayMs
    this.#cancelRetry = clock.after(delayMs, () => void this.start())
  }

  #tell(problem: Problem): void {
    this.logs.problem(problem, 0)
    this.#remember(problem, 0)
  }

  #remember(problem: Problem, worker: number): void {
    this.#errors.push({ time: this.#ports.now().toISOString(), problem, worker })
    if (this.#errors.length > MOST_ERRORS) this.#errors.shift()
  }

  async #save(record: TopologyRecord): Promise<void> {
    await this.#ports.save(record)
    this.#record = record
  }

  #checkAlive(): void {
    if (this.#isClosed) throw new TyphoonError('SERVICE_STOPPING', 'the service is stopping')
    if (this.#record.status !== 'KILLED') return
    throw new TyphoonError('TOPOLOGY_UNKNOWN', `"${this.#record.name}" is being killed`)
  }

  #completed(): TyphoonError {
    return new TyphoonError(
      'TOPOLOGY_BUSY',
      `the input of "${this.#record.name}" has ended: there is nothing to emit`,
      {
        hint: 'kill it, or update it: then it runs again',
      },
    )
  }
}

const NO_REASON: Problem = { code: 'INTERNAL', message: 'its run has failed, and does not say why', where: {} }
