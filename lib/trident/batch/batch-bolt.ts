/**
 * A component of a compiled Trident topology: the segments that live in the same tasks, with the states that they
 * share. A bolt like any other; it acks what it has dealt with, and a step that throws fails the batch's tuple with
 * that error.
 *
 * Here is the bolt, and how a task of it is prepared; what the task does from then on stands in `batch-task.ts`.
 */
import {
  DataBolt,
  type DirectStream,
  type OutputCollector,
  type Streams,
  type TaskContext,
  type Tuple,
} from '../../index.ts'
import type { Awaitable, TridentOperationContext } from '../model/operation.ts'
import { edgeStream, MORE, MORE_STREAM, ROWS } from '../plan/batch-streams.ts'
import type { ComponentPlan } from '../plan/component-plan.ts'
import type { Segment } from '../plan/segments.ts'
import { BatchStates, BEGUN, WRITTEN } from './batch-states.ts'
import { BatchTask } from './batch-task.ts'
import { makeEmission, makeSegment } from './make-segment.ts'
import type { SegmentTask } from './segment/segment-task.ts'
import type { Emission } from './source/emission.ts'

export class BatchBolt extends DataBolt<any, Streams<any>> {
  override readonly outputs: Record<string, DirectStream>
  readonly #plan: ComponentPlan
  readonly #cleanups: (() => Awaitable<void>)[] = []
  #states: BatchStates | undefined
  #prepared!: BatchTask

  constructor(plan: ComponentPlan) {
    super()
    this.#plan = plan
    const leaving = plan.edges.filter(({ from }) => plan.segments.includes(from))
    const streams = leaving.map(({ id }) => [edgeStream(id), ROWS] as const)
    const more = hasSpout(plan) ? [[MORE_STREAM, MORE] as const] : []
    this.outputs = Object.fromEntries([...streams, ...more])
  }

  override async prepare(task: TaskContext, collector: OutputCollector<any>): Promise<void> {
    const plan = this.#plan
    const context: TridentOperationContext = {
      task,
      partitionIndex: task.taskIndex,
      numPartitions: task.tasksOf().length,
      onCleanup: (call) => this.#cleanups.push(call),
    }
    const states = new BatchStates(plan, context, (error) => collector.reportError(error))
    this.#states = states
    await states.open()
    const segments = new Map<Segment, SegmentTask>()
    let emission: Emission | undefined
    for (const segment of plan.segments) {
      const made = await makeSegment(segment, plan, states.byNode, context, collector)
      segments.set(segment, made)
      emission = (await makeEmission(segment, made, context, collector)) ?? emission
    }
    await states.checkNotes()
    if (task.checkpointed === WRITTEN) states.tellLost(() => true)
    if (task.checkpointed === undefined) task.checkpoint(BEGUN)
    this.#prepared = new BatchTask({ plan, segments, emission, states, task, collector })
  }

  override execute(tuple: Tuple): void | Promise<void> {
    return this.#prepared.execute(tuple)
  }

  /** What was reported as done must be there: a store can have been lost since its last commit. @throws STATE_LOST */
  override async endOfInput(): Promise<void> {
    await this.#states?.check()
  }

  override async cleanup(): Promise<void> {
    await this.#states?.checkAtLast()
    for (const call of this.#cleanups) await call()
    await this.#states?.close()
  }
}

function hasSpout({ segments }: ComponentPlan): boolean {
  return segments.some(({ steps }) => steps[0]?.node.type === 'spout')
}
