/** What can be done with a finished definition: knowing one, and putting another configuration over it. */
import { exportInstead } from '../annex/export-instead.ts'
import { DefinitionError, type Problem } from '../errors/typhoon-error.ts'
import type { TopologyDefinition, TopologyFunction } from '../topology/component/definition.ts'
import { type ConfigMap, mergeConfig } from '../topology/config/config.ts'
import { validateTopology } from '../topology/validate.ts'
import { isClass } from '../util/signature.ts'
import { suggest } from '../words/suggest.ts'
import type { Exports } from './modules/import-module.ts'

/** Goes by the shape: the definition may come from another copy of Typhoon. */
function isDefinition(value: unknown): value is TopologyDefinition {
  const { topology, components } = Object(value) as Partial<TopologyDefinition>
  return typeof topology?.components === 'object' && typeof components?.get === 'function'
}

/** The definition that was made, or that what was made builds. Undefined of anything else. @throws DefinitionError */
export function definitionOf(made: unknown): TopologyDefinition | undefined {
  const built = canBuild(made) ? made.build() : made
  return isDefinition(built) ? built : undefined
}

/** What a module makes a topology of: an export of it, or what that returns. @throws what its function throws */
export function madeBy(exports: Exports, input: Parameters<TopologyFunction>[0]): unknown {
  const exported = exports['default'] ?? exports['topology']
  const isFunction = typeof exported === 'function' && !isClass(exported as TopologyFunction)
  return isFunction ? (exported as TopologyFunction)(input) : exported
}

/** Goes by the shape, too: a TridentTopology. */
function canBuild(value: unknown): value is { build(): unknown } {
  return hasMethod(value, 'build')
}

/** Something that makes a topology, but is not one yet. */
export function isBuilder(value: unknown): boolean {
  return hasMethod(value, 'createTopology')
}

/** What to do where there is none. */
export function whyNoDefinition(value: unknown): string {
  if (isBuilder(value)) return 'this is a builder; write: export default builder.createTopology()'
  return exportInstead(value) ?? 'it is what createTopology() of a TopologyBuilder returns, or a TridentTopology'
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof (Object(value) as Record<string, unknown>)[name] === 'function'
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
  const topology = { ...definition.topology, name, config: merged }
  const problems = validateTopology(topology)
  if (problems.length > 0) throw new DefinitionError(problems)
  const about = definition.aboutWith?.(merged) ?? definition.about
  return { ...definition, topology, ...(about === undefined ? {} : { about }) }
}

/**
 * The definition with another name, and other numbers of executors, where these are given.
 * @throws DefinitionError with everything that is wrong then: UNKNOWN_COMPONENT, BAD_PARALLELISM
 */
export function resized(
  definition: TopologyDefinition,
  name = definition.topology.name,
  parallelism: Readonly<Record<string, number>> = {},
): TopologyDefinition {
  const { components } = definition.topology
  const unknown = Object.keys(parallelism).filter((id) => !Object.hasOwn(components, id))
  if (unknown.length > 0) throw new DefinitionError(unknown.map((id) => unknownComponent(id, Object.keys(components))))
  const sized = Object.entries(components).map(([id, spec]) => {
    const wanted = parallelism[id]
    return [id, wanted === undefined ? spec : { ...spec, parallelism: wanted }] as const
  })
  const topology = { ...definition.topology, name, components: Object.fromEntries(sized) }
  const problems = validateTopology(topology)
  if (problems.length > 0) throw new DefinitionError(problems)
  return { ...definition, topology }
}

function unknownComponent(id: string, known: readonly string[]): Problem {
  const message = `"${id}" is not a component of the topology`
  return { code: 'UNKNOWN_COMPONENT', message, where: { component: id }, hint: suggest(id, known) }
}
