/**
 * Load-aware shuffle: prefers near tasks with short queues. Rules, with their figures: apache/storm
 * `storm-client/.../grouping/LoadAwareShuffleGrouping.java`.
 *
 * It chooses among the tasks within a scope (worker, host, rack, everything). The scope widens by one step when the
 * mean load within it is over the higher bound, and narrows by one when it is under the lower bound. Within the scope
 * each task has a weight: with each refresh a task that is within 0.05 of the lowest load gains 1, up to 100; any other
 * loses 10, down to 0. Tuples go round a ring of slots, of which each task has as many as its weight says, in random
 * order. Between two refreshes nothing is drawn or weighed, so choosing costs what a plain shuffle costs.
 */
import type { TaskId } from '../tuple/ids.ts'
import type { Prng } from '../util/prng.ts'
import { type Grouping, type LoadView, type Scope, singletons } from './grouping.ts'

const SCOPES: readonly Scope[] = ['worker', 'host', 'rack', 'everything']
const WIDEST = SCOPES.length - 1

const RING_SLOTS = 1000
const MAX_WEIGHT = 100
const GAIN = 1
const LOSS = 10
/** A load this near to the lowest one is as good as it. */
const TOLERANCE = 0.05

/** What a load-aware shuffle is made from. */
export interface LoadAwareOptions {
  readonly targets: readonly TaskId[]
  /** Those of the worker of the emitting task. */
  readonly localTargets: readonly TaskId[]
  /** `topology.localityaware.lower.bound` and `.higher.bound`. */
  readonly lowerBound: number
  readonly higherBound: number
  readonly random: Prng
}

interface Target {
  readonly task: TaskId
  readonly list: readonly TaskId[]
  weight: number
  load: number
  /** Index in SCOPES. */
  scope: number
}

export class LoadAwareShuffleGrouping implements Grouping {
  readonly #targets: readonly Target[]
  readonly #lowerBound: number
  readonly #higherBound: number
  readonly #random: Prng
  /** Lists by turn; at least one slot per task, so that a task of full weight is never left out. */
  readonly #ring: (readonly TaskId[])[]
  #next = 0
  #scope = 0

  constructor(options: LoadAwareOptions) {
    const lists = singletons(options.targets)
    const local = new Set(options.localTargets)
    this.#targets = options.targets.map((task, index) => ({
      task,
      list: lists[index] as readonly TaskId[],
      weight: MAX_WEIGHT,
      load: 0,
      scope: local.has(task) ? 0 : WIDEST,
    }))
    this.#lowerBound = options.lowerBound
    this.#higherBound = options.higherBound
    this.#random = options.random
    this.#ring = new Array(Math.max(RING_SLOTS, lists.length)).fill(lists[0])
    // Nothing is known of hosts and racks before the first refresh: the worker's own tasks, else all.
    const near = this.#within(0)
    this.#fillRing(near.length > 0 ? near : this.#targets)
  }

  /** How far away the chosen tasks may be; `worker` before the first refresh. */
  get scope(): Scope {
    return SCOPES[this.#scope] as Scope
  }

  choose(): readonly TaskId[] {
    const turn = this.#next
    this.#next = turn + 1 === this.#ring.length ? 0 : turn + 1
    return this.#ring[turn] as readonly TaskId[]
  }

  refresh(loads: LoadView): void {
    for (const target of this.#targets) {
      // An unknown load, NaN, counts as none: otherwise no task would be the least loaded.
      target.load = loads.loadOf(target.task) || 0
      target.scope = SCOPES.indexOf(loads.scopeOf(target.task))
    }
    const before = this.#scope
    this.#scope = this.#nextScope()
    if (this.#scope !== before) for (const target of this.#targets) target.weight = MAX_WEIGHT
    const near = this.#within(this.#scope)
    weigh(near)
    this.#fillRing(near)
  }

  #within(scope: number): Target[] {
    return this.#targets.filter((target) => target.scope <= scope)
  }

  /**
   * One step further, nearer, or none. A scope without a task is passed over on the way out and not entered on the way
   * in.
   */
  #nextScope(): number {
    let scope = this.#scope
    let near = this.#within(scope)
    while (near.length === 0) near = this.#within(++scope)
    const mean = near.reduce((sum, target) => sum + target.load, 0) / near.length
    if (mean > this.#higherBound) return Math.min(scope + 1, WIDEST)
    if (mean < this.#lowerBound && scope > 0 && this.#within(scope - 1).length > 0) return scope - 1
    return scope
  }

  /**
   * Gives each task its share of the slots, rounded down; the slots that are left go to tasks drawn by the same shares.
   */
  #fillRing(near: readonly Target[]): void {
    const ring = this.#ring
    const sum = near.reduce((total, { weight }) => total + weight, 0)
    let filled = 0
    for (const { list, weight } of near) {
      const end = filled + Math.floor((weight * ring.length) / sum)
      while (filled < end) ring[filled++] = list
    }
    for (const shares = filled; filled < ring.length; filled++)
      ring[filled] = ring[this.#random.below(shares)] as readonly TaskId[]
    for (let i = ring.length - 1; i > 0; i--) {
      const j = this.#random.below(i + 1)
      const list = ring[i] as readonly TaskId[]
      ring[i] = ring[j] as readonly TaskId[]
      ring[j] = list
    }
    this.#next = 0
  }
}

/** The task of the lowest load always gains, so the weights never are all 0. */
function weigh(near: readonly Target[]): void {
  const lowest = near.reduce((least, { load }) => Math.min(least, load), Number.POSITIVE_INFINITY)
  for (const target of near) {
    target.weight =
      target.load <= lowest + TOLERANCE ? Math.min(MAX_WEIGHT, target.weight + GAIN) : Math.max(0, target.weight - LOSS)
  }
}
