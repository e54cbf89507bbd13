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
  /** Where event time comes from, where it comes from here. */
  readonly timestamps?: TimestampSpec
}

/** What can be said of timestamps that is plain data; the defaults stand in `component/timestamps.ts`. */
export interface TimestampSettings {
  /** The field that holds the timestamp: a number or a date. Streams that do not have it have no time. */
  readonly field?: string
  /**
   * The field that says which partition a tuple is of, where partitions may be at different times. Left out: all that a
   * spout's task emits is one partition, and so is each stream that a bolt subscribes to.
   */
  readonly partition?: string
  /** By how much a tuple may be older than the newest one and not be late, in the unit of the timestamps. */
  readonly lagMs?: number
  /** How often a watermark is sent, milliseconds. */
  readonly intervalMs?: number
  /** A partition of which nothing has come for so long holds no watermark back, milliseconds; null: it does, always. */
  readonly idleMs?: number | null
  /**
   * By how much one task of a spout may be ahead of the one that is furthest behind, in the unit of the timestamps: it
   * emits nothing until that one has come closer. Left out: by any time.
   */
  readonly maxDriftMs?: number
}

/** `Timestamps` of a component as plain data. */
export interface TimestampSpec extends TimestampSettings {
  /** Whether a function makes the timestamps: the component has it. */
  readonly extractor?: true
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
