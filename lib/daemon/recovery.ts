/**
 * What a run does where a tuple is atomic and something is lost: everything goes back to the last snapshot. All workers
 * end, what their tasks have kept by themselves is forgotten, and when it is known which snapshot is sound they begin
 * again from there.
 */
import { type Problem, toProblem } from '../errors/typhoon-error.ts'
import { type Plan, workerIds } from '../scheduler/plan.ts'
import { shapeOf } from '../snapshots/topology-shape.ts'
import { resolveConfig } from '../topology/config/config.ts'
import { type Incarnation, NIMBUS, type TaskId, type WorkerId } from '../tuple/ids.ts'
import type { Clock } from '../util/time/clock.ts'
import type { Timers } from '../util/time/timers.ts'
import { PoisonSearch } from './inquest/poison-search.ts'
import type { LifeCycle } from './life/life-cycle.ts'
import type { RunEvents } from './report/events.ts'
import type { RunTotals } from './report/report.ts'
import { Rounds } from './rounds/rounds.ts'
import type { RunPorts, Submission } from './submission.ts'
import type { WorkerExit } from './workers/launcher.ts'
import type { Roster } from './workers/roster.ts'
import type { Supervisor } from './workers/supervisor.ts'

/** The parts of a run that have to do with it. */
interface RecoveryParts {
  readonly life: LifeCycle
  readonly timers: Timers
  readonly clock: Clock
  readonly roster: Roster
  readonly totals: RunTotals
  readonly supervisor: Supervisor
  readonly events: RunEvents
  /** What each task asked to keep last. */
  readonly checkpoints: Map<TaskId, unknown>
  /** The run cannot go on. */
  fail(problem: Problem): void
}

/** The snapshots of a run; undefined where none are taken. */
export function makeRounds(
  { plan, allowsDropped = false }: Submission,
  ports: RunPorts,
  life: LifeCycle,
  roster: Roster,
  fail: (problem: Problem) => void,
): Rounds | undefined {
  const { topology, hash } = plan
  const report = (problem: Problem): void => ports.events.onProblem?.(problem, NIMBUS)
  const store = ports.snapshotStore?.(topology)
  if (store === undefined) return undefined
  const config = resolveConfig(topology.config)
  return new Rounds({
    clock: ports.clock,
    store,
    owner: { topology: topology.name, hash, shape: shapeOf(topology) },
    restore: {
      allowsDropped,
      warn: report,
      log: (level, message) => ports.events.onLog?.({ level, message }, NIMBUS),
    },
    intervalMs: config['topology.state.checkpoint.interval.ms'],
    workers: () => workerIds(roster.plan),
    ask: (message) => roster.ask(message),
    report,
    fail,
    onComplete: (taken) => ports.events.onSnapshot?.(taken),
    outageLimitMs: config['topology.state.unavailable.limit.secs'] * 1000,
    onAsked: () => life.on('committed'),
  })
}

/** Undefined where nothing goes back: where the guarantee of the topology does not want it. */
export function makeRecovery(plan: Plan, rounds: Rounds | undefined, run: RecoveryParts): Recovery | undefined {
  const isExact = resolveConfig(plan.topology.config)['topology.guarantee'] === 'exactly-once'
  return rounds === undefined || !isExact ? undefined : new Recovery(rounds, run)
}

export class Recovery {
  readonly rounds: Rounds
  /** For a tuple that ends workers. */
  readonly search: PoisonSearch
  readonly #run: RecoveryParts
  /** So long it is waited before the workers begin again. */
  #pauseMs = 0
  /** What was asked for from outside, to be asked again. */
  #asked: 'drain' | 'end-input' | undefined

  constructor(rounds: Rounds, run: RecoveryParts) {
    this.rounds = rounds
    this.#run = run
    this.search = makeSearch(rounds, run)
  }

  /** Something may be lost: what is captured from now on may lack it. */
  suspect(): void {
    this.rounds.suspect()
  }

  /**
   * A worker has died, and everything goes back.
   * @param isStarting the run had not begun (again)
   * @param pauseMs as that of `rollBack`
   */
  died(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit, isStarting: boolean, pauseMs: number): void {
    const problem = this.search.died(worker, incarnation, exit, isStarting)
    if (problem === undefined) this.rollBack(pauseMs)
    else this.#run.fail(problem)
  }

  /** Everything goes back. @param pauseMs before the workers begin again: of one that keeps dying it grows */
  rollBack(pauseMs: number): void {
    this.rounds.suspect()
    this.#pauseMs = pauseMs
    this.#run.life.on('roll-back')
  }

  /** All workers have ended. */
  async findSnapshot(): Promise<void> {
    const { life, timers, checkpoints } = this.#run
    checkpoints.clear()
    try {
      await this.rounds.find()
      timers.after(this.#pauseMs, () => {
        this.search.begins()
        life.on('found')
      })
    } catch (error) {
      this.#run.fail(toProblem(error))
    }
  }

  /** Somebody wants the run to end in good order, which is not to be forgotten. */
  asked(what: 'drain' | 'end-input'): void {
    this.#asked = what
  }

  askAgain(): void {
    if (this.#asked !== undefined) this.#run.life.on(this.#asked)
  }
}

function makeSearch(rounds: Rounds, { clock, roster, totals, supervisor, events }: RecoveryParts): PoisonSearch {
  return new PoisonSearch({
    plan: () => roster.plan,
    now: () => clock.now(),
    snapshot: () => rounds.restored,
    executed: (component) => totals.executedBy(component),
    onProgress: () => supervisor.forgive(),
    warn: (worker, message) => events.onLog?.({ level: 'warn', message }, worker),
  })
}
