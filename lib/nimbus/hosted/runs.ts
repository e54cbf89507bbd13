/**
 * The runs of one topology of a service, one after the other: one that fails is made anew, later and later.
 *
 * The law: at most one is under way, and what comes late from one that was stopped changes nothing.
 */
import { join } from 'node:path'
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { Run, RunReport } from '../../run/index.ts'
import { Recorder } from '../../run/record.ts'
import type { Examined } from '../code/examine.ts'
import { loadCode } from '../code/load-code.ts'
import type { TopologyLogs } from '../logs/topology-logs.ts'
import type { KeptRecord } from '../record/kept-record.ts'
import type { Beginning } from '../record/record.ts'
import { NO_REASON } from '../record/refused.ts'
import { Begun } from './begun.ts'
import { Completion } from './completion.ts'
import type { HostPorts } from './host-ports.ts'
import { KeptProblems } from './kept-problems.ts'
import { Placing } from './placing.ts'
import { Retries } from './retries.ts'
import { runWatched } from './run-watched.ts'
import { TopologyTaps } from './topology-taps.ts'

/** Whose runs they are. */
interface RunsOwner {
  readonly kept: KeptRecord
  readonly logs: TopologyLogs
  /** Nothing is started again. */
  isEnding(): boolean
  /** Another attempt is due. */
  start(): void
  /** Keeps that the input has ended, in its turn, unless it is so no longer. */
  completes(isStill: () => boolean): Promise<void>
}

export class Runs {
  readonly taps = new TopologyTaps()
  readonly errors: KeptProblems
  readonly recorder: Recorder
  readonly placing: Placing
  readonly retries: Retries
  readonly begun = new Begun()
  readonly #owner: RunsOwner
  readonly #ports: HostPorts
  readonly #completion: Completion
  #run: Run | undefined
  #examined: Examined | undefined
  #report: RunReport | undefined

  constructor(owner: RunsOwner, ports: HostPorts) {
    this.#owner = owner
    this.#ports = ports
    this.errors = new KeptProblems(ports.now)
    this.recorder = new Recorder(ports.clock, ports.now)
    this.placing = new Placing(ports.engine, (level, message) => owner.logs.say(level, message))
    this.retries = new Retries(ports.clock, () => owner.start())
    const completes = (isStill: () => boolean): Promise<void> => owner.completes(isStill)
    this.#completion = new Completion(ports.clock, completes, (error) => this.tell(toProblem(error)))
  }

  /** Undefined while none is under way. */
  get present(): Run | undefined {
    return this.#run
  }

  /** What the topology is, as far as it was loaded. */
  get examined(): Examined | undefined {
    return this.#examined
  }

  /** Of the last one that has ended. */
  get report(): RunReport | undefined {
    return this.#report
  }

  /** Where its code is. */
  get code(): string {
    return join(this.#ports.folder, 'code')
  }

  /** Begins one, unless there is one or is to be none; what hinders it is told, and it is tried again. */
  async startAgain(examined?: Examined, beginning: Beginning = {}): Promise<void> {
    const { status } = this.#owner.kept.now
    if (this.#owner.isEnding() || status === 'KILLED' || status === 'COMPLETED' || this.#run !== undefined) return
    try {
      await this.begin(examined, beginning, true)
    } catch (error) {
      this.#failed(toProblem(error))
    }
  }

  /** @param known what was loaded of it just now @throws what hinders it (rejects) */
  async begin(known: Examined | undefined, beginning: Beginning, isAnew = false): Promise<void> {
    const { kept, logs } = this.#owner
    this.retries.begins()
    const { wanted, name } = kept.now
    const examined = known ?? (await loadCode(this.#ports, wanted, name, this.code, isAnew))
    this.#examined = examined
    for (const warning of examined.warnings) logs.say('warn', warning)
    const placement = await this.placing.place(kept.now, examined, beginning.fresh === true, (elsewhere) =>
      kept.save({ ...kept.now, elsewhere }),
    )
    const watchers = { logs, taps: this.taps, errors: this.errors, recorder: this.recorder }
    const run = runWatched({ examined, record: kept.now, beginning, placement }, this.#ports, watchers)
    this.#run = run
    this.begun.now()
    this.#completion.cancel()
    void run.done.then(
      (report) => this.#ended(run, report),
      (error) => this.#failed(toProblem(error), run),
    )
  }

  /** What is under way is drained, and nothing is waited for. */
  async stop(): Promise<void> {
    const run = this.#run
    this.retries.cancel()
    this.#run = undefined
    if (run === undefined) return
    // What ends now was meant to.
    this.#report = await run.drain().catch(() => undefined)
  }

  /** There will be none any more. */
  close(): void {
    this.retries.cancel()
    this.#completion.cancel()
  }

  /** An error of the topology that no run tells. */
  tell(problem: Problem): void {
    this.#owner.logs.problem(problem, 0)
    this.errors.add(problem, 0)
  }

  #ended(run: Run, report: RunReport): void {
    if (this.#run !== run) return
    this.#report = report
    if (report.status === 'failed') {
      this.#failed(report.problem ?? NO_REASON, run)
      return
    }
    this.#run = undefined
    this.#owner.logs.say('info', `its input has ended after ${Math.round(report.seconds)} s`)
    this.#completion.ended()
  }

  /** It is tried again, later and later. */
  #failed(problem: Problem, run?: Run): void {
    if (this.#run !== run) return
    this.#run = undefined
    this.tell(problem)
    if (this.#owner.isEnding()) return
    const delayMs = this.retries.failed(problem.code)
    this.#owner.logs.say('warn', `it has failed (${problem.code}), and is started again in ${delayMs} ms`)
    this.recorder.happened('run-failed', `${problem.message}; it is started again in ${delayMs} ms`, problem.code)
  }
}
