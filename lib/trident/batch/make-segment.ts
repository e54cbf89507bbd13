/** Puts a segment together in one task: its processors, wired to each other and to the edges; and its emission. */
import type { OutputCollector, TaskContext } from '../../index.ts'
import type { TridentOperationContext } from '../model/operation.ts'
import type { State } from '../model/state.ts'
import type { Batch, Processor, Row } from '../operation/processor.ts'
import { validated } from '../operation/validated.ts'
import { edgeStream } from '../plan/batch-streams.ts'
import type { ComponentPlan } from '../plan/component-plan.ts'
import type { SpoutNode } from '../plan/graph.ts'
import type { Segment } from '../plan/segments.ts'
import type { StateNode } from '../program/state-node.ts'
import { makePartitioner, partitionOfBatch } from './segment/partitioner.ts'
import { type Route, SegmentTask } from './segment/segment-task.ts'
import { Emission } from './source/emission.ts'
import { type BatchSource, PartitionedSource } from './source/sources.ts'
import { WholeSource } from './source/whole-source.ts'

/** How many times the batches in flight a transaction must lie behind the newest one to be over. */
const WINDOWS = 4
/** Timeouts after which nothing can come of a request any more. */
const LIFETIMES = 3

export async function makeSegment(
  segment: Segment,
  plan: ComponentPlan,
  states: ReadonlyMap<StateNode, State>,
  context: TridentOperationContext,
  collector: OutputCollector,
): Promise<SegmentTask> {
  const { task } = context
  const processors: Processor[] = []
  const entering = plan.edges.filter(({ to }) => to === segment)
  const edgeSenders = entering.reduce((sum, { from }) => sum + task.tasksOf(plan.componentOf(from)).length, 0)
  const made = new SegmentTask({
    segment,
    processors,
    routes: routesOf(segment, plan, context),
    // A DRPC request comes from just one task of its spout.
    senders: edgeSenders + (segment.steps[0]!.node.type === 'drpc' ? 1 : 0),
    fedByCommit: entering.some(({ afterCommit }) => afterCommit),
    window: WINDOWS * task.config['topology.trident.max.batches.pending'],
    lifetimeMs: LIFETIMES * 1000 * task.config['topology.message.timeout.secs'],
    frameBytes: task.config['topology.frame.max.bytes'],
    collector,
  })
  for (const [step, { node, next, edges }] of segment.steps.entries()) {
    if (node.type !== 'operation') {
      processors.push({ execute: (batch, row) => made.emit(batch, step, row) })
      continue
    }
    const emit = validated(node.made, (batch: Batch, row: Row) => made.emit(batch, step, row))
    const processor = await node.create({
      operation: context,
      ...(node.state === undefined ? {} : { state: states.get(node.state)! }),
      inputs: node.inputs.map(({ outputs }) => outputs),
      slot: step,
      declaredAt: node.declaredAt,
      isHeard: next.length + edges.length > 0,
      emit,
      reportError: (error) => collector.reportError(error),
      isChosenFor: (batch) => partitionOfBatch(batch.id, context.numPartitions) === context.partitionIndex,
    })
    processors.push(processor)
  }
  return made
}

/** What emits the batches of a task, where a spout of Trident begins the segment. */
export async function makeEmission(
  { steps }: Segment,
  segment: SegmentTask,
  { task, onCleanup }: TridentOperationContext,
  collector: OutputCollector<any>,
): Promise<Emission | undefined> {
  const [first] = steps
  if (first?.node.type !== 'spout') return undefined
  const { txId, outputs } = first.node
  const source = await makeSource(first.node, task)
  onCleanup(() => source.close())
  return new Emission({
    spout: txId,
    source,
    outputs,
    segment,
    context: task,
    collector,
    maxRows: task.config['topology.trident.batch.max.rows'],
    frameBytes: task.config['topology.frame.max.bytes'],
  })
}

async function makeSource(node: SpoutNode, task: TaskContext): Promise<BatchSource> {
  const spout = node.create()
  if (spout.kind === 'non-transactional') {
    await spout.open?.(task)
    const maxPending = task.config['topology.trident.max.batches.pending']
    return new WholeSource({ spout, taskIndex: task.taskIndex, maxPending })
  }
  return new PartitionedSource(await spout.getEmitter(task))
}

function routesOf(segment: Segment, plan: ComponentPlan, context: TridentOperationContext): Map<number, Route> {
  const leaving = plan.edges.filter(({ from }) => from === segment)
  return new Map(
    leaving.map((edge) => {
      const targets = context.task.tasksOf(plan.componentOf(edge.to))
      const fields = segment.steps[edge.fromStep]!.node.outputs
      const { task, partitionIndex } = context
      const partitioner = makePartitioner(edge.how, {
        task,
        partitionIndex,
        stream: edgeStream(edge.id),
        fields,
        targets,
      })
      return [edge.id, { edge, targets, partitioner }]
    }),
  )
}
