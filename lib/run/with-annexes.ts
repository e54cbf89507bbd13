/** Flux with the annexes that come with Typhoon: here they meet, and neither knows the other. */
import type { Annex } from '../annex/annex.ts'
import type { FluxOptions } from '../flux/flux-options.ts'
import { type LoadedDefinition, loadTopology as load, prepareFor as prepare } from '../flux/load-topology.ts'

/** @throws TyphoonError (rejects); DefinitionError with everything that is wrong with the topology */
export function loadTopology(file: string, options?: FluxOptions): Promise<LoadedDefinition> {
  return load(file, annexes, options)
}

/** Loads the modules that read such a file, which need not be there yet. */
export async function prepareFor(file: string): Promise<void> {
  await prepare(file, annexes)
}

/**
 * What a className names in a file.
 * @throws FILE_NOT_FOUND, MODULE_FAILED, UNKNOWN_EXPORT, NOT_A_COMPONENT, BAD_ANNEX, AMBIGUOUS_NAME (rejects)
 */
export async function classNamed(className: string, file: string): Promise<unknown> {
  const [{ resolveClass }, all] = await Promise.all([import('../flux/beans/resolve-class.ts'), allAnnexes()])
  return resolveClass(className, file, all)
}

/** JSON Schema, draft-07, of topologies in YAML. */
export async function topologySchema(): Promise<object> {
  const [{ yamlSchema }, all, shipped] = await Promise.all([import('../flux/schema.ts'), allAnnexes(), annexes()])
  const entries = shipped.flatMap(({ sections = {} }) => Object.entries(sections))
  const sections = await Promise.all(entries.map(async ([key, section]) => [key, await section()] as const))
  return yamlSchema(new Map(sections), all.classNames)
}

async function annexes(): Promise<readonly Annex[]> {
  return (await import('./annexes.ts')).ANNEXES
}

async function allAnnexes() {
  const [{ Annexes }, shipped] = await Promise.all([import('../flux/annexes/annexes.ts'), annexes()])
  return new Annexes(shipped)
}
