/** What a task emits to: each of its streams, with a grouping for each component that subscribes to it. */
import type { OutputStream } from '../../../executor/task/emitter.ts'
import type { Grouping } from '../../../grouping/grouping.ts'
import { makeGrouping } from '../../../grouping/make-grouping.ts'
import { subscribersOf, type TaskPlan, tasksOf } from '../../../scheduler/plan.ts'
import { type Counters, countersOfStream } from '../../../stats/counters.ts'
import type { Component } from '../../../topology/component/component.ts'
import type { CustomStreamGrouping, TopologyDefinition } from '../../../topology/component/definition.ts'
import { type DeclaredStream, declaredStreams } from '../../../topology/component/hosting/streams.ts'
import { resolveConfig } from '../../../topology/config/config.ts'
import { groupingKey } from '../../../topology/topology.ts'
import type { Fields } from '../../../tuple/fields.ts'
import type { ComponentId, StreamId } from '../../../tuple/ids.ts'
import { isSystemId } from '../../../tuple/system-ids.ts'
import type { TupleSource } from '../../../tuple/tuple.ts'
import type { ContextPorts } from '../context/task-context.ts'
import { sourcesOf } from './source-table.ts'

type StreamPorts = Pick<ContextPorts, 'plan' | 'worker' | 'random'>

/** @param counters of the task @param all takes those groupings that look at loads */
export function outputStreams(
  task: TaskPlan,
  instance: Component,
  definition: TopologyDefinition,
  ports: StreamPorts,
  counters: Counters,
  all: Grouping[],
): Map<StreamId, OutputStream> {
  const { plan } = ports
  const spec = plan.topology.components[task.component]!
  const declared = declaredStreams(instance)
  const streams = new Map<StreamId, OutputStream>()
  for (const source of sourcesOf(plan, task)) {
    // The runtime sends for its components: one that emits there by itself would forge an ack.
    if (isSystemId(source.stream) && !isSystemId(task.component)) continue
    const subscribers = subscribersOf(plan, task.component, source.stream)
    const isDirect = spec.outputs[source.stream]!.direct
    const groupings = isDirect ? [] : subscribers.map((id) => groupingTo(id, task, source, definition, ports))
    all.push(...groupings.filter((grouping) => grouping.refresh !== undefined))
    const directTargets = isDirect ? new Set(subscribers.flatMap((id) => tasksOf(plan, id))) : undefined
    const validates = validating(declared.get(source.stream))
    streams.set(source.stream, {
      source,
      validates,
      width: source.fields.size,
      groupings,
      directTargets,
      counters: countersOfStream(counters, source.streamIndex),
    })
  }
  return streams
}

function groupingTo(
  target: ComponentId,
  task: TaskPlan,
  source: TupleSource,
  definition: TopologyDefinition,
  ports: StreamPorts,
): Grouping {
  const { plan, random, worker } = ports
  const config = resolveConfig(plan.topology.config)
  const input = plan.topology.components[target]!.inputs.find(
    (one) => one.component === task.component && one.stream === source.stream,
  )!
  const targets = tasksOf(plan, target)
  const custom: CustomStreamGrouping | undefined = definition.groupings.get(
    groupingKey(target, task.component, source.stream),
  )?.()
  return makeGrouping(input.grouping, {
    task: task.task,
    component: task.component,
    stream: source.stream,
    fields: source.fields,
    targets,
    localTargets: targets.filter((one) => plan.tasks[one - 1]!.worker === worker),
    random,
    config: resolveConfig(plan.topology.config, plan.topology.components[task.component]!.config),
    keyGroups: config['topology.guarantee'] === 'exactly-once' ? config['topology.key.groups'] : undefined,
    ...(custom === undefined ? {} : { custom }),
  })
}

/**
 * The fields that the instance itself declares for a stream, where they have schemas and ask for their use: no plan can
 * hold those.
 */
function validating(declared: DeclaredStream | undefined): Fields | undefined {
  return declared?.fields.schemas === undefined ? undefined : declared.fields
}
