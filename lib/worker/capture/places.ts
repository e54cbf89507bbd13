/** The tasks and streams of a plan, by the names that snapshots know them by. */
import { type Plan, tasksOf } from '../../scheduler/plan.ts'
import { shapeOf } from '../../snapshots/topology-shape.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { sourcesOf } from '../tasks/build/source-table.ts'
import type { PlaceOf, Places } from './in-flight.ts'

export function placesIn(plan: Plan): Places {
  const places = plan.tasks.map(
    ({ task, component }): ReturnType<PlaceOf> => [component, tasksOf(plan, component).indexOf(task)],
  )
  const sources = plan.tasks.map((task) => sourcesOf(plan, task))
  return {
    shape: shapeOf(plan.topology),
    placeOf: (task: TaskId) => places[task - 1]!,
    taskAt: (component, index) => tasksOf(plan, component)[index],
    sourceAt: (task, stream) => sources[task - 1]!.find((source) => source.stream === stream),
  }
}
