/**
 * The definition of a topology: the topology as plain data, and what no JSON can hold, the factories of what runs in
 * it. A worker makes the definition again from its file, and compares the data.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Wording } from '../../errors/wording.ts'
import type { ComponentId, StreamId, TaskId } from '../../tuple/ids.ts'
import type { ConfigMap } from '../config/config.ts'
import type { Topology } from '../topology.ts'
import type { Component } from './component.ts'
import type { WorkerHook } from './task-context.ts'

/** What a custom grouping learns before its first tuple. */
export interface GroupingContext {
  readonly component: ComponentId
  readonly stream: StreamId
  readonly fields: readonly string[]
  /** The emitting task. */
  readonly task: TaskId
  /** The tasks that it chooses from, ascending. */
  readonly targets: readonly TaskId[]
  random(): number
}

/** Storm's CustomStreamGrouping: picks any number of the target tasks for each tuple. */
export interface CustomStreamGrouping {
  prepare?(context: GroupingContext): void
  chooseTasks(task: TaskId, values: readonly unknown[]): readonly TaskId[]
}

/** A topology, and how to make what runs in it. */
export interface TopologyDefinition {
  readonly topology: Topology
  /** One fresh instance per call, one per task. */
  readonly components: ReadonlyMap<ComponentId, () => Component>
  /** The custom groupings by `groupingKey`; one fresh instance per emitting task. */
  readonly groupings: ReadonlyMap<string, () => CustomStreamGrouping>
  readonly workerHooks: readonly (() => WorkerHook)[]
  /**
   * What `typhoon plan` is to say beside the components: lines of text, by whoever has made the topology out of
   * something else.
   */
  readonly about?: readonly string[]
  /** What `about` is under another configuration of the topology, where that makes a difference. */
  readonly aboutWith?: (config: ConfigMap) => readonly string[]
  /** What its components need of files, and do not find: see `ComponentBase.checkFiles`. */
  readonly missingFiles?: (codeDir: string) => readonly Problem[]
  /** What is allowed and probably not meant, a sentence each. `typhoon plan`, `validate` and `run` tell it. */
  readonly warningsWith?: (config: ConfigMap) => readonly Wording[]
}

/**
 * What the module of a topology may export in place of a definition: `--set name=value` gives the variables, `-c` the
 * config.
 */
export type TopologyFunction = (input: {
  readonly config: ConfigMap
  readonly variables: Readonly<Record<string, string>>
}) => BuiltOrBuilder | Promise<BuiltOrBuilder>

/** A definition, or what makes one: a TridentTopology. */
export type BuiltOrBuilder = TopologyDefinition | { build(): TopologyDefinition }
