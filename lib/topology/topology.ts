/** A topology as plain data; planning needs nothing else. */
import type { ComponentId, StreamId } from '../tuple/ids.ts'
import type { ConfigMap } from './config.ts'

/** How a subscription shares tuples out, as plain data. */
export type GroupingSpec =
  | {
      readonly type: 'shuffle' | 'partial-key' | 'all' | 'global' | 'none' | 'direct' | 'local-or-shuffle' | 'custom'
      readonly fields?: readonly string[]
    }
  | { readonly type: 'fields'; readonly fields: readonly string[] }

/** Name of a grouping. */
export type GroupingType = GroupingSpec['type']

/** All of them. */
export const GROUPING_TYPES: readonly GroupingType[] = [
  'shuffle',
  'fields',
  'partial-key',
  'all',
  'global',
  'none',
  'direct',
  'local-or-shuffle',
  'custom',
]

/** A stream that a component declares. */
export interface StreamSpec {
  readonly fields: readonly string[]
  readonly direct: boolean
}

/** An input of a bolt. */
export interface Subscription {
  readonly component: ComponentId
  readonly stream: StreamId
  readonly grouping: GroupingSpec
}

/** A spout or bolt as plain data. */
export interface ComponentSpec {
  readonly kind: 'spout' | 'bolt'
  readonly outputs: Readonly<Record<StreamId, StreamSpec>>
  readonly inputs: readonly Subscription[]
  /** How many executors; `parallelism hint` in Storm. */
  readonly parallelism: number
  /** How many tasks; fixed for the life of the topology. */
  readonly tasks: number
  readonly config: ConfigMap
}

/** A topology as plain data. */
export interface Topology {
  readonly name: string
  readonly config: ConfigMap
  /** In the order of their declaration. */
  readonly components: Readonly<Record<ComponentId, ComponentSpec>>
}

/** Names the custom grouping of one subscription. */
export function groupingKey(target: ComponentId, source: ComponentId, stream: StreamId): string {
  return JSON.stringify([target, source, stream])
}
