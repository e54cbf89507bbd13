/**
 * Makes one task: its emitter and executor, of the kind that the guarantee of the topology wants, and what it knows of
 * time. A task that knows nothing of time has nothing of it.
 */
import { BoltExecutor } from '../../../executor/bolt/bolt-executor.ts'
import { ExactBoltExecutor } from '../../../executor/exact/exact-bolt-executor.ts'
import type { Hands } from '../../../executor/exact/hands.ts'
import { Handover } from '../../../executor/spout/handover.ts'
import { SpoutExecutor } from '../../../executor/spout/spout-executor.ts'
import type { LetterRoute } from '../../../executor/task/dead-letters.ts'
import { Emitter, type OutputStream } from '../../../executor/task/emitter.ts'
import type { Inbox } from '../../../executor/task/inbox.ts'
import type { ExecutorPorts } from '../../../executor/task/ports.ts'
import type { TaskParts } from '../../../executor/task/task-parts.ts'
import { SpoutTime } from '../../../executor/time/spout-time.ts'
import { TaskTimestamps } from '../../../executor/time/task-timestamps.ts'
import { TimedBolt, TimestampedBolt } from '../../../executor/time/timed-bolt.ts'
import { TimedEmitter } from '../../../executor/time/timed-emitter.ts'
import { TimedInbox } from '../../../executor/time/timed-inbox.ts'
import { WatermarkSender } from '../../../executor/time/watermark-sender.ts'
import { ChannelWatermarks } from '../../../marks/channel-watermarks.ts'
import { type Plan, subscribersOf, tasksOf } from '../../../scheduler/plan.ts'
import { ackerCount } from '../../../scheduler/system-topology.ts'
import type { Counters } from '../../../stats/counters.ts'
import type { AnyBolt, Component, Spout } from '../../../topology/component/component.ts'
import { HostedBolt } from '../../../topology/component/hosting/hosted-bolt.ts'
import type { ComponentId, StreamId, TaskId } from '../../../tuple/ids.ts'
import { DEAD_LETTER_STREAM, DEAD_LETTERS_COMPONENT, isSystemId, WATERMARK_STREAM } from '../../../tuple/system-ids.ts'
import type { TupleSource } from '../../../tuple/tuple.ts'
import type { WorkerTaskContext } from '../context/task-context.ts'
import { sourcesOf } from './source-table.ts'

interface Parts {
  readonly plan: Plan
  readonly context: WorkerTaskContext
  readonly inbox: Inbox
  readonly ports: ExecutorPorts
  readonly counters: Counters
  /** Where a tuple is atomic. */
  readonly hands: Hands | undefined
  after(ms: number, call: () => void): () => void
}

type Streams = ReadonlyMap<StreamId, OutputStream>

/** A task of each kind; what it knows of time is left out where that is nothing. */
export type MadeTask =
  | { readonly kind: 'spout'; readonly executor: SpoutExecutor; readonly time?: SpoutTime }
  | { readonly kind: 'bolt'; readonly executor: BoltExecutor; readonly time?: TimedInbox }
  | { readonly kind: 'exact bolt'; readonly executor: ExactBoltExecutor; readonly time?: TimedInbox }

/** @param streams what it emits to */
export function makeTask(instance: Component, streams: Streams, parts: Parts): MadeTask {
  return parts.context.isSpout
    ? makeSpout(instance as Spout, streams, parts)
    : makeBolt(instance as AnyBolt, streams, parts)
}

function makeSpout(spout: Spout, streams: Streams, parts: Parts): MadeTask {
  const { plan, context, inbox, ports } = parts
  const tracks = ackerCount(plan.topology) > 0
  // A source that can go back needs no acks.
  const handover = isExact(context) && spout.position === undefined ? new Handover() : undefined
  const letters = letterRoute(plan, context.task)
  const { timestamps } = spout
  if (timestamps === undefined) {
    const emitter = makeEmitter(streams, parts)
    const executor = new SpoutExecutor(spout, { context, inbox, emitter, ports }, tracks, handover, letters)
    return { kind: 'spout', executor }
  }
  const read = new TaskTimestamps(timestamps, context, undefined, ports.clock.now(), context.partitions)
  const emitter = new TimedEmitter(read, context.task, streams, ports, parts.counters, context.hooks)
  const executor = new SpoutExecutor(spout, { context, inbox, emitter, ports }, tracks, handover, letters)
  // Of a spout with watermarks from itself the tasks wait for each other.
  const tasks = new ChannelWatermarks(watermarkSenders(parts))
  const time = new SpoutTime(read, makeSender(emitter, parts), executor, ports.clock, tasks)
  executor.onWatermark = (task, watermark) => time.heard(task, watermark)
  return { kind: 'spout', executor, time }
}

function makeBolt(bolt: AnyBolt, streams: Streams, parts: Parts): MadeTask {
  const { context, inbox, ports } = parts
  const { timestamps } = bolt
  const emitter = makeEmitter(streams, parts)
  const senders = watermarkSenders(parts)
  const hasTimers = bolt.onTimer !== undefined
  // Without event time no watermark comes, and the end of the input is `endOfInput`.
  if (timestamps === undefined && senders.length === 0 && !hasTimers)
    return makeBoltExecutor(new HostedBolt(bolt), { context, inbox, emitter, ports }, parts)
  const timers = context.taskTimers
  context.hasTimers = hasTimers
  const { clock } = ports
  const read =
    timestamps === undefined
      ? undefined
      : new TaskTimestamps(timestamps, context, inputsOf(parts), clock.now(), context.partitions)
  const date = (): number => context.date()
  const hosted = read === undefined ? new TimedBolt(bolt, timers, date) : new TimestampedBolt(bolt, timers, read, date)
  const channels = new ChannelWatermarks(senders)
  const time = new TimedInbox(
    inbox,
    timers,
    channels,
    read,
    makeSender(emitter, parts, bolt.watermarkDelayMs),
    bolt.onWatermark !== undefined,
    {
      date,
      now: () => clock.now(),
      after: parts.after,
      wake: () => ports.wake(),
    },
  )
  const made = makeBoltExecutor(hosted, { context, inbox: time, emitter, ports }, parts)
  time.executor = made.executor
  return { ...made, time }
}

function makeBoltExecutor(
  bolt: HostedBolt,
  parts: TaskParts,
  { plan, context, hands }: Parts,
): Exclude<MadeTask, { readonly kind: 'spout' }> {
  if (!isExact(context)) return { kind: 'bolt', executor: new BoltExecutor(bolt, parts) }
  const { task, component } = context
  const hand = isSystemId(component) ? undefined : hands?.of(task, component)
  const executor = new ExactBoltExecutor(bolt, parts, context.states, letterRoute(plan, task), hand)
  return { kind: 'exact bolt', executor }
}

/** Undefined for what writes the letters, and where a tuple is not atomic. */
function letterRoute(plan: Plan, task: TaskId): LetterRoute | undefined {
  const source = sourcesOf(plan, plan.tasks[task - 1]!).find(({ stream }) => stream === DEAD_LETTER_STREAM)
  const [target] = tasksOf(plan, DEAD_LETTERS_COMPONENT)
  return source === undefined || target === undefined ? undefined : { target, source }
}

function isExact({ config }: WorkerTaskContext): boolean {
  return config['topology.guarantee'] === 'exactly-once'
}

function makeEmitter(streams: Streams, { context, ports, counters }: Parts): Emitter {
  return new Emitter(context.task, streams, ports, counters, context.hooks)
}

function makeSender(emitter: Emitter, { plan, context }: Parts, delayMs = 0): WatermarkSender {
  const { task, component, taskTimers } = context
  const source = sourcesOf(plan, plan.tasks[task - 1]!).find(({ stream }) => stream === WATERMARK_STREAM)
  const targets = subscribersOf(plan, component, WATERMARK_STREAM).flatMap((id) => tasksOf(plan, id))
  return new WatermarkSender(emitter, source, targets, taskTimers.watermark, delayMs)
}

/** The tasks that send watermarks to this one. */
function watermarkSenders({ plan, context }: Parts): TaskId[] {
  return inputs(plan, context.component)
    .filter(({ stream }) => stream === WATERMARK_STREAM)
    .flatMap(({ component }) => tasksOf(plan, component))
}

/** The streams that a bolt subscribes to. */
function inputsOf({ plan, context }: Parts): Pick<TupleSource, 'component' | 'stream' | 'fields'>[] {
  return inputs(plan, context.component)
    .filter(({ stream }) => !isSystemId(stream))
    .map(({ component, stream }) => ({ component, stream, fields: context.streamsOf(component).get(stream)! }))
}

function inputs(plan: Plan, component: ComponentId): Plan['topology']['components'][string]['inputs'] {
  return plan.topology.components[component]!.inputs
}
