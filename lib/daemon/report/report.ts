/** What a run comes to: sums over workers and their incarnations. The last line of `--json` is a report. */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { TaskCounts } from '../../messaging/control.ts'
import type { Plan } from '../../scheduler/plan.ts'
import { tasksOf } from '../../scheduler/plan.ts'
import { userComponents } from '../../scheduler/system-topology.ts'
import {
  ACKED,
  COUNTERS,
  EMITTED,
  EXECUTED,
  FAILED,
  FAILED_EXPLICIT,
  FAILED_LOST,
  FAILED_TIMEOUT,
  pendingRoots,
  ROOTS,
} from '../../stats/counters.ts'
import { Histogram, type Percentiles } from '../../stats/histogram.ts'
import {
  addTask,
  type ComponentTotals,
  countersOf,
  emptyTotals,
  mergeTasks,
  type TaskSnapshot,
  type WorkerSnapshot,
} from '../../stats/snapshot.ts'
import { deadLetterFiles } from '../../topology/config/dead-letters.ts'
import { type ComponentId, NIMBUS, type TaskId, type WorkerId } from '../../tuple/ids.ts'
import {
  BACKLOG_BYTES,
  BACKLOG_RECORDS,
  DEAD_LETTERED_COUNTER,
  DEAD_LETTERS_COMPONENT,
  LEFT_COUNTER,
  REPLAYED_COUNTER,
  WAITING_COUNTER,
} from '../../tuple/system-ids.ts'
import { findImbalance, waitingIn } from './imbalance.ts'

/** completed: the input ended; stopped: a signal or a time limit ended it; failed: it could not go on. */
export type Outcome = 'completed' | 'stopped' | 'failed'

/** Counts of one component, over all its tasks. */
export interface ComponentReport {
  readonly tasks: number
  readonly emitted: number
  readonly executed: number
  readonly acked: number
  readonly failed: number
  /** What it has counted of its own, `late` tuples for instance; left out where it has counted nothing. */
  readonly counters?: Readonly<Record<string, number>>
}

/** What a run has come to; plain JSON. */
export interface RunReport {
  readonly topology: string
  readonly status: Outcome
  readonly seconds: number
  readonly workers: number
  readonly components: Readonly<Record<ComponentId, ComponentReport>>
  readonly roots: {
    readonly emitted: number
    readonly acked: number
    readonly failed: { readonly timeout: number; readonly explicit: number; readonly workerLost: number }
    readonly replayed: number
    readonly deadLettered: number
  }
  /** Where its dead letters stand, as the configuration names it; left out where there are none. */
  readonly deadLetterFiles?: readonly string[]
  readonly completeLatencyMs: Percentiles
  /** Why it failed, or what was left when it was stopped. */
  readonly problem?: Problem
}

const NOTHING: WorkerSnapshot = { tasks: [], memoryBytes: 0, cpuMs: 0, stallMs: 0, badFrames: 0 }

/** Adds up what the workers report. What a worker had in flight when it died counts as failed, worker lost. */
export class RunTotals {
  #plan: Plan
  readonly #latest = new Map<WorkerId, WorkerSnapshot>()
  /** What the tasks of incarnations that are gone have come to. */
  readonly #gone = new Map<TaskId, TaskSnapshot>()
  #goneBadFrames = 0
  #hasLost = false
  /** The longest that an event loop was blocked. */
  longestStall: { readonly worker: WorkerId; readonly ms: number } = { worker: NIMBUS, ms: 0 }

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /** The workers until now have ended; those of another plan of the same topology go on with the same tasks. */
  follow(plan: Plan): void {
    for (const worker of [...this.#latest.keys()]) this.#leave(worker)
    this.#plan = plan
  }

  update(worker: WorkerId, snapshot: WorkerSnapshot): void {
    this.#latest.set(worker, snapshot)
    if (snapshot.stallMs > this.longestStall.ms) this.longestStall = { worker, ms: snapshot.stallMs }
  }

  /**
   * What a worker whose event loop is blocked, or that ends, has counted since its last report; what can be none of its
   * tasks is left out.
   */
  counted(worker: WorkerId, tasks: readonly TaskCounts[]): void {
    const before = this.#latest.get(worker) ?? NOTHING
    const now = new Map(before.tasks.map((task) => [task.task, task]))
    for (const task of tasks) {
      const { worker: owner, component } = this.#plan.tasks[task.task - 1] ?? {}
      if (owner !== worker || component !== task.component || task.counters.length !== COUNTERS) continue
      const rest = now.get(task.task) ?? { named: {}, queued: 0, load: 0, latency: [] }
      const isSpout = this.#plan.topology.components[component]!.kind === 'spout'
      now.set(task.task, { ...rest, ...task, pending: isSpout ? pendingRoots(task.counters) : 0 })
    }
    this.#latest.set(worker, { ...before, tasks: [...now.values()] })
  }

  /** @param tasks as they were counted in the end, where the worker could say it */
  lost(worker: WorkerId, tasks: readonly TaskCounts[] = []): void {
    this.#hasLost = true
    this.counted(worker, tasks)
    this.#leave(worker)
  }

  #leave(worker: WorkerId): void {
    const snapshot = this.#latest.get(worker)
    this.#latest.delete(worker)
    if (snapshot === undefined) return
    this.#goneBadFrames += snapshot.badFrames
    for (const task of snapshot.tasks)
      this.#gone.set(task.task, mergeTasks(this.#gone.get(task.task), withPendingLost(task)))
  }

  /** The nimbus has refused a frame of a worker. */
  badFrame(): void {
    this.#goneBadFrames++
  }

  /** Frames that were refused as malformed, by workers and by the nimbus. */
  get badFrames(): number {
    return [...this.#latest.values()].reduce((sum, snapshot) => sum + snapshot.badFrames, this.#goneBadFrames)
  }

  /** How full the queue of each task is. */
  get loads(): (readonly [TaskId, number])[] {
    return [...this.#latest.values()].flatMap(({ tasks }) => tasks.map(({ task, load }) => [task, load] as const))
  }

  get latest(): ReadonlyMap<WorkerId, WorkerSnapshot> {
    return this.#latest
  }

  /** Whether any root is known to have been acked. */
  get anyAcked(): boolean {
    const tasks = [...this.#gone.values(), ...[...this.#latest.values()].flatMap((snapshot) => snapshot.tasks)]
    return tasks.some(({ component, counters }) => {
      const { kind } = this.#plan.topology.components[component]!
      return kind === 'spout' && counters[ACKED]! > 0
    })
  }

  /** How often a component is known to have counted something of its own. */
  namedBy(component: ComponentId, name: string): number {
    const tasks = [...this.#gone.values(), ...[...this.#latest.values()].flatMap((snapshot) => snapshot.tasks)]
    return tasks.reduce((sum, task) => (task.component === component ? sum + (task.named[name] ?? 0) : sum), 0)
  }

  /** How many tuples a component is known to have executed. */
  executedBy(component: ComponentId): number {
    return this.byComponent().get(component)!.counters[EXECUTED]!
  }

  /** Roots that are neither acked nor failed for good: in flight, or kept by their spout. */
  get unfinished(): number {
    return [...this.byComponent().values()].reduce((sum, { pending, named }) => sum + pending + waitingIn(named), 0)
  }

  /** What is wrong with the counts of a run that has come to its end. */
  imbalance(): Problem | undefined {
    return findImbalance(this.byComponent(), this.#plan, this.#hasLost)
  }

  /** The totals of each component, the runtime's own included. */
  byComponent(): Map<ComponentId, ComponentTotals> {
    const totals = new Map(Object.keys(this.#plan.topology.components).map((id) => [id, emptyTotals()]))
    const tasks = [...this.#gone.values(), ...[...this.#latest.values()].flatMap((snapshot) => snapshot.tasks)]
    for (const task of tasks) addTask(totals.get(task.component)!, task)
    return totals
  }

  #deadLetterFiles(): string[] {
    const { name, config, components } = this.#plan.topology
    const one = components[DEAD_LETTERS_COMPONENT]
    const writers = one === undefined ? Object.values(components).filter(({ kind }) => kind === 'spout') : [one]
    return deadLetterFiles(name, config, writers)
  }

  report(status: Outcome, seconds: number, problem?: Problem): RunReport {
    const totals = this.byComponent()
    const components: Record<ComponentId, ComponentReport> = {}
    const sum = new Float64Array(FAILED_LOST + 1)
    const latency = new Histogram()
    const named = { [REPLAYED_COUNTER]: 0, [DEAD_LETTERED_COUNTER]: 0 }
    for (const [id, spec] of userComponents(this.#plan.topology)) {
      const { counters, named: own, latency: times } = totals.get(id)!
      components[id] = {
        tasks: tasksOf(this.#plan, id).length,
        emitted: counters[EMITTED]!,
        executed: counters[EXECUTED]!,
        acked: counters[ACKED]!,
        failed: counters[FAILED]!,
        ...countedIn(own),
      }
      if (spec.kind !== 'spout') continue
      for (const index of [ACKED, ROOTS, FAILED_TIMEOUT, FAILED_EXPLICIT, FAILED_LOST]) sum[index]! += counters[index]!
      for (const name of Object.keys(named) as (keyof typeof named)[]) named[name]! += own[name] ?? 0
      latency.add(times.data())
    }
    named[DEAD_LETTERED_COUNTER] += totals.get(DEAD_LETTERS_COMPONENT)?.named[DEAD_LETTERED_COUNTER] ?? 0
    const failed = { timeout: sum[FAILED_TIMEOUT]!, explicit: sum[FAILED_EXPLICIT]!, workerLost: sum[FAILED_LOST]! }
    return {
      topology: this.#plan.topology.name,
      status,
      seconds: Math.round(seconds * 1000) / 1000,
      workers: this.#plan.workers.length,
      components,
      roots: {
        emitted: sum[ROOTS]!,
        acked: sum[ACKED]!,
        failed,
        replayed: named[REPLAYED_COUNTER]!,
        deadLettered: named[DEAD_LETTERED_COUNTER]!,
      },
      ...(named[DEAD_LETTERED_COUNTER]! > 0 ? { deadLetterFiles: this.#deadLetterFiles() } : {}),
      completeLatencyMs: latency.percentilesMs(),
      ...(problem === undefined ? {} : { problem }),
    }
  }
}

function countedIn(named: Readonly<Record<string, number>>): Pick<ComponentReport, 'counters'> {
  const counters = Object.entries(countersOf(named)).filter(([, value]) => value !== 0)
  return counters.length === 0 ? {} : { counters: Object.fromEntries(counters) }
}

function withPendingLost(task: TaskSnapshot): TaskSnapshot {
  const counters = [...task.counters]
  counters[FAILED]! += task.pending
  counters[FAILED_LOST]! += task.pending
  // What a spout kept is gone with it: it begins anew, or goes on from its checkpoint.
  const { [BACKLOG_RECORDS]: _records, [BACKLOG_BYTES]: _bytes, ...rest } = task.named
  const named = { ...rest, [WAITING_COUNTER]: 0, [LEFT_COUNTER]: 0 }
  const { watermark: _, ...left } = task
  return { ...left, counters, named, gauges: {}, pending: 0, queued: 0 }
}
