/**
 * A plan as it is shown to people and programs: plain JSON in which every id is spelled out. `typhoon plan` writes it
 * as text, as JSON and as Mermaid. Nothing runs by it: what runs is the plan itself.
 */
import type { GroupingSpec } from '../topology/topology.ts'
import type { ComponentId, StreamId, TaskId, WorkerId } from '../tuple/ids.ts'
import { isSystemId } from '../tuple/system-ids.ts'
import { holdBackEdges, topologicalGroups } from './graph.ts'
import type { Plan } from './plan.ts'

/** Where a task runs. */
export interface TaskDescription {
  readonly task: TaskId
  /** Number of the executor, from 1 up in the topology. */
  readonly executor: number
  readonly worker: WorkerId
}

/** A component and its tasks. */
export interface ComponentDescription {
  readonly id: ComponentId
  readonly kind: 'spout' | 'bolt'
  /** Whether it is one of the runtime's own, which the user did not declare. */
  readonly system: boolean
  readonly executors: number
  readonly tasks: readonly TaskDescription[]
}

/** A subscription. */
export interface EdgeDescription {
  readonly from: ComponentId
  readonly stream: StreamId
  /** Fields of the stream. */
  readonly fields: readonly string[]
  readonly to: ComponentId
  readonly grouping: GroupingSpec
  /** Whether it is one of the runtime's own. */
  readonly system: boolean
  /**
   * Whether a full queue of the receiver holds the sender back; an edge on a cycle and one of the runtime's own does
   * not.
   */
  readonly holdsBack: boolean
}

/** A plan, spelled out. */
export interface PlanDescription {
  readonly topology: string
  readonly workers: readonly { readonly worker: WorkerId; readonly tasks: readonly TaskId[] }[]
  /** The user's in the order of the data, then the runtime's own. */
  readonly components: readonly ComponentDescription[]
  readonly edges: readonly EdgeDescription[]
  /** Components that lead back to themselves. */
  readonly cycles: readonly (readonly ComponentId[])[]
}

export function describePlan(plan: Plan): PlanDescription {
  const { topology } = plan
  const groups = topologicalGroups(topology)
  const ids = [...groups.flat(), ...Object.keys(topology.components).filter(isSystemId)]
  const edges = edgesInto(ids, plan)
  const loops = (group: readonly ComponentId[]) =>
    group.length > 1 || edges.some(({ from, to, system }) => !system && from === group[0] && to === group[0])
  return {
    topology: topology.name,
    workers: plan.workers.map(({ worker }) => ({
      worker,
      tasks: plan.tasks.filter((task) => task.worker === worker).map(({ task }) => task),
    })),
    components: ids.map((id) => componentOf(id, plan)),
    edges,
    cycles: groups.filter(loops),
  }
}

function componentOf(id: ComponentId, plan: Plan): ComponentDescription {
  const tasks = plan.tasks.filter(({ component }) => component === id)
  return {
    id,
    kind: plan.topology.components[id]!.kind,
    system: isSystemId(id),
    executors: new Set(tasks.map(({ executor }) => executor)).size,
    tasks: tasks.map(({ task, executor, worker }) => ({ task, executor, worker })),
  }
}

function edgesInto(ids: readonly ComponentId[], { topology }: Plan): EdgeDescription[] {
  const holding = new Set(holdBackEdges(topology).map(({ from, to }) => JSON.stringify([from, to])))
  return ids.flatMap((to) =>
    topology.components[to]!.inputs.map(({ component: from, stream, grouping }) => ({
      from,
      stream,
      fields: topology.components[from]!.outputs[stream]!.fields,
      to,
      grouping,
      system: isSystemId(from) || isSystemId(to) || isSystemId(stream),
      holdsBack: !isSystemId(stream) && holding.has(JSON.stringify([from, to])),
    })),
  )
}
