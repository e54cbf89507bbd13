/**
 * A topology that was loaded: what can be known of it without running it, and what a worker needs to make it anew.
 */
import type { LoadedDefinition } from '../flux/load-topology.ts'
import type { YamlOrigin } from '../flux/origin.ts'
import type { DefinitionSource } from '../messaging/control.ts'
import { ackerCount, userComponents } from '../scheduler/system-topology.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import { hasReplayableSource } from '../topology/component/hosting/replayable.ts'
import { type ResolvedConfig, resolveConfig } from '../topology/config/config.ts'
import { sizeOf, type Topology } from '../topology/topology.ts'
import { deadLetterFilesOf } from './dead-letter-files.ts'
import type { TopologyPlan } from './topology-plan.ts'

/** How large a topology is. */
export interface TopologySize {
  /** Those of the user, without the ackers and what else the runtime adds. */
  readonly components: number
  /** Of these components. */
  readonly tasks: number
  readonly workers: number
}

/** A valid topology; `load` makes it. */
export class LoadedTopology {
  readonly definition: TopologyDefinition
  /** Absolute. */
  readonly file: string
  /** What is allowed and probably not meant. */
  readonly warnings: readonly string[]
  readonly source: DefinitionSource
  /** @internal What a file in YAML has made it of. */
  readonly origin: YamlOrigin | undefined

  /** @internal */
  constructor({ definition, file, warnings, origin }: LoadedDefinition, source: DefinitionSource) {
    this.definition = definition
    this.file = file
    this.warnings = warnings
    this.source = source
    this.origin = origin
  }

  /** @internal */
  get topology(): Topology {
    return this.definition.topology
  }

  /** @internal Makes an instance of each spout. */
  get isReplayable(): boolean {
    return hasReplayableSource(this.definition)
  }

  get name(): string {
    return this.definition.topology.name
  }

  /** The configuration of the topology, with its defaults. */
  get config(): ResolvedConfig {
    return resolveConfig(this.definition.topology.config)
  }

  /** Where its dead letters may be, as the files are named. */
  get deadLetterFiles(): readonly string[] {
    return deadLetterFilesOf(this.definition.topology)
  }

  get size(): TopologySize {
    const { topology } = this.definition
    const components = userComponents(topology)
    const tasks = components.reduce((sum, [, spec]) => sum + sizeOf(topology, spec).tasks, 0)
    return { components: components.length, tasks, workers: this.config['topology.workers'] }
  }

  /** Whether its tuples are acked; false where there are no ackers, or its guarantee needs none. */
  get isTracked(): boolean {
    return ackerCount(this.definition.topology) > 0
  }

  /** What would run where, and what the topology promises of its tuples. Makes an instance of each component. */
  async plan(): Promise<TopologyPlan> {
    return (await import('./topology-plan.ts')).planOf(this.definition)
  }
}
