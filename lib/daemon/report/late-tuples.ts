/** Says that a component leaves out many tuples as late, and why: once, and again with each ten times as many. */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Plan } from '../../scheduler/plan.ts'
import type { WorkerSnapshot } from '../../stats/snapshot.ts'
import { IN_STEP, outOfStep, outOfStepWords } from '../../topology/out-of-step.ts'
import { type ComponentId, NIMBUS } from '../../tuple/ids.ts'
import { LATE_COUNTER } from '../../tuple/system-ids.ts'
import type { RunEvents } from './events.ts'
import type { RunTotals } from './report.ts'

/** As many are many, where they are so large a part of those that came. */
const MANY = 100
const PART = 0.01
const GENERAL = 'raise lagMs of the timestamps, allow lateness, or give what is late a stream of its own (lateStream)'

/** Has the topology as it is now. */
interface Planned {
  readonly plan: Pick<Plan, 'topology'>
}

export class LateTuples {
  readonly #planned: Planned
  readonly #totals: Pick<RunTotals, 'executedBy' | 'namedBy'>
  readonly #events: RunEvents
  /** How many there must be before it is said again. */
  readonly #next = new Map<ComponentId, number>()

  constructor(planned: Planned, totals: Pick<RunTotals, 'executedBy' | 'namedBy'>, events: RunEvents) {
    this.#planned = planned
    this.#totals = totals
    this.#events = events
  }

  /** @param snapshot of a worker, which is in the totals already */
  check({ tasks }: WorkerSnapshot): void {
    const about = tasks.filter(({ named }) => (named[LATE_COUNTER] ?? 0) > 0)
    for (const component of new Set(about.map((task) => task.component))) this.#checkComponent(component)
  }

  #checkComponent(component: ComponentId): void {
    const late = this.#totals.namedBy(component, LATE_COUNTER)
    if (late < (this.#next.get(component) ?? MANY)) return
    const executed = this.#totals.executedBy(component)
    if (late < executed * PART) return
    this.#next.set(component, late * 10)
    const reason = outOfStep(this.#planned.plan.topology, component)
    const share = Math.round((100 * late) / Math.max(late, executed))
    const message = `"${component}" has left out ${late} tuples as late, ${share} % of those that came`
    const told: Problem = {
      code: 'TUPLES_LATE',
      message: reason === undefined ? message : `${message}: ${outOfStepWords(reason)}`,
      where: { component },
      hint: reason === undefined ? GENERAL : IN_STEP,
    }
    this.#events.onProblem?.(told, NIMBUS)
  }
}
