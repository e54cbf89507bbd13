/**
 * Why tuples may be late though each task emits them in order: a bolt with timestamps of its own takes all that comes
 * on one stream for one partition, and the tasks that emit it are not equally far.
 */
import type { ComponentId } from '../tuple/ids.ts'
import { sizeOf, type Topology } from './topology.ts'

/** Tasks that are taken for one partition. */
export interface OutOfStep {
  /** The bolt that has the timestamps. */
  readonly bolt: ComponentId
  /** Whose tasks they are. */
  readonly from: ComponentId
  readonly tasks: number
}

/** Of a component that gets late tuples: at it, or at what its event time comes from. */
export function outOfStep({ components, ...topology }: Topology, component: ComponentId): OutOfStep | undefined {
  const seen = new Set<ComponentId>()
  const ahead = [component]
  for (let id = ahead.shift(); id !== undefined; id = ahead.shift()) {
    const spec = components[id]
    if (spec === undefined || seen.has(id)) continue
    seen.add(id)
    const { kind, timestamps, inputs } = spec
    if (timestamps === undefined) ahead.push(...inputs.map((input) => input.component))
    else if (kind === 'bolt' && timestamps.partition === undefined)
      for (const { component: from } of inputs) {
        const source = components[from]
        const tasks = source === undefined ? 1 : sizeOf({ components, ...topology }, source).tasks
        if (tasks > 1) return { bolt: id, from, tasks }
      }
  }
  return undefined
}

/** The same in a sentence without its end. */
export function outOfStepWords({ bolt, from, tasks }: OutOfStep): string {
  return `"${from}" has ${tasks} tasks, and for the timestamps of "${bolt}" all that comes on one stream is one partition, so what comes of the task that is furthest behind is late`
}

/** What to do about it. */
export const IN_STEP =
  'give the timestamps to the spout, where an extractor reads them out of what it emits: then each task behind it says how far it is; or name a partition, or raise lagMs'
