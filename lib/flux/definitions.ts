/** What can be done with a finished definition: knowing one, and putting another configuration over it. */
import { DefinitionError } from '../errors/typhoon-error.ts'
import { type ConfigMap, mergeConfig } from '../topology/config.ts'
import type { TopologyDefinition } from '../topology/definition.ts'
import type { ComponentSpec } from '../topology/topology.ts'
import { validateTopology } from '../topology/validate.ts'

const LIMIT = 'topology.max.task.parallelism'
const TASKS = 'topology.tasks'

/** By its shape: it may come from another copy of Typhoon. */
function isDefinition(value: unknown): value is TopologyDefinition {
  const { topology, components } = Object(value) as Partial<TopologyDefinition>
  return typeof topology?.components === 'object' && typeof components?.get === 'function'
}

/** The definition that was made; a TridentTopology is built. Undefined where it is neither. @throws DefinitionError */
export function definitionOf(made: unknown): TopologyDefinition | undefined {
  const built = isTridentTopology(made) ? made.build() : made
  return isDefinition(built) ? built : undefined
}

/** By its shape, too. */
function isTridentTopology(value: unknown): value is { build(): unknown } {
  return hasMethods(value, 'newStream', 'newDRPCStream', 'build')
}

/** What makes a topology, and is none yet. */
export function isBuilder(value: unknown): boolean {
  return hasMethods(value, 'createTopology')
}

/** What to do where there is none. */
export function whyNoDefinition(value: unknown): string {
  if (isBuilder(value)) return 'this is a builder; write: export default builder.createTopology()'
  if (hasMethods(value, 'stateQuery')) return whyNoTopology('a stream of Trident')
  if (hasMethods(value, 'chainEnd')) return whyNoTopology('an aggregation of Trident that chainEnd() has not ended')
  if (hasMethods(value, 'newValuesStream')) return whyNoTopology('a state of Trident')
  return 'it is what createTopology() of a TopologyBuilder returns, or a TridentTopology'
}

function whyNoTopology(what: string): string {
  return `this is ${what}; export the TridentTopology that it belongs to: const topology = new TridentTopology(…), then export default topology`
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => typeof (Object(value) as Record<string, unknown>)[name] === 'function')
}

/**
 * The definition with `config` before its own, and with another name where one is given.
 * @throws DefinitionError with everything that is wrong then
 */
export function reconfigure(
  definition: TopologyDefinition,
  config: ConfigMap,
  name = definition.topology.name,
): TopologyDefinition {
  const merged = mergeConfig(definition.topology.config, config)
  const components = Object.entries(definition.topology.components).map(
    ([id, spec]) => [id, limited(withTasks(spec, config), merged)] as const,
  )
  const topology = { ...definition.topology, name, config: merged, components: Object.fromEntries(components) }
  const problems = validateTopology(topology)
  if (problems.length > 0) throw new DefinitionError(problems)
  const about = definition.aboutWith?.(merged) ?? definition.about
  return { ...definition, topology, ...(about === undefined ? {} : { about }) }
}

/** The builder has counted the tasks with the old configuration; what a component says itself goes before both. */
function withTasks(spec: ComponentSpec, config: ConfigMap): ComponentSpec {
  const tasks = config[TASKS]
  if (Object.hasOwn(spec.config, TASKS) || !Number.isSafeInteger(tasks) || (tasks as number) < 1) return spec
  return { ...spec, parallelism: Math.min(spec.parallelism, tasks as number), tasks: tasks as number }
}

/** A limit of parallelism in the new configuration holds for what was built before. */
function limited(spec: ComponentSpec, config: ConfigMap): ComponentSpec {
  const limit = Object.hasOwn(spec.config, LIMIT) ? spec.config[LIMIT] : config[LIMIT]
  if (!Number.isSafeInteger(limit) || (limit as number) < 1) return spec
  return {
    ...spec,
    parallelism: Math.min(spec.parallelism, limit as number),
    tasks: Math.min(spec.tasks, limit as number),
  }
}
