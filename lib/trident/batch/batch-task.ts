/**
 * A task of a `BatchBolt` that is prepared: hands each tuple to the segment that it is for, or to the emission of its
 * spout, and acks or fails it when that is done.
 */
import {
  DEFAULT_STREAM,
  type LeaseOfRun,
  leaseOf,
  type OutputCollector,
  type TaskContext,
  type Tuple,
} from '../../index.ts'
import { BATCH_STREAM, BRIEF_STREAM, COMMIT_STREAM, edgeStream, MORE_STREAM } from '../plan/batch-streams.ts'
import type { ComponentPlan } from '../plan/component-plan.ts'
import type { Segment, SegmentEdge } from '../plan/segments.ts'
import type { BatchStates } from './batch-states.ts'
import { asUnavailable } from './failure/outage.ts'
import type { Chunk, SegmentTask } from './segment/segment-task.ts'
import { Courtesy } from './source/courtesy.ts'
import type { Emission } from './source/emission.ts'

/** What a task is made of. */
export interface BatchTaskParts {
  readonly plan: ComponentPlan
  readonly segments: ReadonlyMap<Segment, SegmentTask>
  /** Where a spout of Trident lives here. */
  readonly emission: Emission | undefined
  readonly states: BatchStates
  readonly task: TaskContext
  readonly collector: OutputCollector<any>
}

type Targets = SegmentEdge['targets']

const FIRST_STEP: Targets = [{ step: 0, input: 0 }]

export class BatchTask {
  readonly #task: TaskContext
  readonly #lease: LeaseOfRun
  readonly #collector: OutputCollector<any>
  readonly #states: BatchStates
  readonly #emission: Emission | undefined
  readonly #courtesy: Courtesy
  readonly #byStream: ReadonlyMap<string, { readonly segment: SegmentTask; readonly targets: Targets }>
  /** The segments that the commits of a coordinator are for, by its component. */
  readonly #committing: ReadonlyMap<string, readonly SegmentTask[]>
  /** The segment that requests come to. */
  readonly #requests: SegmentTask | undefined

  constructor({ plan, segments, emission, states, task, collector }: BatchTaskParts) {
    this.#task = task
    this.#lease = leaseOf(task)
    this.#collector = collector
    this.#states = states
    this.#emission = emission
    this.#courtesy = Courtesy.of(task)
    const entering = plan.edges.filter(({ to }) => segments.has(to))
    this.#byStream = new Map(
      entering.map(({ id, to, targets }) => [edgeStream(id), { segment: segments.get(to)!, targets }]),
    )
    this.#committing = committingOf(plan, segments)
    const requests = plan.segments.findLast(({ steps }) => steps[0]!.node.type === 'drpc')
    this.#requests = requests && segments.get(requests)
  }

  execute(tuple: Tuple): void | Promise<void> {
    const rows = this.#byStream.get(tuple.sourceStream)
    if (rows !== undefined) return this.#receive(tuple, rows.segment, chunkOf(tuple), rows.targets)
    switch (tuple.sourceStream) {
      case BATCH_STREAM:
        return this.#emission!.begin(tuple)
      case BRIEF_STREAM:
        return this.#emission!.told(tuple)
      case MORE_STREAM:
        return this.#emission!.more(tuple)
      case COMMIT_STREAM:
        this.#lease.check()
        return this.#commit(tuple, this.#committing.get(tuple.sourceComponent)!, 0)
      case DEFAULT_STREAM:
        return this.#receive(tuple, this.#requests!, requestChunk(tuple, this.#task.taskIndex), FIRST_STEP)
      default:
        this.#emission!.committed(tuple.values[0] as number)
        this.#collector.ack(tuple)
    }
  }

  /** Hot, once for each thousand rows. */
  #receive(tuple: Tuple, segment: SegmentTask, chunk: Chunk, targets: Targets): void | Promise<void> {
    if (typeof chunk.batch === 'string') this.#courtesy.asked(this.#task.now())
    try {
      const pending = segment.receive(tuple, chunk, targets)
      if (pending === undefined) this.#collector.ack(tuple)
      else
        return pending.then(
          () => this.#collector.ack(tuple),
          (error) => this.#failed(segment, tuple, error),
        )
    } catch (error) {
      this.#failed(segment, tuple, error)
    }
  }

  /** One segment after the other writes; what waits for rows acks by itself when they have come. */
  #commit(tuple: Tuple, segments: readonly SegmentTask[], from: number, waits = false): void | Promise<void> {
    let isDone = !waits
    for (let index = from; index < segments.length; index++) {
      const segment = segments[index]!
      try {
        const result = segment.commit(tuple)
        if (result === false) isDone = false
        else if (result !== true)
          return result.then(
            () => this.#commit(tuple, segments, index + 1, !isDone),
            (error) => this.#failed(segment, tuple, error),
          )
      } catch (error) {
        this.#failed(segment, tuple, error)
        return
      }
    }
    this.#states.committed(tuple)
    if (isDone) this.#collector.ack(tuple)
  }

  #failed(segment: SegmentTask, tuple: Tuple, error: unknown): never {
    // A request has no second attempt under the same id.
    segment.failed(tuple.values[0], tuple.sourceStream === DEFAULT_STREAM ? 0 : tuple.values[1])
    throw asUnavailable(error)
  }
}

function committingOf(
  plan: ComponentPlan,
  segments: ReadonlyMap<Segment, SegmentTask>,
): ReadonlyMap<string, readonly SegmentTask[]> {
  const committing = new Map<string, SegmentTask[]>()
  for (const [segment, made] of segments) {
    const coordinator = plan.coordinatorOf(segment.group)
    if (coordinator === undefined || !segment.steps.some((step) => step.afterCommit)) continue
    committing.set(coordinator, [...(committing.get(coordinator) ?? []), made])
  }
  return committing
}

function chunkOf({ values }: Tuple): Chunk {
  return { batch: values[0], attempt: values[1], startedAt: values[2], rows: values[3], count: values[4] }
}

function requestChunk({ values: [batch, startedAt, args, chosen] }: Tuple, partitionIndex: number): Chunk {
  const rows = chosen === partitionIndex ? [[args]] : []
  return { batch, attempt: 0, startedAt, rows, count: rows.length }
}
