/** What a snapshot is of: the components of its topology, and what they keep. */
import type { ComponentId } from '../../tuple/ids.ts'
import { isSystemId } from '../../tuple/system-ids.ts'
import type { Manifest } from '../manifest.ts'

/** Of a whole snapshot. */
export interface SnapshotContents {
  /** Those of the user. */
  readonly components: readonly {
    readonly component: ComponentId
    readonly kind: 'spout' | 'bolt'
    readonly tasks: number
    /** Names of the states that its tasks have. */
    readonly states: readonly string[]
  }[]
  /** Tuples on their way. */
  readonly inFlight: number
}

export function contentsOf({ shape, tasks, inFlight }: Manifest): SnapshotContents {
  const users = Object.entries(shape.components).filter(([component]) => !isSystemId(component))
  const components = users.map(([component, { kind, tasks: count }]) => {
    const parts = tasks.filter((task) => task.component === component)
    return { component, kind, tasks: count, states: [...new Set(parts.flatMap(({ states }) => Object.keys(states)))] }
  })
  return { components, inFlight: inFlight.reduce((sum, { records }) => sum + records, 0) }
}
