/** What can be done with a finished definition: knowing one, and putting another configuration over it. */
import { DefinitionError } from '../errors/typhoon-error.ts'
import { type ConfigMap, mergeConfig } from '../topology/config.ts'
import type { ComponentSpec, TopologyDefinition } from '../topology/topology.ts'
import { validateTopology } from '../topology/validate.ts'

const LIMIT = 'topology.max.task.parallelism'

/** By its shape: it may come from another copy of Typhoon. */
export function isDefinition(value: unknown): value is TopologyDefinition {
  const { topology, components } = Object(value) as Partial<TopologyDefinition>
  return typeof topology?.components === 'object' && typeof components?.get === 'function'
}

/** What to do where there is none. */
export function whyNoDefinition(value: unknown): string {
  const isBuilder = typeof (Object(value) as { createTopology?: unknown }).createTopology === 'function'
  return isBuilder
    ? 'this is a builder; end with its createTopology()'
    : 'it is what createTopology() of a TopologyBuilder returns'
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
    ([id, spec]) => [id, limited(spec, merged)] as const,
  )
  const topology = { ...definition.topology, name, config: merged, components: Object.fromEntries(components) }
  const problems = validateTopology(topology)
  if (problems.length > 0) throw new DefinitionError(problems)
  return { ...definition, topology }
}

/** A limit of parallelism in the new configuration holds for what was built before. */
function limited(spec: ComponentSpec, config: ConfigMap): ComponentSpec {
  const limit = mergeConfig(config, spec.config)[LIMIT]
  if (!Number.isSafeInteger(limit) || (limit as number) < 1) return spec
  return {
    ...spec,
    parallelism: Math.min(spec.parallelism, limit as number),
    tasks: Math.min(spec.tasks, limit as number),
  }
}
