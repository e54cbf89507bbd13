import test from 'ava'
import fc from 'fast-check'
import { ownerOf } from '../../lib/grouping/key-groups.ts'
import { reachedOf } from '../../lib/snapshots/fit/watermark-moves.ts'
import type { TaskPart } from '../../lib/snapshots/manifest.ts'
import { TaskStates } from '../../lib/state/task-states.ts'
import { TaskTimers } from '../../lib/state/timers/task-timers.ts'

const GROUPS = 12

/** One task of a component, and what a snapshot has of it. */
class Task {
  readonly #states = new TaskStates(true)
  readonly #timers: TaskTimers
  readonly #index: number

  constructor(index: number, parts: readonly TaskPart[], before: number, now: number) {
    this.#index = index
    const { watermark, floors } = reachedOf(parts, index, { keyGroups: GROUPS, before, now })
    this.#timers = new TaskTimers(this.#states, watermark, floors)
  }

  get watermark(): number {
    return this.#timers.watermark
  }

  advance(by: number): void {
    this.#timers.watermark = Math.max(0, this.#timers.watermark) + by
  }

  /** As its component sees it when it executes a tuple of a group. */
  watermarkFor(group: number): number {
    this.#states.inHand = group
    return this.#timers.named('x').watermark
  }

  get part(): TaskPart {
    const { watermark } = this
    const floors = this.#timers.floorsAbove(watermark)
    return {
      component: 'c' as TaskPart['component'],
      index: this.#index,
      states: {},
      ...(Number.isFinite(watermark) ? { watermark } : {}),
      ...(floors.length === 0 ? {} : { floors }),
    }
  }
}

const tasks = fc.integer({ min: 1, max: 6 })
const advances = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 20 })), { maxLength: 6 })

test('event time goes back for no key group, however often the number of tasks changes, and no task is overtaken', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(tasks, advances), { minLength: 2, maxLength: 8 }), (runs) => {
      let parts: TaskPart[] = []
      let seen = new Array<number>(GROUPS).fill(Number.NEGATIVE_INFINITY)
      for (const [now, steps] of runs) {
        const before = parts.length
        const all = Array.from({ length: now }, (_, index) => new Task(index, parts, before, now))
        const least = Math.min(...parts.map(({ watermark }) => watermark ?? Number.NEGATIVE_INFINITY))
        if (before > 0) for (const task of all) t.is(task.watermark, least)
        const ownerSees = (group: number): number => all[ownerOf(group, GROUPS, now)]!.watermarkFor(group)
        t.deepEqual(
          seen.map((_, group) => ownerSees(group)),
          seen,
        )
        for (const [index, by] of steps) all[index % now]!.advance(by)
        for (const [group, before] of seen.entries()) t.true(ownerSees(group) >= before)
        seen = seen.map((_, group) => ownerSees(group))
        parts = all.map(({ part }) => part)
      }
    }),
  )
})
