/** Makes the executors of one worker out of the plan and the definition: instances, inboxes, routes, back-pressure. */
import { AckerBolt } from '../../../acker/acker-bolt.ts'
import { TraceLanes } from '../../../acker/trace.ts'
import { TyphoonError, toProblem } from '../../../errors/typhoon-error.ts'
import type { BoltExecutor } from '../../../executor/bolt/bolt-executor.ts'
import type { ExactBoltExecutor } from '../../../executor/exact/exact-bolt-executor.ts'
import type { Hands } from '../../../executor/exact/hands.ts'
import type { SpoutExecutor } from '../../../executor/spout/spout-executor.ts'
import { AckBatcher } from '../../../executor/task/ack-batcher.ts'
import { Backpressure } from '../../../executor/task/backpressure.ts'
import type { Executor } from '../../../executor/task/executor.ts'
import { Inbox } from '../../../executor/task/inbox.ts'
import type { ExecutorPorts } from '../../../executor/task/ports.ts'
import { SampledKeys } from '../../../executor/task/sampled-keys.ts'
import type { TimedInbox } from '../../../executor/time/timed-inbox.ts'
import type { Grouping } from '../../../grouping/grouping.ts'
import { boltsInOrder, holdBackEdges, topologicalGroups } from '../../../scheduler/graph.ts'
import { ackerOf, type Plan, streamsOf, type TaskPlan } from '../../../scheduler/plan.ts'
import { type Counters, FULL_MS, HELD_MS } from '../../../stats/counters.ts'
import { Stopwatch } from '../../../stats/stopwatch.ts'
import type { Component } from '../../../topology/component/component.ts'
import type { TopologyDefinition } from '../../../topology/component/definition.ts'
import { type ResolvedConfig, resolveConfig } from '../../../topology/config/config.ts'
import type { ComponentId, TaskId, WorkerId } from '../../../tuple/ids.ts'
import { ACKER_COMPONENT, isSystemId } from '../../../tuple/system-ids.ts'
import type { Tuple } from '../../../tuple/tuple.ts'
import { type ContextPorts, WorkerTaskContext } from '../context/task-context.ts'
import { type MadeTask, makeTask } from './make-task.ts'
import { outputStreams } from './output-streams.ts'
import { SerializingInbox } from './serializing-inbox.ts'
import { sourceTable } from './source-table.ts'
import type { TaskTime, TaskTimes } from './task-times.ts'

/** The executors of one worker, and what they share. */
export interface Executors {
  /** Spouts first, then in the order of the data, ackers last. */
  readonly all: readonly Executor[]
  readonly spouts: readonly SpoutExecutor[]
  /** In the order of the data, ackers last; none where a tuple is atomic. */
  readonly bolts: readonly BoltExecutor[]
  /** Where a tuple is atomic. */
  readonly exactBolts: readonly ExactBoltExecutor[]
  readonly contexts: ReadonlyMap<TaskId, WorkerTaskContext>
  /** Of the tasks that know of time; those of bolts alone. */
  readonly times: TaskTimes
  readonly boltTimes: ReadonlyMap<TaskId, TimedInbox>
  readonly inboxes: readonly (Inbox | undefined)[]
  readonly acks: AckBatcher
  /** The name of the class of each component that lives here. */
  readonly classes: ReadonlyMap<ComponentId, string>
  readonly backpressure: Backpressure
  /** What is to be settled before the counters are read. */
  readonly stopwatches: readonly Stopwatch[]
  /** Those that look at loads. */
  readonly groupings: readonly Grouping[]
  /**
   * How often ackers count the silence of their roots, milliseconds; undefined where nothing is tracked, or times out.
   */
  readonly ackerTurnMs: number | undefined
}

/** What executors are given from outside of this room. */
type OuterPorts = Omit<ExecutorPorts, 'inboxes' | 'acks' | 'lanes' | 'traceShifts'>

/** What the executors need beside the plan; the ports that are made here are left out. */
export interface BuildPorts extends OuterPorts, Omit<ContextPorts, 'inHand' | 'waiting'> {
  readonly checkpoints: Readonly<Record<string, unknown>>
  /** What the tasks of this worker have in hand, where a tuple is atomic. */
  readonly hands?: Hands | undefined
  /** Where a task of this worker counts, which has so many streams. */
  countersOf(task: TaskId, streams: number): Counters
  /** Calls back later, unless the worker has stopped. @returns cancels it */
  after(ms: number, call: () => void): () => void
  /** Whether acks must wait now: the output of what they stand for is not written yet. */
  areAcksHeld(): boolean
  /** A task of this worker became congested, or stopped being congested. */
  onCongestion(task: TaskId, congested: boolean): void
}

export function buildExecutors(definition: TopologyDefinition, ports: BuildPorts): Executors {
  const { plan, worker } = ports
  const mine = plan.tasks.filter((task) => task.worker === worker)
  const backpressure = new Backpressure()
  const counters = new Map(
    mine.map(({ task, component }) => [task, ports.countersOf(task, streamsOf(plan.topology, component))]),
  )
  const full = new Map(mine.map(({ task }) => [task, new Stopwatch(counters.get(task)!, FULL_MS, ports.clock)]))
  const inboxes = makeInboxes(plan, mine, backpressure, full, ports)
  const lanes = new TraceLanes(boltsInOrder(plan.topology))
  const traceShifts = Uint8Array.from([0, ...plan.tasks.map((task) => lanes.shiftOf(task.component))])
  const deliver = (target: TaskId, tuple: Tuple): void => {
    const inbox = inboxes[target]
    if (inbox === undefined) ports.transfer.send(target, tuple)
    else inbox.push(tuple)
  }
  const acks = new AckBatcher(ackerTable(plan), deliver, ports.wake, ports.areAcksHeld)
  const executorPorts: ExecutorPorts = { ...pick(ports), inboxes, acks, lanes, traceShifts }
  const groupings: Grouping[] = []
  const contexts = new Map<TaskId, WorkerTaskContext>()
  const classes = new Map<ComponentId, string>()
  const made = inDataOrder(plan, mine).map((task) => {
    const context = new WorkerTaskContext(task, ports, ports.checkpoints[task.task])
    contexts.set(task.task, context)
    const instance = instantiate(task.component, definition, plan)
    if (!isSystemId(task.component)) classes.set(task.component, instance.constructor.name)
    const streams = outputStreams(task, instance, definition, ports, counters.get(task.task)!, groupings)
    return makeTask(instance, streams, {
      plan,
      context,
      inbox: inboxes[task.task]!,
      ports: executorPorts,
      counters: counters.get(task.task)!,
      hands: ports.hands,
      after: ports.after,
    })
  })
  const byKind = sorted(made)
  addEdges(plan, byKind.all, worker, backpressure)
  watchKeys(plan, [...byKind.bolts, ...byKind.exactBolts])
  const stopwatches = [...full.values(), ...watchHeld(byKind.all, ports)]
  const shared = { contexts, classes, inboxes, acks, backpressure, stopwatches, groupings }
  return { ...byKind, ...shared, ackerTurnMs: ackerTurnMs(plan) }
}

/** Looks at the keys of bolts that have a fields grouping. */
function watchKeys(plan: Plan, bolts: readonly (BoltExecutor | ExactBoltExecutor)[]): void {
  for (const bolt of bolts) {
    const inputs = plan.topology.components[bolt.component]!.inputs.flatMap(({ component, stream, grouping }) =>
      grouping.type === 'fields' ? [{ component, stream, fields: grouping.fields }] : [],
    )
    if (inputs.length > 0 && !isSystemId(bolt.component)) bolt.keys = new SampledKeys(inputs)
  }
}

/** Counts for how long each is held back. */
function watchHeld(executors: readonly Executor[], { clock }: BuildPorts): Stopwatch[] {
  return executors.map((executor) => {
    executor.held = new Stopwatch(executor.counters, HELD_MS, clock)
    return executor.held
  })
}

/** The tasks by their kinds. */
function sorted(
  made: readonly MadeTask[],
): Pick<Executors, 'all' | 'spouts' | 'bolts' | 'exactBolts' | 'times' | 'boltTimes'> {
  const spouts: SpoutExecutor[] = []
  const bolts: BoltExecutor[] = []
  const exactBolts: ExactBoltExecutor[] = []
  const times = new Map<TaskId, TaskTime>()
  const boltTimes = new Map<TaskId, TimedInbox>()
  for (const one of made) {
    const { task } = one.executor
    if (one.kind === 'spout') spouts.push(one.executor)
    else if (one.kind === 'bolt') bolts.push(one.executor)
    else exactBolts.push(one.executor)
    if (one.time !== undefined) times.set(task, one.time)
    if (one.kind !== 'spout' && one.time !== undefined) boltTimes.set(task, one.time)
  }
  return { all: made.map(({ executor }) => executor), spouts, bolts, exactBolts, times, boltTimes }
}

function pick(ports: BuildPorts): OuterPorts {
  const { clock, random, incarnation, transfer, inHand, waiting, wake, report, fatal } = ports
  return { clock, random, incarnation, transfer, inHand, waiting, wake, report, fatal }
}

function makeInboxes(
  plan: Plan,
  mine: readonly TaskPlan[],
  backpressure: Backpressure,
  full: ReadonlyMap<TaskId, Stopwatch>,
  ports: BuildPorts,
): (Inbox | undefined)[] {
  const inboxes: (Inbox | undefined)[] = new Array(plan.tasks.length + 1).fill(undefined)
  const sourceOf = sourceTable(plan)
  for (const { task, component } of mine) {
    const config = configOf(plan, component)
    const high = config['topology.executor.receive.buffer.size']
    const onCongestion = (congested: boolean): void => {
      backpressure.setTask(task, congested)
      full.get(task)!.change(congested)
      if (!isSystemId(component)) ports.onCongestion(task, congested)
    }
    inboxes[task] = config['topology.testing.always.try.serialize']
      ? new SerializingInbox(task, config['topology.frame.max.bytes'], sourceOf, high, onCongestion, ports.wake)
      : new Inbox(high, onCongestion, ports.wake)
  }
  return inboxes
}

function ackerTable(plan: Plan): (spoutTask: TaskId) => TaskId | undefined {
  const ackers = new Map<TaskId, TaskId | undefined>()
  for (const task of plan.tasks) {
    if (plan.topology.components[task.component]!.kind === 'spout') ackers.set(task.task, ackerOf(plan, task))
  }
  return (spoutTask) => ackers.get(spoutTask)
}

function ackerTurnMs(plan: Plan): number | undefined {
  if (plan.topology.components[ACKER_COMPONENT] === undefined) return undefined
  const config = configOf(plan, ACKER_COMPONENT)
  return config['topology.enable.message.timeouts'] ? config['topology.tick.tuple.freq.secs']! * 1000 : undefined
}

function inDataOrder(plan: Plan, tasks: readonly TaskPlan[]): TaskPlan[] {
  const order = new Map(
    topologicalGroups(plan.topology)
      .flat()
      .map((id, index) => [id, index]),
  )
  const rank = ({ component }: TaskPlan): number => {
    if (isSystemId(component)) return Number.POSITIVE_INFINITY
    const isSpout = plan.topology.components[component]!.kind === 'spout'
    return (isSpout ? 0 : 1e6) + (order.get(component) ?? 0)
  }
  return [...tasks].sort((a, b) => (rank(a) === rank(b) ? a.task - b.task : rank(a) - rank(b)))
}

function instantiate(component: ComponentId, definition: TopologyDefinition, plan: Plan): Component {
  if (component === ACKER_COMPONENT)
    return new AckerBolt(boltsInOrder(plan.topology), configOf(plan, component)['topology.enable.message.timeouts'])
  try {
    return definition.components.get(component)!()
  } catch (error) {
    const { message } = toProblem(error)
    throw new TyphoonError('CONSTRUCTOR_FAILED', `"${component}" cannot be made: ${message}`, {
      where: { component },
      cause: error,
    })
  }
}

function addEdges(plan: Plan, executors: readonly Executor[], worker: WorkerId, backpressure: Backpressure): void {
  for (const { from, to } of holdBackEdges(plan.topology)) {
    for (const sender of executors.filter((executor) => executor.component === from)) {
      for (const target of plan.tasks.filter((task) => task.component === to)) {
        backpressure.addEdge(sender, target.task, target.worker === worker ? undefined : target.worker)
      }
    }
  }
}

function configOf(plan: Plan, component: ComponentId): ResolvedConfig {
  return resolveConfig(plan.topology.config, plan.topology.components[component]!.config)
}
