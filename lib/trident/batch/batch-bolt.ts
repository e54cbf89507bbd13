/**
 * A component of a compiled Trident topology: the segments that live in the same tasks, with the states that they
 * share. A bolt like any other; it acks what it has dealt with, and a step that throws fails the batch's tuple with
 * that error.
 */
import {
  DataBolt,
  DEFAULT_STREAM,
  type DirectStream,
  type OutputCollector,
  type Streams,
  type TaskContext,
  type Tuple,
  TyphoonError,
} from '../../index.ts'
import type { StateDirectory } from '../../store/state-directory.ts'
import type { Awaitable, TridentOperationContext } from '../model/operation.ts'
import type { State } from '../model/state.ts'
import type { ComponentPlan } from '../plan/component-plan.ts'
import type { Segment, SegmentEdge } from '../plan/segments.ts'
import { BATCH_STREAM, BRIEF_STREAM, COMMIT_STREAM, edgeStream, MORE, MORE_STREAM, ROWS } from '../plan/streams.ts'
import type { StateNode } from '../program/state-node.ts'
import { asUnavailable, openPatiently, patiently } from './failure/outage.ts'
import { makeSegment, makeSource } from './make-segment.ts'
import { lockedDirectory } from './metadata/open-metadata.ts'
import { StateNotes } from './metadata/state-notes.ts'
import type { Chunk, SegmentTask } from './segment/segment-task.ts'
import { Courtesy } from './source/courtesy.ts'
import { Emission } from './source/emission.ts'

/** Checkpoint of a task that has worked. */
const BEGUN = 'begun'
/** Checkpoint of a task that has written a state which does not survive. */
const WRITTEN = 'written'
const FIRST_STEP: SegmentEdge['targets'] = [{ step: 0, input: 0 }]

export class BatchBolt extends DataBolt<any, Streams<any>> {
  override readonly outputs: Record<string, DirectStream>
  readonly #plan: ComponentPlan
  readonly #states = new Map<StateNode, State>()
  readonly #segments: SegmentTask[] = []
  readonly #byStream = new Map<string, { readonly segment: SegmentTask; readonly targets: SegmentEdge['targets'] }>()
  /** The tasks that the commits of a coordinator are for, by its component. */
  readonly #committing = new Map<string, SegmentTask[]>()
  readonly #cleanups: (() => Awaitable<void>)[] = []
  /** The segment that requests come to. */
  #requests: SegmentTask | undefined
  #task!: TaskContext
  #courtesy!: Courtesy
  /** The states that are written here and survive. */
  readonly #durable = new Map<StateNode, State>()
  #notes: StateNotes | undefined
  #directory: StateDirectory | undefined
  /** Components of the coordinators that have committed something in this life of the task. */
  readonly #committed = new Set<string>()
  /** The states were found to be there at the end. */
  #isChecked = false
  #emission: Emission | undefined
  #partitionIndex = 0
  #collector!: OutputCollector<any>

  constructor(plan: ComponentPlan) {
    super()
    this.#plan = plan
    const leaving = plan.edges.filter(({ from }) => plan.segments.includes(from))
    const streams = leaving.map(({ id }) => [edgeStream(id), ROWS] as const)
    const more = hasSpout(plan) ? [[MORE_STREAM, MORE] as const] : []
    this.outputs = Object.fromEntries([...streams, ...more])
  }

  override async prepare(task: TaskContext, collector: OutputCollector<any>): Promise<void> {
    this.#task = task
    this.#collector = collector
    this.#courtesy = Courtesy.of(task)
    this.#partitionIndex = task.taskIndex
    const context: TridentOperationContext = {
      task,
      partitionIndex: task.taskIndex,
      numPartitions: task.tasksOf().length,
      onCleanup: (call) => this.#cleanups.push(call),
    }
    if (this.#plan.states.length > 0) await this.#openNotes(task)
    for (const state of this.#plan.states) this.#states.set(state, await this.#makeState(state, context))
    for (const segment of this.#plan.segments) await this.#makeSegment(segment, context)
    await this.#opened(() => this.#notes?.check())
    if (task.checkpointed === WRITTEN) this.#tellLost(() => true)
    if (task.checkpointed === undefined) task.checkpoint(BEGUN)
  }

  override execute(tuple: Tuple): void | Promise<void> {
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
        return this.#commit(tuple, this.#committing.get(tuple.sourceComponent)!, 0)
      case DEFAULT_STREAM:
        return this.#receive(tuple, this.#requests!, requestChunk(tuple, this.#partitionIndex), FIRST_STEP)
      default:
        this.#emission!.committed(tuple.values[0] as number)
        this.#collector.ack(tuple)
    }
  }

  /** What was reported as done must be there: a store can have been lost since its last commit. @throws STATE_LOST */
  override async endOfInput(): Promise<void> {
    const report = (error: unknown): void => this.#collector.reportError(error)
    for (const state of this.#durable.values()) await patiently(this.#task, report, () => state.check?.())
    this.#isChecked = true
  }

  override async cleanup(): Promise<void> {
    if (!this.#isChecked) await this.#checkAtLast()
    for (const call of this.#cleanups) await call()
    for (const state of this.#states.values()) await state.close?.()
    await this.#directory?.close()
  }

  /** Hot, once for each thousand rows. */
  #receive(tuple: Tuple, segment: SegmentTask, chunk: Chunk, targets: SegmentEdge['targets']): void | Promise<void> {
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
    this.#noteWritten(tuple)
    if (isDone) this.#collector.ack(tuple)
  }

  /** What the next life of this task must know: that there was something to lose, and how far it was written. */
  #noteWritten({ sourceComponent, values }: Tuple): void {
    this.#notes?.committed()
    if (this.#committed.has(sourceComponent)) return
    const isFirst = this.#committed.size === 0
    this.#committed.add(sourceComponent)
    // Others were committed before, in an earlier run or in an earlier life that had no time to say so.
    if (values[0] > 1 && this.#task.checkpointed !== WRITTEN)
      this.#tellLost((group) => !this.#plan.isVolatile(group) && this.#plan.coordinatorOf(group) === sourceComponent)
    if (isFirst && this.#inMemory.length > 0) this.#task.checkpoint(WRITTEN)
  }

  /** The run was stopped before the end of its input. Of a store that is away now nothing is known. */
  async #checkAtLast(): Promise<void> {
    for (const state of this.#durable.values())
      try {
        await state.check?.()
      } catch (error) {
        if (error instanceof TyphoonError && error.code === 'STATE_UNAVAILABLE') this.#collector.reportError(error)
        else this.#task.fail(error)
      }
  }

  #opened<T>(open: () => Awaitable<T>): Promise<T> {
    return openPatiently(this.#task, (error) => this.#collector.reportError(error), open)
  }

  async #openNotes(task: TaskContext): Promise<void> {
    const directory = await this.#opened(() => lockedDirectory(task))
    this.#directory = directory
    const notes = await this.#opened(() => new StateNotes(directory.path, task, this.#durable))
    this.#cleanups.push(() => notes.close())
    this.#notes = notes
  }

  /** States that are written here and do not survive. */
  get #inMemory(): StateNode[] {
    return this.#plan.states.filter((state) => !state.factory.survives && this.#plan.isWritten(state))
  }

  /** States in memory that had values. */
  #tellLost(ofGroup: (group: number) => boolean): void {
    for (const state of this.#inMemory)
      if (ofGroup(this.#plan.groupOf(state))) this.#collector.reportError(lost(state.name, this.#task))
  }

  #failed(segment: SegmentTask, tuple: Tuple, error: unknown): never {
    // A request has no second attempt under the same id.
    segment.failed(tuple.values[0], tuple.sourceStream === DEFAULT_STREAM ? 0 : tuple.values[1])
    throw asUnavailable(error)
  }

  async #makeState(state: StateNode, { task, partitionIndex, numPartitions }: TridentOperationContext): Promise<State> {
    const spout = this.#plan.spoutKindOf(state)
    const leavesOut = task.config['topology.trident.dead.letters']
    const begins = (): void => this.#notes?.checkNew(state)
    const stateContext = { name: state.name, partitionIndex, numPartitions, task, spout, leavesOut, begins }
    const made = await this.#opened(() => state.factory.makeState(stateContext))
    if (state.factory.survives && this.#plan.isWritten(state)) this.#durable.set(state, made)
    return made
  }

  async #makeSegment(segment: Segment, context: TridentOperationContext): Promise<void> {
    const made = await makeSegment(segment, this.#plan, this.#states, context, this.#collector)
    this.#segments.push(made)
    if (segment.steps[0]!.node.type === 'drpc') this.#requests = made
    for (const edge of this.#plan.edges)
      if (edge.to === segment) this.#byStream.set(edgeStream(edge.id), { segment: made, targets: edge.targets })
    const coordinator = this.#plan.coordinatorOf(segment.group)
    if (coordinator !== undefined && segment.steps.some((step) => step.afterCommit))
      this.#committing.set(coordinator, [...(this.#committing.get(coordinator) ?? []), made])
    const [first] = segment.steps
    if (first?.node.type === 'spout') {
      const { task } = context
      const source = await makeSource(first.node, task)
      this.#cleanups.push(() => source.close())
      this.#emission = new Emission({
        spout: first.node.txId,
        source,
        outputs: first.node.outputs,
        segment: made,
        context: task,
        collector: this.#collector,
        maxRows: task.config['topology.trident.batch.max.rows'],
        frameBytes: task.config['topology.frame.max.bytes'],
      })
    }
  }
}

function hasSpout({ segments }: ComponentPlan): boolean {
  return segments.some(({ steps }) => steps[0]?.node.type === 'spout')
}

function chunkOf({ values }: Tuple): Chunk {
  return { batch: values[0], attempt: values[1], startedAt: values[2], rows: values[3], count: values[4] }
}

function requestChunk({ values: [batch, startedAt, args, chosen] }: Tuple, partitionIndex: number): Chunk {
  const rows = chosen === partitionIndex ? [[args]] : []
  return { batch, attempt: 0, startedAt, rows, count: rows.length }
}

function lost(name: string, { worker }: TaskContext): TyphoonError {
  return new TyphoonError(
    'STATE_LOST',
    `the state "${name}" was in memory, and is lost with worker ${worker}; its values begin anew`,
    {
      hint: 'embeddedMap() survives its worker',
    },
  )
}
