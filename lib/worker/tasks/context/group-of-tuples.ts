/** What an entry goes with that a task writes for a tuple: by how the tuple came to it (`state/group.ts`). */
import { keyGroupOf } from '../../../grouping/key-groups.ts'
import type { Plan } from '../../../scheduler/plan.ts'
import { type Group, OF_ALL, OF_TASK } from '../../../state/group.ts'
import { resolveConfig } from '../../../topology/config/config.ts'
import type { ComponentId, StreamId } from '../../../tuple/ids.ts'
import type { Tuple } from '../../../tuple/tuple.ts'

/** Of the tuples that a component gets. */
export function groupOfTuples(plan: Plan, component: ComponentId): (tuple: Tuple) => Group {
  const keyGroups = resolveConfig(plan.topology.config)['topology.key.groups']
  const byStream = new Map<ComponentId, Map<StreamId, (tuple: Tuple) => Group>>()
  for (const { component: from, stream, grouping } of plan.topology.components[component]!.inputs) {
    const streams = byStream.get(from) ?? new Map<StreamId, (tuple: Tuple) => Group>()
    byStream.set(from, streams)
    if (grouping.type === 'all') streams.set(stream, () => OF_ALL)
    if (grouping.type !== 'fields') continue
    const fields = plan.topology.components[from]!.outputs[stream]!.fields
    const indexes = grouping.fields.map((field) => fields.indexOf(field))
    streams.set(stream, ({ values }) => keyGroupOf(values as readonly unknown[], indexes, keyGroups))
  }
  return (tuple) => byStream.get(tuple.sourceComponent)?.get(tuple.sourceStream)?.(tuple) ?? OF_TASK
}
