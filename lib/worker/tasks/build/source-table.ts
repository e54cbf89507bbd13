/** The sources of tuples in a plan: one object for each stream of each task, shared by all its tuples. */
import type { Plan, TaskPlan } from '../../../scheduler/plan.ts'
import { Fields } from '../../../tuple/fields.ts'
import type { TaskId } from '../../../tuple/ids.ts'
import { SYSTEM_TASK } from '../../../tuple/system-ids.ts'
import { SYSTEM_SOURCES } from '../../../tuple/system-sources.ts'
import type { TupleSource } from '../../../tuple/tuple.ts'

/** The source of tuples by task and stream number, for the decoder; one object for each. */
export function sourceTable(plan: Plan): (task: TaskId, streamIndex: number) => TupleSource | undefined {
  const byTask = plan.tasks.map((task) => sourcesOf(plan, task))
  return (task, streamIndex) => (task === SYSTEM_TASK ? SYSTEM_SOURCES[streamIndex] : byTask[task - 1]?.[streamIndex])
}

/** The streams of a task, in their order. */
export function sourcesOf(plan: Plan, { task, component }: TaskPlan): TupleSource[] {
  return Object.entries(plan.topology.components[component]!.outputs).map(([stream, { fields }], streamIndex) => ({
    component,
    task,
    stream,
    fields: new Fields(fields),
    streamIndex,
  }))
}
