/** A topology as plain data; planning needs nothing else. */
import type { ComponentId, StreamId } from '../tuple/ids.ts'
import { type ConfigMap, mergeConfig } from './config/config.ts'

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
  /** How many executors are wanted, as it was declared; `parallelism hint` in Storm. See `sizeOf`. */
  readonly parallelism: number
  readonly config: ConfigMap
}

/** A topology as plain data. */
export interface Topology {
  readonly name: string
  readonly config: ConfigMap
  /** The components in the order of their declaration. */
  readonly components: Readonly<Record<ComponentId, ComponentSpec>>
}

/** How many executors and tasks a component has. */
export interface Size {
  readonly executors: number
  /** NaN where its configuration is not a number. Fixed for the life of the topology. */
  readonly tasks: number
}

/**
 * The one place where what was declared and the configuration become executors and tasks, so that a configuration that
 * is given for a run counts as if the topology had been built with it. Rule: apache/storm
 * `storm-server/.../daemon/nimbus/Nimbus.java` (`componentParallelism`).
 */
export function sizeOf({ config }: Topology, spec: ComponentSpec): Size {
  const effective = mergeConfig(config, spec.config)
  const limit = effective['topology.max.task.parallelism']
  const wanted = effective['topology.tasks'] ?? spec.parallelism
  const most = typeof limit === 'number' && limit > 0 ? limit : Number.POSITIVE_INFINITY
  const tasks = typeof wanted === 'number' ? Math.min(wanted, most) : Number.NaN
  return { executors: Math.min(spec.parallelism, tasks), tasks }
}

/** Names the custom grouping of one subscription. */
export function groupingKey(target: ComponentId, source: ComponentId, stream: StreamId): string {
  return JSON.stringify([target, source, stream])
}
