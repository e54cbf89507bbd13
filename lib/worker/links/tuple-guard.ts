/**
 * What comes from other workers is checked where it enters, though its sender knows the secret of the run: a tuple must
 * be for a task that lives here and subscribes to its stream, with a value for each field, and in trees of spouts that
 * there are; and the tuples of the runtime, which no user code checks, must hold what they are to hold. So nothing
 * behind this file has to ask whether a task or a root exists.
 *
 * Hot: once for each tuple that comes over a link; a few loads from arrays.
 */

import { ACK_ROW } from '../../acker/acker-bolt.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { ackerOf, type Plan, subscribersOf, tasksOf } from '../../scheduler/plan.ts'
import { isFailReason } from '../../topology/component/failure/fail-reason.ts'
import { spoutTaskOf, type TaskId, type WorkerId } from '../../tuple/ids.ts'
import {
  ACK_ACK_STREAM,
  ACK_FAIL_STREAM,
  ACK_INIT_STREAM,
  ACK_RESET_STREAM,
  ACK_TIMEOUT_STREAM,
  ACKER_COMPONENT,
  DEAD_LETTER_STREAM,
  isSystemId,
  NOTE_STREAM,
  SYSTEM_TASK,
  WATERMARK_STREAM,
} from '../../tuple/system-ids.ts'
import { SYSTEM_SOURCES } from '../../tuple/system-sources.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { plural } from '../../words/plural.ts'

type Values = readonly any[]

/** What one task may send on one stream. */
interface Gate {
  /** By task: 1 if it lives here and subscribes. */
  readonly targets: Uint8Array
  readonly width: number
  /** Whether the values of one of the runtime's own streams are as they should be. */
  readonly holds: ((values: Values, target: TaskId, tuple: Tuple) => boolean) | undefined
}

export class TupleGuard {
  /** The gates by task, from 1 up, and number of the stream; those of the system stand at 0. */
  readonly #gates: readonly (readonly Gate[])[]
  /** The acker of each spout task. 0: there is no such spout, or nobody acks. */
  readonly #ackers: Int32Array

  /** @param worker where the tuples come in */
  constructor(plan: Plan, worker: WorkerId) {
    const { components } = plan.topology
    this.#ackers = new Int32Array(plan.tasks.length + 1)
    for (const task of plan.tasks) {
      if (components[task.component]!.kind === 'spout') this.#ackers[task.task] = ackerOf(plan, task) ?? 0
    }
    this.#gates = [this.#systemGates(plan, worker), ...gatesOf(plan, worker, this.#verdicts())]
  }

  /** @throws BAD_FRAME if its sender may not send the tuple to this task */
  check(target: TaskId, tuple: Tuple): void {
    const { source, values } = tuple
    const gate = this.#gates[source.task === SYSTEM_TASK ? 0 : source.task]![source.streamIndex]!
    if (gate.targets[target] !== 1) throw bad(tuple, `no task ${target} of this worker subscribes to it`)
    if (values.length !== gate.width) throw bad(tuple, `it has ${plural(values.length, 'value')}, not ${gate.width}`)
    if (gate.holds !== undefined && !gate.holds(values, target, tuple))
      throw bad(tuple, 'its values are not what they are to be')
    if (tuple.rootHigh === 0) return
    if (!this.#isRoot(tuple.rootHigh)) throw bad(tuple, 'it has an anchor of a task that is not a spout')
    if (tuple.more === undefined) return
    for (const { rootHigh } of tuple.more)
      if (!this.#isRoot(rootHigh)) throw bad(tuple, 'it has an anchor of a task that is not a spout')
  }

  #isRoot(rootHigh: number): boolean {
    const acker = this.#ackers[spoutTaskOf(rootHigh)]
    return acker !== undefined && acker !== 0
  }

  /** Whether rows begin with root ids whose acker is this task. */
  #rowsFor(rows: unknown, width: number, acker: TaskId): boolean {
    if (!(rows instanceof Int32Array) || rows.length % width !== 0) return false
    const ackers = this.#ackers
    for (let at = 0; at < rows.length; at += width) if (ackers[spoutTaskOf(rows[at]!)] !== acker) return false
    return true
  }

  /** What workers tell the ackers, and bolts the spouts. Ticks are made where they are wanted: none comes by a link. */
  #systemGates(plan: Plan, worker: WorkerId): Gate[] {
    const isFor = (rootHigh: unknown, acker: TaskId): boolean =>
      isInt32(rootHigh) && this.#ackers[spoutTaskOf(rootHigh)] === acker
    const toAckers: Readonly<Record<string, Gate['holds']>> = {
      [ACK_INIT_STREAM]: ([rows], acker) => this.#rowsFor(rows, ACK_ROW, acker),
      [ACK_ACK_STREAM]: ([rows], acker) => this.#rowsFor(rows, ACK_ROW, acker),
      [ACK_FAIL_STREAM]: ([high, low, reason], acker) => isFor(high, acker) && isInt32(low) && isFailReason(reason),
      [ACK_RESET_STREAM]: ([roots], acker) => this.#rowsFor(roots, 2, acker),
      [ACK_TIMEOUT_STREAM]: ([roots, timeoutMs], acker) =>
        this.#rowsFor(roots, 2, acker) && (timeoutMs === null || (Number.isFinite(timeoutMs) && timeoutMs >= 0)),
    }
    const ackers = tasksOf(plan, ACKER_COMPONENT)
    const spouts = plan.tasks.flatMap(({ task }) => (this.#ackers[task] === 0 ? [] : [task]))
    return SYSTEM_SOURCES.map(({ stream, fields: { size: width } }): Gate => {
      if (stream === NOTE_STREAM) return { targets: marked(plan, worker, spouts), width, holds: isOfItsTree }
      const holds = toAckers[stream]
      return { targets: marked(plan, worker, holds === undefined ? [] : ackers), width, holds }
    })
  }

  /** What ackers tell the spouts. */
  #verdicts(): Readonly<Record<string, Gate['holds']>> {
    return {
      [ACK_ACK_STREAM]: ([roots], spout) => rootsOf(roots, spout),
      [ACK_FAIL_STREAM]: ([high, low, reason], spout) =>
        isInt32(high) && spoutTaskOf(high) === spout && isInt32(low) && isFailReason(reason),
    }
  }
}

/** The gates of all tasks, in their order. */
function gatesOf(plan: Plan, worker: WorkerId, verdicts: Readonly<Record<string, Gate['holds']>>): Gate[][] {
  const { components } = plan.topology
  const byComponent = new Map(
    Object.entries(components).map(([id, { outputs }]) => {
      const gates = Object.entries(outputs).map(([stream, { fields }]): Gate => {
        const isAcker = id === ACKER_COMPONENT
        const isWatermark = stream === WATERMARK_STREAM
        const isOwn = isWatermark || stream === DEAD_LETTER_STREAM
        // Messages to the ackers come from the system, whichever component it is about.
        const subscribers = isSystemId(stream) && !isAcker && !isOwn ? [] : subscribersOf(plan, id, stream)
        const targets = subscribers.flatMap((subscriber) => tasksOf(plan, subscriber))
        return {
          targets: marked(plan, worker, targets),
          width: fields.length,
          holds: isAcker ? verdicts[stream] : isWatermark ? isHowFar : undefined,
        }
      })
      return [id, gates] as const
    }),
  )
  return plan.tasks.map(({ component }) => byComponent.get(component)!)
}

function marked(plan: Plan, worker: WorkerId, tasks: readonly TaskId[]): Uint8Array {
  const marks = new Uint8Array(plan.tasks.length + 1)
  for (const task of tasks) if (plan.tasks[task - 1]!.worker === worker) marks[task] = 1
  return marks
}

function rootsOf(roots: unknown, spout: TaskId): boolean {
  if (!(roots instanceof Int32Array) || roots.length % 2 !== 0) return false
  for (let at = 0; at < roots.length; at += 2) if (spoutTaskOf(roots[at]!) !== spout) return false
  return true
}

/** How far event time is, and whether the sender is idle. */
function isHowFar([time, isIdle]: Values): boolean {
  return typeof time === 'number' && !Number.isNaN(time) && typeof isIdle === 'boolean'
}

/** A note goes to the spout of the tree that it is in. */
function isOfItsTree(_values: Values, spout: TaskId, { rootHigh, more }: Tuple): boolean {
  return spoutTaskOf(rootHigh) === spout && more === undefined
}

function isInt32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) === ((value as number) | 0)
}

function bad({ source }: Tuple, what: string): TyphoonError {
  const { component, stream, task } = source
  return new TyphoonError('BAD_FRAME', `a tuple came from "${component}" (task ${task}), stream ${stream}: ${what}`)
}
